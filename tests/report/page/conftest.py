"""Runs as a page shows them, with histograms, slices and a warm-up class; and their pages."""

import math
import random
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import pytest

from concur import catalog
from concur.bench.comparing import compare
from concur.bench.counters import Counters
from concur.bench.results import Cell, Run, Trial, Warmup
from concur.bench.verdicts import summarise
from concur.load.histogram import Histogram
from concur.load.plan import Slice
from concur.report.page.page import to_html
from concur.report.page.panels import Panel, Results, panels
from concur.report.page.sources import Source

SLICE_NS = 100_000_000
MODELS = [row.id for row in catalog.MODELS]


def times(seed: int, p50_ns: float) -> list[tuple[int, int]]:
    """A log-normal histogram of 500 replies."""
    chance, found = random.Random(seed), Histogram()
    for _ in range(500):
        found.record(int(chance.lognormvariate(math.log(p50_ns), 0.5)))
    return found.pairs()


def slices(rate_per_s: float, count: int, begins: int) -> list[Slice]:
    return [Slice(SLICE_NS * (begins + index), round(rate_per_s / 10 * (1 + index % 3 / 20))) for index in range(count)]


def as_measured(runs: ModuleType, rate_per_s: float, number: int, offered: float | None) -> Trial:
    histogram = times(number, 64e9 / rate_per_s if offered is None else 3e5)
    latency = {name: float(ns) for name, ns in Histogram.decoded(histogram).quantiles().items()}
    changed: dict[str, Any] = {"histogram": histogram, "latency_ns": latency, "slices": slices(rate_per_s, 9, 10)}
    made: Trial = runs.trial(number, rate_per_s, offered_per_s=offered, **changed)
    made.warmup_slices = slices(rate_per_s / 2, 10, 0)
    made.warmup = Warmup(kind="warm-up" if number % 2 else "flat", levels_per_s=[rate_per_s])
    made.counters = Counters(
        at_ns=10**9,
        user_ns=4 * 10**8,
        system_ns=5 * 10**8,
        voluntary_switches=7,
        involuntary_switches=2,
        minor_faults=3,
    )
    made.server_busy = 0.9
    return made


def cell_of(runs: ModuleType, model: str, rate_per_s: float, **changed: Any) -> Cell:
    rounds, offered = changed.pop("rounds", 3), changed.pop("offered_per_s", None)
    figures = {"model": model, "label": model, "topology": "1", "interpreter": "3.11", "scenario": "small"} | changed
    trials = [as_measured(runs, rate_per_s * (1 + n / 50), n, offered) for n in range(1, rounds + 1)]
    made = Cell(**figures, trials=trials)
    summarise(made)
    made.observed = dict(runs.OBSERVED)
    return made


def full_run(
    runs: ModuleType, models: Sequence[str] = MODELS, interpreters: Sequence[str] = ("3.11",), **changed: Any
) -> Run:
    """Every model at capacity and at a common rate on every interpreter, as slow as it stands far back in the list."""
    cells = []
    for scenario, offered in (("small", None), ("steady", 5_000.0)):
        for index, model in enumerate(models):
            for column, short in enumerate(interpreters):
                rate = 200_000 / (1 + index) * (1 + column / 4)
                cells.append(cell_of(runs, model, rate, interpreter=short, scenario=scenario, offered_per_s=offered))
    made: Run = runs.run("20260101-000000-1", cells, command=["concur", "bench", "-m", "all"], **changed)
    made.comparisons = compare(made.cells, models[0])
    return made


@pytest.fixture
def full(runs: ModuleType) -> Callable[..., Run]:
    return lambda *arguments, **options: full_run(runs, *arguments, **options)


@pytest.fixture(scope="session")
def full_shared(runs: ModuleType) -> Run:
    """All models on two interpreters; not to be changed."""
    return full_run(runs, interpreters=("3.11", "3.13t"))


@pytest.fixture(scope="session")
def small_run(runs: ModuleType) -> Run:
    """Two models on two interpreters; not to be changed."""
    return full_run(runs, ["threads", "callbacks"], ("3.11", "3.13t"))


@pytest.fixture(scope="session")
def page_of() -> Callable[..., str]:
    """The page of a run, with what else is to be shown and said."""
    return lambda run, notes=(), **others: to_html(Source(Results(run, **others), None, list(notes)))


@pytest.fixture(scope="session")
def panels_of() -> Callable[..., dict[str, Panel]]:
    return lambda run, **others: {panel.id: panel for panel in panels(Results(run, **others))}
