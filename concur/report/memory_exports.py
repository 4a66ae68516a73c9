"""A measuring of memory as CSV and Markdown; as JSON it is the run's file. Pure."""

import csv
import io

from concur.bench.figure import Estimate
from concur.bench.memory.records import Memory, MemoryRow
from concur.bench.results import Run
from concur.report import markdown
from concur.report.memory_table import grid
from concur.report.memory_words import sentences

Value = str | float | None
KERNEL = ("all", "stacks", "page tables")


def to_csv(memory: Memory) -> bytes:
    """One line for each target: bytes a connection with their intervals; what is not known is empty."""
    text = io.StringIO()
    lines = [_line(row) for row in memory.rows]
    writer = csv.DictWriter(text, list(lines[0]) if lines else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue().encode()


def _line(row: MemoryRow) -> dict[str, Value]:
    line: dict[str, Value] = {
        "model": row.model,
        "topology": row.topology,
        "interpreter": row.interpreter,
        "label": row.label,
        "env": " ".join(f"{name}={value}" for name, value in row.env.items()),
        "verdict": row.verdict,
        "reason": row.reason,
        "rounds": len(row.trials),
        "most_connections": row.levels[-1] if row.levels else None,
    }
    line |= _estimate("bytes_per_connection", row.bytes_per_connection)
    for name in KERNEL:
        head = "kernel" if name == "all" else f"kernel_{name.replace(' ', '_')}"
        line |= _estimate(f"{head}_bytes_per_connection", row.kernel_bytes_per_connection.get(name))
    line |= _estimate("base_bytes", row.base_bytes)
    return line | {"r_squared": row.r_squared, "held_out_error": row.held_out_error}


def _estimate(name: str, estimate: Estimate | None) -> dict[str, Value]:
    low, high = estimate.interval if estimate and estimate.interval else (None, None)
    return {name: estimate.median if estimate else None, f"{name}_low": low, f"{name}_high": high}


def to_markdown(run: Run, memory: Memory) -> bytes:
    """The table with all its columns, its notes, and the sentences."""
    shown = grid(memory)
    return markdown.document([markdown.table(shown), markdown.items(shown.notes), markdown.items(sentences(run))])
