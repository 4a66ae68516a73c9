"""Steps of rate sweeps, by what was offered and what came of it."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from concur.bench.results import Cell
from concur.bench.verdicts import summarise

CAPACITY = 10_000.0


def step_of(
    runs: ModuleType, offered: float, *, answered: float = 1.0, p99_ms: float = 1.0, rounds: int = 3, **changed: Any
) -> Cell:
    """A step whose rounds answered that share; p99 rises by a percent a round."""
    trials = [
        runs.trial(
            number,
            offered * answered,
            offered_per_s=offered,
            on_time=1.0,
            latency_ns={"p50": p99_ms * 5e5, "p99": p99_ms * 1e6 * (1 + number / 100), "max": p99_ms * 2e6},
        )
        for number in range(1, rounds + 1)
    ]
    figures: dict[str, Any] = {"model": "threads", "label": "threads", "topology": "1", "interpreter": "3.11"}
    name = changed.pop("scenario", f"small, {100 * offered / CAPACITY:g} % of capacity")
    made = Cell(**figures, scenario=name, offered_per_s=offered, trials=trials)
    summarise(made)
    for key, value in changed.items():
        setattr(made, key, value)
    return made


@pytest.fixture
def step(runs: ModuleType) -> Callable[..., Cell]:
    return lambda *arguments, **options: step_of(runs, *arguments, **options)


@pytest.fixture
def closed(runs: ModuleType) -> Cell:
    made: Cell = runs.cell("threads", [CAPACITY] * 3)
    return made
