"""The figures of a trial by the names that people type: rate, p99, cpu, errors … Tier 1; pure.

A table of names with their kind, which says in what unit a figure stands, and
whether more of it is better. What may be said of a figure is judged elsewhere.
"""

from collections.abc import Callable
from typing import NamedTuple

from concur.bench import estimates
from concur.bench.results import Cell, Estimate, Trial
from concur.bench.usable import measured
from concur.load.plan import LATENCY_QUANTILES, LoadResult

# Kinds: a "rate" is per second, a "time" in nanoseconds, a "share" from 0 to 1, a "size" in bytes, an "each" is per
# request; a "count" is over all trials of a cell, and has neither interval nor ratio.
ERRORS = ("wrong", "lost", "short", "reset", "timed_out", "refused")


class Metric(NamedTuple):
    """What a name stands for: its kind, and its figure of one trial; None where that was not to be had."""

    kind: str
    of: Callable[[Trial], float | None]
    is_more_better: bool = False


def _of_load(figure: Callable[[LoadResult], float | None]) -> Callable[[Trial], float | None]:
    return lambda trial: figure(trial.load) if trial.load else None


def _latency(name: str) -> Metric:
    return Metric("time", _of_load(lambda load: load.latency_ns.get(name)))


def _per_request(*names: str) -> Callable[[Trial], float | None]:
    """The sum of these counters a verified request; None where one is not known."""

    def of(trial: Trial) -> float | None:
        if not trial.counted_requests:
            return None
        counted = [getattr(trial.counters, name) for name in names]
        return None if None in counted else sum(counted) / trial.counted_requests

    return of


def _errors(*kinds: str) -> Metric:
    return Metric("count", _of_load(lambda load: sum(getattr(load, kind) for kind in kinds)))


METRICS: dict[str, Metric] = {
    "rate": Metric("rate", _of_load(lambda load: load.rate_per_s), is_more_better=True),
    **{name: _latency(name) for name in LATENCY_QUANTILES},
    "cpu": Metric("time", _per_request("cpu_ns")),
    "user": Metric("time", _per_request("user_ns")),
    "system": Metric("time", _per_request("system_ns")),
    "busy": Metric("share", lambda trial: trial.server_busy),
    "memory": Metric("size", lambda trial: trial.memory_bytes),
    "switches": Metric("each", _per_request("voluntary_switches", "involuntary_switches")),
    "faults": Metric("each", _per_request("minor_faults", "major_faults")),
    "errors": _errors(*ERRORS),
    **{kind: _errors(kind) for kind in ERRORS},
}


def by_round(cell: Cell, metric: str) -> dict[int, float]:
    """The figure of each round whose trial has it and whose window holds what was meant."""
    of = METRICS[metric].of
    found = {trial.round: of(trial) for trial in measured(cell)}
    return {number: value for number, value in found.items() if value is not None}


def value(cell: Cell, metric: str) -> Estimate | None:
    """The cell's figure, as its tables have it where they do; None where no trial has one. A count is a plain sum."""
    if METRICS[metric].kind == "count":
        counted = [METRICS[metric].of(trial) for trial in cell.trials]
        known = [each for each in counted if each is not None]
        return Estimate(sum(known)) if known else None
    shown = _shown(cell, metric)
    values = list(by_round(cell, metric).values())
    return shown if shown else estimates.estimate(values) if values else None


def _shown(cell: Cell, metric: str) -> Estimate | None:
    cpu, parts = cell.server_cpu_ns_per_request, {"cpu": "total", "user": "user", "system": "system"}
    if metric in parts:
        return getattr(cpu, parts[metric]) if cpu else None
    return cell.rate_per_s if metric == "rate" else cell.latency_ns.get(metric)
