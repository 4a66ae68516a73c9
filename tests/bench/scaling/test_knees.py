"""What is read off a rate sweep: the knee, p99 at half of it, limits kept."""

from collections.abc import Sequence
from types import ModuleType

import pytest

from concur.bench.results import Cell, Run
from concur.bench.scaling.knees import rate_sweeps, read_limit
from concur.bench.scaling.records import RateSweep
from concur.errors import UsageError


def run_of(runs: ModuleType, closed: Cell, steps: Sequence[Cell]) -> Run:
    told = [{"name": one.scenario, "is_step": True, "after": "small"} for one in steps]
    made: Run = runs.run("a", [closed], steps=list(steps), plan={"scenarios": told})
    return made


@pytest.fixture
def swept(runs: ModuleType, closed: Cell):
    def sweep(steps: Sequence[Cell], *limits: str) -> RateSweep:
        (found,) = rate_sweeps(run_of(runs, closed, steps), limits)
        return found

    return sweep


def test_the_knee_lies_between_what_was_kept_and_what_was_missed(swept, step):
    found = swept([step(8_000), step(12_500, answered=0.8), step(10_000, answered=0.9), step(9_000)])
    assert (found.knee_low_per_s, found.knee_high_per_s) == (9_000, 10_000)
    assert [one.offered_per_s for one in found.steps] == [8_000, 9_000, 10_000, 12_500]
    assert found.steps[0].why_not == ""
    assert "answered 90.0%" in found.steps[2].why_not
    assert "answered 90.0%" in found.ended
    assert found.capacity_per_s.median == 10_000


def test_without_a_miss_the_knee_has_no_upper_end(swept, step):
    found = swept([step(8_000), step(16_000)])
    assert (found.knee_low_per_s, found.knee_high_per_s, found.ended) == (16_000, None, "")


def test_one_that_kept_nothing_has_no_knee(swept, step):
    found = swept([step(1_000, answered=0.5), step(1_600, answered=0.5)], "p99<=5ms")
    assert found.knee_low_per_s is None
    assert found.p99_at_half_ns is None
    assert found.kept == []


def test_p99_at_half_the_knee_lies_on_the_line_between_steps(swept, step):
    found = swept([step(1_000, p99_ms=1), step(4_000, p99_ms=4), step(8_000, p99_ms=16)])
    assert found.p99_at_half_ns.median == pytest.approx(4e6 * 1.02)
    found = swept([step(1_000, p99_ms=1), step(4_000, p99_ms=4)])
    assert found.p99_at_half_ns.median == pytest.approx(2e6 * 1.02)  # at 2,000, half way on the log scale
    assert found.p99_at_half_ns.interval


def test_a_limit_is_kept_up_to_where_the_line_passes_it(swept, step):
    steps = [step(1_000, p99_ms=1), step(4_000, p99_ms=4), step(8_000, p99_ms=8)]
    (kept,) = swept(steps, "p99<=2ms").kept
    assert kept.bound == ""
    assert kept.rate_per_s.median == pytest.approx(2_000 / 1.02)
    assert kept.rate_per_s.interval
    assert kept.condition == "p99<=2ms"


def test_a_limit_that_nothing_breaks_is_kept_at_least_to_the_end_or_to_the_knee(swept, step):
    calm = [step(1_000, p99_ms=1), step(4_000, p99_ms=1)]
    (kept,) = swept(calm, "p99<=5ms").kept
    assert (kept.bound, kept.rate_per_s.median) == ("at least", 4_000)
    (kept,) = swept([*calm, step(8_000, answered=0.8, p99_ms=90)], "p99<=5ms").kept
    assert (kept.bound, kept.rate_per_s.median) == ("knee", 4_000)


def test_a_limit_that_no_rate_keeps_says_at_what_that_was(swept, step):
    (kept,) = swept([step(1_000, p99_ms=9), step(4_000, p99_ms=9)], "p99<1ms").kept
    assert (kept.bound, kept.rate_per_s.median) == ("below", 1_000)


def test_several_limits_are_each_read_off(swept, step):
    found = swept([step(1_000), step(4_000, p99_ms=8)], "p99<=2ms", "p50<=9ms")
    assert [one.condition for one in found.kept] == ["p99<=2ms", "p50<=9ms"]


@pytest.mark.parametrize("text", ["p99<=5ms", "p99.9 < 1s", "max<=200us"])
def test_limits_of_any_latency_are_read(text: str):
    assert read_limit(text).text == text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("p99", "is no comparison"),
        ("p99<=5", "needs a unit"),
        ("p98<=5ms", "no figure of a cell"),
        ("rate<=5k", "no limit of a latency"),
        ("p99<=2*ref", "no limit of a latency"),
        ("threads: p99<=5ms", "no limit of a latency"),
        ("p99>5ms", "nothing that a rate could keep"),
        ("p99<=0ms", "nothing that a rate could keep"),
        ("", "no figure of a cell"),
    ],
)
def test_what_is_no_limit_is_refused(text: str, told: str):
    with pytest.raises(UsageError, match=told):
        read_limit(text)


def test_a_run_without_steps_has_no_sweeps(runs, closed):
    assert rate_sweeps(runs.run("a", [closed]), ["p99<=5ms"]) == []


def test_a_sweep_cut_short_before_its_first_step_is_no_error(runs, closed, step):
    cut = run_of(runs, closed, [step(1_000, trials=[])])
    (found,) = rate_sweeps(cut, ["p99<=5ms"])
    assert (found.steps, found.knee_low_per_s) == ([], None)


def test_rates_that_the_engine_did_not_offer_are_no_knee(swept, step):
    calm = [step(1_000), step(4_000)]
    (kept,) = swept([*calm, step(8_000, answered=0.8, verdict="void")], "p99<=5ms").kept
    assert (kept.bound, kept.rate_per_s.median) == ("at least", 4_000)
