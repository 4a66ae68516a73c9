"""Runs of sweeps as they are left: over connections, over workers, and over rates up to a knee."""

from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any

import msgspec
import numpy as np
import pytest

from concur.bench.results import Cell, Estimate, Run, Trial
from concur.bench.scaling import concluding, ladder
from concur.bench.scaling.laws import Parameters, rate_at
from concur.bench.scaling.records import Loop, TwoLoops

LAWS = {
    "threads": Parameters(9_000.0, 0.06, 0.0009),
    "callbacks": Parameters(12_000.0, 0.07),
    "gevent_greenlets": Parameters(5_500.0, 0.05),
}
COUNTS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
KNEES = {"threads": 95_000.0, "callbacks": 170_000.0, "uvloop_protocol": 190_000.0, "gevent_greenlets": 58_000.0}


def scenario(name: str, **changed: Any) -> dict[str, Any]:
    plain = {"name": name, "variant_of": "", "connections": 64, "payload_bytes": 1024, "is_open": False, "after": ""}
    return plain | changed


def cell_of(runs: ModuleType, model: str, rates: Sequence[float], *, p99_ns: float = 5e6, **changed: Any) -> Cell:
    """A closed loop's cell."""
    return summed(model, [runs.trial(number, rate, p99_ns=p99_ns) for number, rate in enumerate(rates, 1)], **changed)


def summed(model: str, trials: list[Trial], **changed: Any) -> Cell:
    """A cell of these trials; without counters, and with all that was seen as its intervals: `summarise` takes long."""
    loads = [trial.load for trial in trials if trial.load]
    figures: dict[str, Any] = {"model": model, "label": model, "topology": "1", "interpreter": "3.11",
                               "scenario": "small", "placement": "pinned", "verdict": "ok",
                               "rate_per_s": seen([load.rate_per_s for load in loads]), "trials": trials}  # fmt: skip
    latency = {name: seen([load.latency_ns[name] for load in loads]) for name in loads[0].latency_ns}
    return Cell(**(figures | changed), latency_ns=latency)


def seen(values: Sequence[float]) -> Estimate:
    return Estimate(float(np.median(values)), (min(values), max(values)) if len(values) > 1 else None)


def swept_run(runs: ModuleType, laws: Mapping[str, Parameters] = LAWS, rounds: int = 10, noise: float = 0.03) -> Run:
    """Each model's rates over connections, as its law has them, but for noise."""
    chance = np.random.default_rng(7)
    names = {count: f"small, {count} connection{'s' * (count != 1)}" for count in COUNTS}

    def by_round(rate: float) -> list[float]:
        return [float(rate * np.exp(chance.normal(0, noise))) for _ in range(rounds)]

    cells = [
        cell_of(runs, model, by_round(rate), scenario=names[count])
        for model, law in laws.items()
        for count, rate in zip(COUNTS, rate_at(law, np.array(COUNTS, dtype=float)), strict=True)
    ]
    variants = [scenario(name, variant_of="small", connections=count) for count, name in names.items()]
    return concluded(runs.run("20260101-000000-1", cells, plan={"scenarios": variants, "reference": "threads"}))


def workers_run(runs: ModuleType, rounds: int = 3, **changed: Any) -> Run:
    """threads in one to six processes."""
    cells = []
    for count in range(1, 7):
        apart = {} if count == 1 else {"topology": f"{count} processes", "label": f"threads ({count} processes)"}
        rates = [20_000.0 * count / (1 + 0.1 * (count - 1)) * (1 + n / 100) for n in range(rounds)]
        cells.append(cell_of(runs, "threads", rates, **(apart | changed)))
    return concluded(runs.run("20260101-000000-2", cells, plan={"scenarios": [scenario("small")]}))


def latency_ns(rate: float, knee: float) -> float:
    """A queue's: it grows as what is left of the capacity shrinks."""
    return 2e5 / max(1 - rate / knee, 0.002)


def of_rate(runs: ModuleType, number: int, rate: float, knee: float) -> Trial:
    answered = min(rate, knee)
    p99 = latency_ns(rate, knee) * (1 + number / 50)
    quantiles = {"p50": p99 / 3, "p90": p99 / 2, "p99": p99, "p99.9": 2 * p99, "max": 4 * p99}
    pairs = [(int(p99 * share), round(answered * part)) for share, part in ((0.3, 0.5), (0.9, 0.49), (3, 0.01))]
    made: Trial = runs.trial(
        number, answered, offered_per_s=rate, on_time=1.0, latency_ns=quantiles, histogram=pairs
    )  # fmt: skip
    return made


def rates_run(runs: ModuleType, knees: Mapping[str, float] = KNEES, rounds: int = 3, keep: tuple[str, ...] = ()) -> Run:
    """A closed loop, then the ladder as the runner climbs it."""
    from concur.bench.scenarios import scenario as named

    closed = [cell_of(runs, model, [0.95 * knee] * rounds, p99_ns=7e5) for model, knee in knees.items()]
    chosen = ladder.with_ladders([named("small")])
    steps: list[Cell] = []
    for one in chosen[1:]:
        for cell in closed:
            before = [step for step in steps if step.label == cell.label]
            if rate := ladder.own_rate(one.share, cell, before):
                steps.append(step_of(runs, cell, one.name, rate, knees[cell.model], rounds))
    told = {"scenarios": msgspec.to_builtins(chosen)}
    return concluded(runs.run("20260101-000000-3", closed, steps=steps, plan=told, two_loops=TWO_LOOPS), keep)


def step_of(runs: ModuleType, closed: Cell, name: str, rate: float, knee: float, rounds: int) -> Cell:
    trials = [of_rate(runs, number, rate, knee) for number in range(1, rounds + 1)]
    named = {"label": closed.label, "interpreter": closed.interpreter, "scenario": name}
    return summed(closed.model, trials, **named, offered_per_s=rate)


def loop(rate_per_s: float, p99_ns: float) -> Loop:
    """Nineteen of a thousand replies are slow, or one."""
    slow = 19 if p99_ns > 1e7 else 1
    return Loop(rate_per_s=rate_per_s, latency_ns={"p50": 1e6, "p99": p99_ns, "max": 2e8},
                histogram=[(1_000_000, 1000 - slow), (int(1.9e8), slow - 1), (200_000_000, 1)])  # fmt: skip


TWO_LOOPS = TwoLoops(
    closed=loop(710.0, 1.01e6), opened=loop(450.0, 1.94e8), pause_ns=200_000_000, messages_between=500
)  # fmt: skip


def concluded(run: Run, keep: tuple[str, ...] = ()) -> Run:
    run.scaling = concluding.scaling(run, keep)
    return run


@pytest.fixture
def swept(runs: ModuleType) -> Callable[..., Run]:
    return lambda *arguments, **options: swept_run(runs, *arguments, **options)


@pytest.fixture
def workers(runs: ModuleType) -> Callable[..., Run]:
    return lambda **options: workers_run(runs, **options)


@pytest.fixture
def rates(runs: ModuleType) -> Callable[..., Run]:
    return lambda *arguments, **options: rates_run(runs, *arguments, **options)
