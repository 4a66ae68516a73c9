"""A run as JSON, CSV and Markdown, and how each gets to its file or to stdout."""

import csv
import io
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeAlias

import msgspec

from concur.bench.results import Cell, Estimate, Run
from concur.errors import MachineError
from concur.report.columns import Grid, grids
from concur.report.matrix import as_grid, matrices
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
    text = io.StringIO()
    lines = [csv_line(cell) for cell in run.cells]
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
        "verdict": cell.verdict,
        "reason": cell.reason,
        "rounds": len(cell.trials),
    }
    line |= _estimate("rate_per_s", cell.rate_per_s)
    for quantile in LATENCIES:
        line |= _estimate(f"latency_{quantile}_ns", cell.latency_ns.get(quantile))
    for part in ("total", "user", "system"):
        line |= _estimate(f"server_cpu_{part}_ns_per_request", getattr(cpu, part) if cpu else None)
    line |= {"server_busy": cell.server_busy, "engine_busy": cell.engine_busy}
    return line | {f"{name}_per_request": cell.counters.get(name) for name in COUNTERS}


def to_markdown(run: Run) -> bytes:
    """The matrices of several interpreters, the tables with all their columns, the notes, the sentences as a list."""
    tables = [*map(as_grid, matrices(run)), *grids(run)]
    parts = [part for grid in tables for part in (_markdown_table(grid), _markdown_list(grid.notes))]
    return "\n\n".join(part for part in [*parts, _markdown_list(sentences(run))] if part).encode() + b"\n"


FORMATS: dict[str, Callable[[Run], bytes]] = {"json": to_json, "csv": to_csv, "markdown": to_markdown}


def write(content: bytes, path: Path | str) -> None:
    """Writes an export to a file, `-` being stdout. Raises MachineError where that is refused."""
    if str(path) == "-":
        sys.stdout.write(content.decode())
        sys.stdout.flush()
        return
    try:
        Path(path).write_bytes(content)
    except OSError as error:
        raise MachineError(
            f"{path} cannot be written",
            why=error.strerror or str(error),
            do="Name another file, or - for standard output.",
        ) from None


def _estimate(name: str, estimate: Estimate | None) -> dict[str, Value]:
    low, high = estimate.interval if estimate and estimate.interval else (None, None)
    return {name: estimate.median if estimate else None, f"{name}_low": low, f"{name}_high": high}


def _markdown_table(grid: Grid) -> str:
    if not grid.verdicts:
        return f"**{grid.title}**"
    heads = [" ".join(column.head.split()) for column in grid.columns]
    rules = [":--" if column.is_text else "--:" for column in grid.columns]
    rows = zip(*(column.values for column in grid.columns), strict=True)
    return "\n".join([f"**{grid.title}**", "", *(_markdown_row(row) for row in (heads, rules, *rows))])


def _markdown_row(values: Iterable[str]) -> str:
    return f"| {' | '.join(_escaped(value) for value in values)} |"


def _markdown_list(items: list[str]) -> str:
    return "\n".join(f"- {_escaped(item)}" for item in items)


def _escaped(text: str) -> str:
    """Names such as MALLOC_TOP_PAD_ and `a|b` as they are; a newline would end the row."""
    for special in ("\\", "|", "_", "*", "<", "`"):
        text = text.replace(special, f"\\{special}")
    return " ".join(text.split())
