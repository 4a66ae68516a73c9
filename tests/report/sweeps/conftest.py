"""Runs of a sweep, for all modules of concur/report that are about one."""

import math
from collections.abc import Callable, Iterable
from typing import Any

import msgspec
import pytest

from concur.bench.results import Run
from concur.bench.scenarios import scenario, sweep
from concur.report.sweeps import Place

Rate = Callable[[int, int], float]  # of payload and connections
PLACES = (Place(64, 1), Place(64, 8), Place(1024, 1), Place(1024, 8))
ROUNDS = 12


@pytest.fixture
def sweep_of(make) -> Callable[..., Run]:
    """A run of `small` over places: one cell in each for every label, a setting behind its space.

    One round; with a spread twelve, over which each label's rate rises by that times its number in the order of rates.
    """

    def build(
        rates: dict[str, Rate], *, places: Iterable[Place] = PLACES, spread: float = 0.0, offered_per_s: Any = None
    ) -> Run:
        counts = sorted({place.connections for place in places})
        sizes = sorted({place.payload_bytes for place in places})
        variants = sweep(scenario("small"), counts, sizes)
        rounds = ROUNDS if spread else 1
        cells = [
            _strayed(_cell(make, label, rate, one, offered_per_s, rounds), spread * (index + 1))
            for one in variants
            for index, (label, rate) in enumerate(rates.items())
        ]
        run: Run = make["run"](cells, plan={"scenarios": msgspec.to_builtins(variants)}, machine={"cpu": "a CPU"})
        return run

    return build


def _cell(make: Any, label: str, rate: Rate, one: Any, offered_per_s: float | None, rounds: int) -> Any:
    model, _, setting = label.partition(" ")
    name, _, value = setting.partition("=")
    value_per_s = rate(one.payload_bytes, one.connections)
    env = {name: value} if setting else {}
    return make["cell"](
        model, value_per_s, scenario=one.name, label=label, env=env, rounds=rounds, offered_per_s=offered_per_s
    )


def _strayed(cell: Any, spread: float) -> Any:
    for number, trial in enumerate(cell.trials):
        trial.load = msgspec.structs.replace(
            trial.load, rate_per_s=trial.load.rate_per_s * math.exp(spread * (number - (ROUNDS - 1) / 2) / ROUNDS)
        )
    return cell
