"""A run as pyperf's JSON, for `pyperf compare_to` and `pyperf stats`. Pure.

One benchmark is a cell, one of its runs a trial, and the unit is the second: a
closed loop's value is the time for one reply (1 / rate), at a common rate it is
p99, and the CPU time for one request stands beside it. The format is pyperf's
version 1.0 (https://pyperf.readthedocs.io/en/latest/api.html); the trials' own
figures, intervals and reasons stay in concur's file.
"""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from concur.bench import metrics
from concur.bench.comparing import metrics_of
from concur.bench.results import Cell, Run, Trial

VERSION = "1.0"
SECONDS: dict[str, Callable[[float], float]] = {
    "rate": lambda value: 1 / value,
    "p99": lambda value: value / 1e9,
    "cpu": lambda value: value / 1e9,
}


def to_pyperf(run: Run) -> bytes:
    """The run's cells that have figures; pyperf itself reads no file without one."""
    document = {
        "version": VERSION,
        "metadata": _metadata(run),
        "benchmarks": [benchmark for cell in run.cells for benchmark in _benchmarks(cell)],
    }
    return msgspec.json.format(msgspec.json.encode(document), indent=1) + b"\n"


def _benchmarks(cell: Cell) -> Iterator[dict[str, Any]]:
    for metric in metrics_of(cell):
        found = metrics.by_round(cell, metric)
        trials = {trial.round: trial for trial in cell.trials}
        runs = [_run(trials[number], metric, value) for number, value in found.items() if value > 0]
        if runs:
            yield {"metadata": {"name": _name(cell, metric)} | _of_cell(cell), "runs": runs}


def _run(trial: Trial, metric: str, value: float) -> dict[str, Any]:
    """One trial. pyperf's loops say of how many replies a value is the mean, so that it knows how long was measured."""
    metadata: dict[str, Any] = {"round": trial.round}
    if trial.load:
        metadata |= {"duration": trial.load.window_ns / 1e9, "replies": trial.load.verified}
        metadata |= {"loops": trial.load.verified} if metric == "rate" else {}
    if trial.started_at:
        metadata["date"] = trial.started_at[:19].replace("T", " ")
    return {"metadata": metadata, "values": [SECONDS[metric](value)]}


def _name(cell: Cell, metric: str) -> str:
    where = f"@{cell.interpreter}" if cell.interpreter else ""
    return f"{cell.scenario}/{cell.label}{where}" + ("" if metric == "rate" else f": {metric}")


def _of_cell(cell: Cell) -> dict[str, Any]:
    known = {
        "topology": cell.topology,
        "placement": cell.placement,
        "verdict": cell.verdict,
        "python_version": cell.observed.get("version", ""),
        "python_implementation": str(cell.observed.get("implementation", "")).lower(),
    }
    return {name: value for name, value in known.items() if value}


def _metadata(run: Run) -> dict[str, Any]:
    known = {
        "unit": "second",
        "concur_version": run.concur,
        "concur_run": run.id,
        "cpu_model_name": run.machine.get("cpu"),
        "cpu_count": run.machine.get("cpus"),
        "platform": run.machine.get("kernel"),
    }
    return {name: value for name, value in known.items() if value}
