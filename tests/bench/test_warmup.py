"""Classes of warm-up, on series whose class is known: levels made up, noise taken from real trials."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from concur.bench.results import Trial, Warmup
from concur.bench.warmup import FLAT, NO_STEADY_STATE, SLOWDOWN, WARM_UP, classify, of_trials

SLICE_NS = 50_000_000
STEADY = Path(__file__).parent / "data" / "steady_slices.json"
SERIES = 200  # of each class
RIGHT = 0.95
BLOCK = 16  # slices: a bootstrap of blocks so long keeps what one slice has to do with the next

Floats = NDArray[np.float64]


class Known(NamedTuple):
    """A series without noise: logarithms of the rate, and where its one step is, if it has just one."""

    logs: Floats
    step: int | None = None


def residuals() -> list[Floats]:
    """Real trials as logarithms about their median."""
    trials = json.loads(STEADY.read_text())["trials"]
    logs = [np.log(np.array(trial["verified"]) + 0.5) for trial in trials]
    return [each - np.median(each) for each in logs]


RESIDUALS = residuals()


def noise(rng: np.random.Generator, slices: int) -> Floats:
    blocks = []
    for _ in range(math.ceil(slices / BLOCK)):
        trial = RESIDUALS[rng.integers(len(RESIDUALS))]
        start = rng.integers(len(trial) - BLOCK + 1)
        blocks.append(trial[start : start + BLOCK])
    return np.concatenate(blocks)[:slices]


def jump(rng: np.random.Generator) -> float:
    return float(rng.uniform(math.log(1.4), math.log(4)))


def stepped(rng: np.random.Generator, slices: int, step: int, up: bool) -> Known:
    logs = np.zeros(slices)
    logs[step:] += jump(rng) if up else -jump(rng)
    return Known(logs, step)


def early(rng: np.random.Generator, slices: int) -> int:
    return int(rng.integers(6, slices * 13 // 20))


def flat(rng: np.random.Generator, slices: int) -> Known:
    return Known(np.zeros(slices))


def step_up(rng: np.random.Generator, slices: int) -> Known:
    return stepped(rng, slices, early(rng, slices), up=True)


def step_down(rng: np.random.Generator, slices: int) -> Known:
    return stepped(rng, slices, early(rng, slices), up=False)


def approach(rng: np.random.Generator, slices: int) -> Known:
    missing = rng.uniform(0.5, 0.9) * np.exp(-np.arange(slices) / rng.uniform(3, slices / 10))
    return Known(np.log(1 - missing))


def late_step(rng: np.random.Generator, slices: int) -> Known:
    return stepped(rng, slices, slices - int(rng.integers(5, slices // 5)), up=bool(rng.integers(2)))


def swing(rng: np.random.Generator, slices: int) -> Known:
    width = int(rng.integers(10, slices // 5))
    return Known(np.where(np.arange(slices) // width % 2, jump(rng), 0.0))


def noisy(known: Known, rng: np.random.Generator) -> list[int]:
    logs = known.logs + math.log(rng.uniform(300, 8000)) + noise(rng, len(known.logs))
    return [round(each) for each in np.exp(logs)]


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (flat, FLAT),
        (step_up, WARM_UP),
        (approach, WARM_UP),
        (step_down, SLOWDOWN),
        (late_step, NO_STEADY_STATE),
        (swing, NO_STEADY_STATE),
    ],
)
def test_of_200_series_with_real_noise_at_least_95_percent_have_the_right_class(
    make: Callable[[np.random.Generator, int], Known], kind: str
):
    rng = np.random.default_rng(20170617)
    right = near = stepped_series = 0
    for _ in range(SERIES):
        known = make(rng, int(rng.integers(80, 241)))
        found = classify(noisy(known, rng), SLICE_NS)
        right += found.kind == kind
        stepped_series += known.step is not None
        near += known.step is not None and is_near(known.step, found)
    assert right >= RIGHT * SERIES
    assert near >= RIGHT * stepped_series


def is_near(step: int, found: Warmup) -> bool:
    return any(abs(change_ns - step * SLICE_NS) <= 2 * SLICE_NS for change_ns in found.changes_ns)


def test_short_trials_with_real_noise_are_flat():
    rng = np.random.default_rng(1)
    kinds = [classify(noisy(flat(rng, 26), rng), SLICE_NS).kind for _ in range(SERIES)]
    assert kinds.count(FLAT) >= RIGHT * SERIES


def test_a_steady_state_begins_where_the_last_level_does():
    found = classify([50] * 20 + [100] * 40, SLICE_NS)
    assert found == Warmup(
        kind=WARM_UP,
        levels_per_s=[1000.0, 2000.0],
        changes_ns=[20 * SLICE_NS],
        steady_after_ns=20 * SLICE_NS,
        steady_after_requests=20 * 50,
    )


def test_a_flat_trial_is_steady_from_its_start():
    found = classify([100] * 40, SLICE_NS)
    assert (found.steady_after_ns, found.steady_after_requests, found.changes_ns) == (0, 0, [])


def test_without_a_steady_state_there_is_no_time_to_it():
    found = classify([100] * 40 + [300] * 8, SLICE_NS)
    assert found.kind == NO_STEADY_STATE
    assert found.steady_after_ns is None
    assert found.steady_after_requests is None


def test_a_last_level_that_is_not_the_fastest_is_a_slowdown_though_it_is_not_the_slowest():
    assert classify([50] * 20 + [200] * 20 + [100] * 40, SLICE_NS).kind == SLOWDOWN


def test_levels_within_the_tolerance_are_one():
    assert classify([100] * 40 + [125] * 40, SLICE_NS).kind == FLAT
    assert classify([100] * 40 + [135] * 40, SLICE_NS).kind == WARM_UP


def test_a_lone_stall_is_no_level_and_neither_is_a_burst():
    slices = [100, 103, 98, 101] * 10
    slices[20], slices[31] = 0, 400
    assert classify(slices, SLICE_NS).kind == FLAT


@pytest.mark.parametrize("slices", [[100, 102] * 20 + [101, 0, 102, 0], [0, 101, 0, 102] + [100, 102] * 20])
def test_stalls_close_together_are_no_level_either(slices: list[int]):
    assert classify(slices, SLICE_NS).kind == FLAT


def test_a_passing_disturbance_is_no_change():
    assert classify([100] * 30 + [50] * 8 + [100] * 30, SLICE_NS).kind == FLAT


def test_a_long_or_final_stretch_at_another_level_is_no_passing_disturbance():
    assert classify([100] * 30 + [50] * 12 + [100] * 30, SLICE_NS).changes_ns
    assert classify([100] * 60 + [50] * 8, SLICE_NS).kind == NO_STEADY_STATE


@pytest.mark.parametrize(("slices", "times"), [(240, 2.5), (400, 2), (400, 8)])
def test_a_climb_that_goes_on_to_the_end_is_no_steady_state(slices: int, times: float):
    climb = [round(2000 * times ** (each / slices)) for each in range(slices)]
    assert classify(climb, SLICE_NS).kind == NO_STEADY_STATE


def test_what_serves_nothing_is_flat_at_nothing():
    found = classify([0] * 30, SLICE_NS)
    assert (found.kind, found.levels_per_s) == (FLAT, [0.0])


def test_a_few_replies_a_slice_are_chance():
    rng = np.random.default_rng(5)
    kinds = [classify(rng.poisson(4, 100).tolist(), SLICE_NS).kind for _ in range(50)]
    assert kinds.count(FLAT) >= RIGHT * len(kinds)


def test_no_slices_have_no_class():
    with pytest.raises(ValueError, match="at least one slice"):
        classify([], SLICE_NS)


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=120))
def test_any_series_has_a_class_that_is_whole(verified: list[int]):
    found = classify(verified, SLICE_NS)
    assert found.kind in (FLAT, WARM_UP, SLOWDOWN, NO_STEADY_STATE)
    assert len(found.levels_per_s) == len(found.changes_ns) + 1
    edges = [0, *found.changes_ns, len(verified) * SLICE_NS]
    seconds = np.diff(edges) / 1e9
    assert math.isclose(float(np.dot(found.levels_per_s, seconds)), sum(verified), abs_tol=1e-6)
    assert (found.steady_after_ns is None) == (found.kind == NO_STEADY_STATE)
    assert (found.kind == FLAT) == (not found.changes_ns)


# Of a cell's trials


def trial(kind: str | None, after: int | None = 0) -> Trial:
    warmup = Warmup(
        kind=kind or "",
        levels_per_s=[1.0],
        steady_after_ns=after and after * SLICE_NS,
        steady_after_requests=after and after * 10,
    )
    return Trial(round=1, started_at="", verdict="ok", warmup=warmup if kind else None)


def test_a_cell_has_the_class_of_most_of_its_trials_and_their_times_alone():
    trials = [trial(WARM_UP, 4), trial(FLAT), trial(WARM_UP, 6), trial(None)]
    assert of_trials(trials) == (WARM_UP, [4.0 * SLICE_NS, 6.0 * SLICE_NS], [40.0, 60.0])


def test_of_classes_equally_frequent_the_worse_one_counts():
    assert of_trials([trial(FLAT), trial(NO_STEADY_STATE, None)]) == (NO_STEADY_STATE, [], [])
    assert of_trials([trial(WARM_UP, 4), trial(SLOWDOWN, 8)])[0] == SLOWDOWN


def test_trials_without_a_class_give_none():
    assert of_trials([trial(None)]) == ("", [], [])
