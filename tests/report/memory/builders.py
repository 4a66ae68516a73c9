"""Runs of `concur bench --memory` as they are left behind; figures are of the size that two cores show."""

import random
from collections.abc import Sequence
from typing import Any

from concur import catalog
from concur.bench.memory import claim
from concur.bench.memory.records import Memory, MemoryRow
from concur.bench.results import Run
from tests.bench.memory.points import LEVELS, row

MODELS = [one.id for one in catalog.MODELS]
BYTES = {"polling": 250.0, "callbacks": 1_200.0, "coroutines": 3_500.0, "threads": 23_000.0, "processes": 1_370_000.0}
TOPS = {"processes": 500, "polling": 1_000}
WHY = "at most 8 connections, as it serves no more at a time; what one costs is told from 100 or more"
FEWER = "as it serves no more at a time"


def measured(model: str, interpreter: str = "3.11", rounds: int = 5, **changed: Any) -> MemoryRow:
    chance = random.Random(model + interpreter)
    top = TOPS.get(model, LEVELS[-1])
    each = [BYTES.get(model, 6_000.0) * chance.uniform(0.99, 1.01) for _ in range(rounds)]
    threads = 1 if model in ("threads", "processes") else 0
    figures = {
        "levels": (0, top // 10, top // 2, top),
        "threads_each": threads,
        "kernel_each": 4_000 + 25_000 * threads,
    }
    return row(model, each, interpreter=interpreter, reason=FEWER if model in TOPS else "", **(figures | changed))


def absent(model: str, interpreter: str = "3.11") -> MemoryRow:
    return MemoryRow(model=model, topology="1", interpreter=interpreter, label=model, reason=WHY)


def memory(models: Sequence[str] = tuple(BYTES), interpreters: Sequence[str] = ("3.11",), rounds: int = 5) -> Memory:
    rows = [measured(model, short, rounds) for short in interpreters for model in models]
    rows += [absent("prefork", short) for short in interpreters]
    made = Memory(levels=list(LEVELS), payload_bytes=1_024, rounds=rounds, rows=rows)
    made.claims = claim.judge(rows)
    return made


def run(of: Memory | None = None) -> Run:
    return Run(
        concur="0.1.0", id="memory-20260101-000000-1", started_at="2026-01-01T00:00:00+00:00",
        command=["concur", "bench", "--memory"], plan={}, machine={"cpu": "a CPU", "cpus": 2},
        memory=of or memory(), complete=True,
    )  # fmt: skip
