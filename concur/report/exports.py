"""A run as JSON, CSV, Markdown and what other tools read, and how each gets to its file or to stdout."""

import csv
import io
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias

import msgspec

from concur.bench.results import Cell, Estimate, Run
from concur.errors import MachineError, UsageError
from concur.report import markdown, memory_exports, scaling_tables, sweep_tables
from concur.report.columns import Grid, grids
from concur.report.explanations import explained
from concur.report.hdr import to_hgrm
from concur.report.matrix import as_grid, matrices
from concur.report.pyperf_json import to_pyperf
from concur.report.words import sentences

LATENCIES = ("p50", "p90", "p99", "p99.9", "max")
COUNTERS = ("voluntary_switches", "involuntary_switches", "run_delay_ns", "minor_faults", "major_faults")
Value: TypeAlias = str | float | None


def to_json(run: Run) -> bytes:
    """The run as its file has it, indented; the names are bench/results.py's."""
    return msgspec.json.format(msgspec.json.encode(run), indent=2) + b"\n"


def to_csv(run: Run) -> bytes:
    """One line for each cell: names, verdict, medians with their intervals, counters per request.

    Units are in the heads; what is not known is empty.
    """
    if run.memory is not None:
        return memory_exports.to_csv(run.memory)
    text = io.StringIO()
    lines = [csv_line(cell) for cell in (*run.cells, *run.steps)]
    heads = (
        lines[0]
        if lines
        else csv_line(Cell(model="", topology="", interpreter="", scenario="", label="", connections=0))
    )
    writer = csv.DictWriter(text, list(heads), lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue().encode()


def csv_line(cell: Cell) -> Mapping[str, Value]:
    """The cell's line; every cell has the same heads."""
    cpu = cell.server_cpu_ns_per_request
    line: dict[str, Value] = {
        "scenario": cell.scenario,
        "model": cell.model,
        "topology": cell.topology,
        "interpreter": cell.interpreter,
        "label": cell.label,
        "env": " ".join(f"{name}={value}" for name, value in cell.env.items()),
        "connections": cell.connections,
        "offered_per_s": cell.offered_per_s,
        "verdict": cell.verdict,
        "reason": cell.reason,
        "rounds": len(cell.trials),
        "warmup": cell.warmup,
        "cause": cell.cause,
        "explanation": cell.explanation,
    }
    line |= _estimate("rate_per_s", cell.rate_per_s)
    for quantile in LATENCIES:
        line |= _estimate(f"latency_{quantile}_ns", cell.latency_ns.get(quantile))
    for part in ("total", "user", "system"):
        line |= _estimate(f"server_cpu_{part}_ns_per_request", getattr(cpu, part) if cpu else None)
    line |= {"server_busy": cell.server_busy, "engine_busy": cell.engine_busy}
    return line | {f"{name}_per_request": cell.counters.get(name) for name in COUNTERS}


def to_markdown(run: Run) -> bytes:
    """The matrices of several interpreters, the tables with all their columns and what explains them, the sentences."""
    if run.memory is not None:
        return memory_exports.to_markdown(run, run.memory)
    drawn = sweep_tables.matrices(run)
    parts = [part for grid in map(as_grid, drawn or matrices(run)) for part in _table(grid)]
    if not drawn:
        for grid, told in zip(grids(run), explained(run), strict=True):
            parts += [*_table(grid), markdown.items(told.sentences)]
            parts += _table(told.counters) if told.counters else []
    parts += [part for grid in scaling_tables.grids(run) for part in _table(grid)]
    return markdown.document([*parts, markdown.items(sentences(run))])


def _table(grid: Grid) -> list[str]:
    return [markdown.table(grid), markdown.items(grid.notes)]


FORMATS: dict[str, Callable[[Run], bytes]] = {
    "json": to_json,
    "csv": to_csv,
    "markdown": to_markdown,
    "pyperf": to_pyperf,
}
FOLDERS: dict[str, Callable[[Run], dict[str, bytes]]] = {"hgrm": to_hgrm}  # one file a cell, by its name


def export(run: Run, name: str, path: str) -> None:
    """Writes the run in the format of that name to a file (`-` is stdout), or its files to a folder.

    Raises UsageError where a folder is meant to be stdout, MachineError where writing is refused.
    """
    if name in FORMATS:
        write(FORMATS[name](run), path)
        return
    if path == "-":
        raise UsageError(f"{name} is one file for each cell", do="Name a folder for them.")
    _make(Path(path))
    for file, content in FOLDERS[name](run).items():
        write(content, Path(path) / file)


def write(content: bytes, path: Path | str) -> None:
    """Writes an export to a file, `-` being stdout. Raises MachineError where that is refused."""
    if str(path) == "-":
        sys.stdout.write(content.decode())
        sys.stdout.flush()
        return
    try:
        Path(path).write_bytes(content)
    except OSError as error:
        raise _refused(path, error, "Name another file, or - for standard output.") from None


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _refused(folder, error, "Name another folder.") from None


def _refused(path: Path | str, error: OSError, do: str) -> MachineError:
    return MachineError(f"{path} cannot be written", why=error.strerror or str(error), do=do)


def _estimate(name: str, estimate: Estimate | None) -> dict[str, Value]:
    low, high = estimate.interval if estimate and estimate.interval else (None, None)
    return {name: estimate.median if estimate else None, f"{name}_low": low, f"{name}_high": high}
