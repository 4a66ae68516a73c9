"""Memory a connection as a table: who needs least first. Pure; drawing it is `table.py`'s business.

The words below it are in `memory_words.py`. Sizes are in units of 1,024 bytes.
"""

from collections.abc import Callable, Iterable

from concur.bench.figure import Estimate
from concur.bench.memory.records import Memory, MemoryRow
from concur.bench.memory.slopes import STEP_BYTES
from concur.report import figures
from concur.report.columns import Column, Grid, folded

UNITS = ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB"))
TITLE = "Memory a connection, idle, after one message"
ALL, STACKS, PAGE_TABLES = "all", "stacks", "page tables"


def size(value: float) -> str:
    """`412 B`, `3.10 KiB`, `1.20 MiB`; less than nothing, as noise may have it, is `-40 B`."""
    for unit, letters in UNITS:
        if abs(value) >= 0.9995 * unit:
            return f"{'-' if value < 0 else ''}{figures.digits(abs(value) / unit)} {letters}"
    return f"{value:.0f} B"


def span(one: Estimate | None) -> str:
    """`3.05–3.15 KiB`: both ends in the unit of the higher one; empty where there was one round."""
    if one is None or one.interval is None:
        return ""
    low, high = one.interval
    unit, letters = next(((unit, letters) for unit, letters in UNITS if high >= 0.9995 * unit), (1, "B"))
    return f"{figures.digits(low / unit)}–{figures.digits(high / unit)} {letters}" if low >= 0 else f"≤ {size(high)}"


def measured(memory: Memory) -> list[MemoryRow]:
    """The rows with a figure, the least first."""
    found = [row for row in memory.rows if row.bytes_per_connection]
    return sorted(found, key=median)


def median(row: MemoryRow) -> float:
    return row.bytes_per_connection.median if row.bytes_per_connection else float("inf")


def with_kernel(row: MemoryRow) -> float | None:
    """A connection's bytes with all that the kernel holds for it; None where that was not read."""
    kernel = row.kernel_bytes_per_connection.get(ALL)
    return median(row) + kernel.median if kernel and row.bytes_per_connection else None


def name(row: MemoryRow, memory: Memory) -> str:
    """What a table calls it: its label, with its interpreter where there are several."""
    several = len({each.interpreter for each in memory.rows}) > 1
    return f"{row.label} {row.interpreter}" if several and row.interpreter not in row.label else row.label


def most(row: MemoryRow) -> int:
    return row.levels[-1] if row.levels else 0


def grid(memory: Memory) -> Grid:
    """One row for each target that has a figure, then those that failed; absent ones in the notes."""
    rows = measured(memory)
    rows += [row for row in memory.rows if row not in rows and row.verdict == "failed"]
    columns = [Column(head, [of(row) for row in rows], priority) for head, priority, of in FIGURES]
    names = Column("model", [folded(name(row, memory)) for row in rows], 0, is_text=True)
    verdicts = ["" if row.verdict == "ok" else row.verdict for row in rows]
    shown = [names, *(column for column in columns if any(column.values))]
    shown += [Column("verdict", verdicts, 0, is_text=True)] if any(verdicts) else []
    return Grid(TITLE, shown, [row.verdict for row in rows], notes(memory))


def _of(one: Estimate | None) -> str:
    return size(one.median) if one else ""


def _kernel(part: str) -> Callable[[MemoryRow], str]:
    return lambda row: _of(row.kernel_bytes_per_connection.get(part))


def _total(row: MemoryRow) -> str:
    both = with_kernel(row)
    return "" if both is None else size(both)


def _tasks(row: MemoryRow) -> str:
    """Threads that a connection adds, where it adds some."""
    threads = row.threads_per_connection
    return (
        figures.per_request(threads) if threads is not None and threads > 0.005 else "0" if threads is not None else ""
    )


def missed(row: MemoryRow) -> str:
    """How far the level that was left out lies from the line through the others; empty where little was added there."""
    is_little = median(row) * (row.held_out_connections or 0) < STEP_BYTES
    return "" if row.held_out_error is None or is_little else f"{100 * row.held_out_error:+.1f} %"


FIGURES: tuple[tuple[str, int, Callable[[MemoryRow], str]], ...] = (
    ("process", 0, lambda row: _of(row.bytes_per_connection)),
    ("low–high", 4, lambda row: span(row.bytes_per_connection)),
    ("kernel", 1, _kernel(ALL)),
    ("both", 2, _total),
    ("of the kernel's\nstacks", 6, _kernel(STACKS)),
    ("page\ntables", 6, _kernel(PAGE_TABLES)),
    ("threads\nadded", 5, _tasks),
    ("without\nany", 3, lambda row: _of(row.base_bytes)),
    ("up to", 5, lambda row: f"{most(row):,}" if row.levels else ""),
    ("off the\nline", 5, missed),
)


def notes(memory: Memory) -> list[str]:
    """Why a target has no figure, or fewer connections than the others, once for all whom it is about."""
    said: dict[str, list[str]] = {}
    for row in memory.rows:
        for note in _notes_of(row, memory):
            said.setdefault(note, []).append(name(row, memory))
    return [f"{', '.join(dict.fromkeys(names))}: {note}" for note, names in said.items()]


def _notes_of(row: MemoryRow, memory: Memory) -> Iterable[str]:
    if row.verdict == "not linear" and row.held_out_error is not None:
        yield f"not linear: with {row.held_out_connections:,} connections it is {missed(row)} off the line"
    elif row.verdict != "ok":
        yield f"{row.verdict}: {row.reason}" if row.reason else row.verdict
    elif most(row) < memory.levels[-1]:
        yield f"up to {most(row):,} connections" + (f", {row.reason}" if row.reason else "")
    if any(not point.is_settled for trial in row.trials for point in trial.points):
        yield "its memory was still moving at some readings"
