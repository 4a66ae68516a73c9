"""What the experiment on verdicts makes of rounds whose truth is known."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from concur.bench.results import Cell, Trial
from concur.load.plan import LoadResult

POWER = Path(__file__).resolve().parents[2] / "benchmarks" / "power.py"
MODELS = [f"model{number}" for number in range(20)]
TRUTH = {"plain": 0.0, "A-A": 0.0, "0.5 %": 0.005, "10 %": 0.10}


@pytest.fixture(scope="module")
def power() -> ModuleType:
    spec = importlib.util.spec_from_file_location("power_experiment", POWER)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def trial(number: int, rate_per_s: float) -> Trial:
    load = LoadResult(
        engine="native", opened_ns=0, window_ns=1_000_000_000, sent=1, verified=round(rate_per_s), wrong=0, lost=0,
        short=0, reset=0, timed_out=0, refused=0, rate_per_s=rate_per_s, offered_per_s=None, on_time=None, backlog=0,
        latency_ns={}, histogram=[], connect_ns={}, send_lag_ns={}, fairness=1.0, engine_cpu_ns=1, slices=[],
    )  # fmt: skip
    return Trial(round=number, started_at="", verdict="ok", load=load)


def cells(share: dict[str, float], rounds: int = 20, spread: float = 0.02) -> dict[tuple[str, str], Cell]:
    random = np.random.default_rng(7)
    return {
        (model, variant): Cell(
            model=model, topology="1", interpreter="3.11", scenario="small", label=model, verdict="ok",
            trials=[
                trial(number, 30_000 / (1 + more) * float(np.exp(random.normal(0, spread)))) for number in range(rounds)
            ],
        )
        for model in MODELS
        for variant, more in share.items()
    }  # fmt: skip


def counted(power: ModuleType, found: list[object]) -> dict[str, tuple[int, bool]]:
    said = {}
    for variant in power.WANTED:
        family = [each for each in found if each.variant == variant and each.metric == "rate"]  # type: ignore[attr-defined]
        assert len(family) == len(MODELS)
        text, is_wanted = power.count(family, variant)
        said[variant] = int(text.split(": ")[1].split(" of ")[0]), is_wanted
    return said


def test_what_is_there_is_found_and_what_is_not_is_not(power: ModuleType) -> None:
    assert counted(power, power.judge(cells(TRUTH))) == {"A-A": (0, True), "0.5 %": (0, True), "10 %": (20, True)}


def test_a_method_that_finds_nothing_is_not_as_wanted(power: ModuleType) -> None:
    nothing = dict.fromkeys(TRUTH, 0.0)
    assert counted(power, power.judge(cells(nothing)))["10 %"] == (0, False)


def test_a_difference_where_none_may_be_is_not_as_wanted(power: ModuleType) -> None:
    assert counted(power, power.judge(cells(TRUTH | {"A-A": 0.10})))["A-A"] == (20, False)
    assert counted(power, power.judge(cells(TRUTH | {"A-A": -0.10})))["A-A"] == (20, False)


def test_each_variant_is_compared_with_its_own_model(power: ModuleType) -> None:
    mixed = cells(TRUTH)
    for (model, _), cell in mixed.items():
        for each in cell.trials if model == MODELS[0] else []:
            assert each.load
            each.load = trial(each.round, each.load.rate_per_s / 10).load
    assert counted(power, power.judge(mixed))["A-A"] == (0, True)
