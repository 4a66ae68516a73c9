"""From what was read to figures: the slope over connections, its interval, and how straight the line is. Pure.

Each round is a process of its own, with a line of its own; the figure is the
median of their slopes, with the bootstrap interval over rounds that all of
concur's estimates have. What must not live here: reading, and words.
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from scipy import stats

from concur.bench.estimates import estimate
from concur.bench.figure import Estimate
from concur.bench.memory.records import MemoryPoint, MemoryRow, MemoryTrial

STRAIGHT = 0.15  # of what was added up to the held-out level: what a line may miss it by
STEP_BYTES = 2 * 2**20  # and by in any case: allocators take memory in steps of 1 MiB, huge pages are of 2
FEWEST_POINTS = 3

Of = Callable[[MemoryPoint], float | None]
KERNEL: dict[str, Of] = {
    "all": lambda point: point.kernel_bytes,
    "stacks": lambda point: point.stacks_bytes,
    "page tables": lambda point: point.page_tables_bytes,
}


def summarise(row: MemoryRow) -> None:
    """Make the row's figures and verdict of its trials."""
    good = measured(row)
    bad = [trial for trial in row.trials if trial.verdict != "ok"]
    if not good:
        row.verdict = bad[-1].verdict if bad else "failed"
        row.reason = bad[-1].reason if bad else _short(row.trials)
        return
    row.verdict = "failed" if any(trial.verdict == "failed" for trial in bad) else "ok"
    row.reason = bad[-1].reason if bad else next((trial.stopped for trial in good if trial.stopped), row.reason)
    row.levels = [point.connections for point in max((trial.points for trial in good), key=len)]
    row.bytes_per_connection = _estimate(good, lambda point: point.bytes)
    row.base_bytes = estimate([trial.points[0].bytes for trial in good])
    kernel = {name: _estimate(good, of) for name, of in KERNEL.items()}
    row.kernel_bytes_per_connection = {name: one for name, one in kernel.items() if one}
    row.threads_per_connection = _median(slopes(good, lambda point: point.threads))
    row.processes_per_connection = _median(slopes(good, lambda point: point.processes))
    row.r_squared = _median([one for trial in good if (one := r_squared(trial.points)) is not None])
    _judge_line(row, good)


def measured(row: MemoryRow) -> list[MemoryTrial]:
    """The trials whose points make a line, of which the row's figures are."""
    return [trial for trial in row.trials if trial.verdict == "ok" and len(trial.points) >= FEWEST_POINTS]


def _short(trials: Sequence[MemoryTrial]) -> str:
    return next((trial.stopped for trial in trials if trial.stopped), "it was not read often enough")


def _judge_line(row: MemoryRow, good: Sequence[MemoryTrial]) -> None:
    """The line through the other levels, held against the one that was left out."""
    missed = [held_out(trial.points) for trial in good if len(trial.points) > FEWEST_POINTS]
    if not missed:
        return
    row.held_out_connections = good[0].points[-2].connections
    row.held_out_error = _median([share for share, _ in missed])
    by_bytes = _median([size for _, size in missed]) or 0.0
    if abs(row.held_out_error or 0.0) > STRAIGHT and abs(by_bytes) > STEP_BYTES and row.verdict == "ok":
        row.verdict = "not linear"


def _estimate(trials: Sequence[MemoryTrial], of: Of) -> Estimate | None:
    found = list(slopes(trials, of))
    return estimate(found) if found else None


def slopes(trials: Sequence[MemoryTrial], of: Of) -> Iterator[float]:
    """The slope of each trial's line through a figure of its points, by least squares; none where that was not read."""
    for trial in trials:
        values = [of(point) for point in trial.points]
        if None not in values:
            yield float(stats.linregress([point.connections for point in trial.points], values).slope)


def r_squared(points: Sequence[MemoryPoint]) -> float | None:
    """How much of what the readings differ by the line explains; None where they do not differ."""
    values = [point.bytes for point in points]
    if len(set(values)) < 2:
        return None
    return float(stats.linregress([point.connections for point in points], values).rvalue ** 2)


def held_out(points: Sequence[MemoryPoint]) -> tuple[float, float]:
    """By how much a line through all levels but the last but one misses that: as a share of what it added, in bytes."""
    rest = [*points[:-2], points[-1]]
    line = stats.linregress([point.connections for point in rest], [point.bytes for point in rest])
    missed = float(line.intercept + line.slope * points[-2].connections) - points[-2].bytes
    added = points[-2].bytes - points[0].bytes
    return (missed / added if added > 0 else 0.0), missed


def _median(values: "Iterator[float] | Sequence[float]") -> float | None:
    found = list(values)
    return float(np.median(found)) if found else None
