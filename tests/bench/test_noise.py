"""Levels of noise: what was put in at each is found again."""

import numpy as np
import pytest

from concur.bench import noise
from concur.bench.results import Estimate, NoiseFloor, Trial
from concur.load.plan import LoadResult, Slice


def nested(
    seed: int, build: float, process: float, window: float, counts: tuple[int, int, int]
) -> list[list[list[float]]]:
    random = np.random.default_rng(seed)
    return [
        [(b + p + random.normal(0, window, counts[2])).tolist() for p in random.normal(0, process, counts[1])]
        for b in random.normal(0, build, counts[0])
    ]


def test_each_level_is_told_apart_from_those_below():
    found = noise.levels(nested(1, 0.2, 0.1, 0.05, (200, 6, 4)))
    assert list(found) == ["window", "process", "build"]
    assert list(found.values()) == pytest.approx([0.05, 0.1, 0.2], rel=0.15)


def test_a_level_that_adds_nothing_is_nothing():
    found = noise.levels(nested(2, 0.0, 0.0, 0.1, (100, 10, 4)))
    assert found["window"] == pytest.approx(0.1, rel=0.1)
    assert max(found["process"], found["build"]) < 0.03


def test_fewer_levels_may_be_given():
    assert noise.spreads([1.0, 2.0, 3.0]) == pytest.approx([1.0])
    assert noise.spreads([[1.0, 1.0], [3.0, 3.0]]) == pytest.approx([0.0, 2**0.5])
    assert noise.spreads([1.0]) == [0.0]


def test_levels_may_have_unequal_numbers():
    random = np.random.default_rng(3)
    data = [(p + random.normal(0, 0.05, random.integers(2, 9))).tolist() for p in random.normal(0, 0.1, 500)]
    assert noise.spreads(data) == pytest.approx([0.05, 0.1], rel=0.1)


def trial_of(counts: list[int], slice_ns: int = 50_000_000) -> Trial:
    slices = [Slice(at_ns=number * slice_ns, verified=count) for number, count in enumerate(counts)]
    load = LoadResult(
        engine="native", opened_ns=0, window_ns=len(counts) * slice_ns, sent=1, verified=1, wrong=0, lost=0, short=0,
        reset=0, timed_out=0, refused=0, rate_per_s=1.0, offered_per_s=None, on_time=None, backlog=0, latency_ns={},
        histogram=[], connect_ns={}, send_lag_ns={}, fairness=1.0, engine_cpu_ns=1, slices=slices,
    )  # fmt: skip
    return Trial(round=1, started_at="", verdict="ok", load=load)


def test_a_part_is_whole_slices_and_the_cut_one_is_left_out():
    assert np.exp(noise.parts(trial_of([10] * 4 + [20] * 4 + [3]))) == pytest.approx([40, 80])
    assert len(noise.parts(trial_of([10] * 11))) == 2
    assert np.exp(noise.parts(trial_of([10, 10, 20, 20, 5], 100_000_000))) == pytest.approx([20, 40])


def test_a_trial_without_slices_or_with_a_silent_part_has_none():
    assert noise.parts(trial_of([])) == []
    assert noise.parts(trial_of([0] * 4 + [9] * 5)) == []
    assert noise.parts(Trial(round=1, started_at="", verdict="failed")) == []


def test_one_process_alone_tells_no_level():
    assert noise.of_trials([trial_of([10] * 9)]) == {}
    assert noise.of_trials([trial_of([10] * 9), trial_of([20] * 9)])["process"] > 0.4


def test_the_noisier_the_window_the_longer_it_had_better_be():
    calm, restless = (
        noise.best_window_s({"window": 0.02, "process": 0.1}),
        noise.best_window_s({"window": 0.2, "process": 0.05}),
    )
    assert calm == 0.2
    assert restless
    assert restless == pytest.approx(0.2 * 5**0.5 * 4)
    assert noise.best_window_s({}) is None


def test_a_floor_reaches_as_far_as_its_farther_end():
    def floor(interval: tuple[float, float] | None) -> NoiseFloor:
        named = {"scenario": "small", "metric": "rate", "label": "threads", "interpreter": "3.11", "rounds": 3}
        return NoiseFloor(**named, ratio=Estimate(1.0, interval))  # type: ignore[arg-type]

    assert noise.reach(floor((0.9, 1.05))) == pytest.approx(1 / 0.9)
    assert noise.reach(floor((0.99, 1.05))) == 1.05
    assert noise.reach(floor(None)) == 1.0
