"""Builders of what a measuring of memory reads: lines of points, trials, rows."""

from collections.abc import Sequence
from typing import Any

from concur.bench.memory import slopes
from concur.bench.memory.records import MemoryPoint, MemoryRow, MemoryTrial

LEVELS = (0, 1_000, 5_000, 10_000)
BASE_BYTES = 12_000_000


def points(
    bytes_each: float, levels: Sequence[int] = LEVELS, *, kernel_each: int = 4_000, threads_each: int = 0
) -> list[MemoryPoint]:
    return [
        MemoryPoint(
            connections=level,
            bytes=round(BASE_BYTES + bytes_each * level),
            threads=1 + threads_each * level,
            processes=1,
            page_tables_bytes=80_000 + 4_096 * threads_each * level,
            stacks_bytes=16_384 * (1 + threads_each * level),
            kernel_bytes=kernel_each * level,
        )
        for level in levels
    ]


def trial(number: int, of: list[MemoryPoint], **changed: Any) -> MemoryTrial:
    figures: dict[str, Any] = {"verdict": "ok", "source": "pss", "kernel_source": "cgroup"}
    return MemoryTrial(round=number, started_at="2026-01-01T00:00:00+00:00", points=of, **(figures | changed))


def row(model: str, each: Sequence[float], *, interpreter: str = "3.11", **changed: Any) -> MemoryRow:
    """each: bytes a connection, by round."""
    of_points = {name: changed.pop(name) for name in ("levels", "kernel_each", "threads_each") if name in changed}
    made = MemoryRow(
        model=model, topology="1", interpreter=interpreter, label=model,
        trials=[trial(number, points(one, **of_points)) for number, one in enumerate(each, 1)], **changed,
    )  # fmt: skip
    slopes.summarise(made)
    return made
