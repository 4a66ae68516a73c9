"""At which rates a rate sweep offers, and what counts as a miss."""

import pytest

from concur.bench.scaling import ladder
from concur.bench.scaling.ladder import knee, own_rate, why_missed, why_over, with_ladders
from concur.bench.scenarios import listed, scenario, sweep
from concur.errors import UsageError


def test_a_closed_loop_is_followed_by_its_steps_from_a_tenth_to_beyond_its_capacity():
    small, *steps = with_ladders([scenario("small"), scenario("steady")])
    assert small == scenario("small")
    assert [one.share for one in steps[:2]] == [0.1, 0.16]
    assert max(one.share or 0 for one in steps) > 1
    assert all(one.is_step and one.is_open and one.after == "small" for one in steps)
    assert [one.share for one in steps[-ladder.NEARER :]] == [None] * ladder.NEARER
    assert len({one.name for one in steps}) == len(steps)


def test_steps_are_log_steps():
    ratios = [after / before for before, after in zip(ladder.SHARES, ladder.SHARES[1:], strict=False)]
    assert min(ratios) > 1.2
    assert max(ratios) < 1.7


def test_a_rate_sweep_is_listed_in_few_words():
    assert listed(with_ladders([scenario("small")])) == "small at rates of 10 to 500 % of each one's capacity"


@pytest.mark.parametrize(
    ("chosen", "told"),
    [
        (["steady"], "finds the rates by itself"),
        (["churn"], "churn has no open loop"),
    ],
)
def test_what_has_no_rates_to_sweep_is_refused(chosen: list[str], told: str):
    with pytest.raises(UsageError, match=told):
        with_ladders([scenario(name) for name in chosen])


def test_two_sweeps_at_once_are_refused():
    with pytest.raises(UsageError, match="and nothing else at the same time"):
        with_ladders(sweep(scenario("small"), connections=[1, 8]))


def test_the_rate_of_a_step_is_a_share_of_the_targets_own_capacity(closed):
    assert own_rate(0.25, closed, []) == 2_500


def test_a_target_without_a_capacity_climbs_no_ladder(closed):
    assert own_rate(0.1, None, []) is None
    closed.verdict = "failed"
    assert own_rate(0.1, closed, []) is None


def test_one_miss_may_be_the_machines_and_two_end_the_ladder(closed, step):
    before = [step(4_000), step(5_000, answered=0.9)]
    assert own_rate(0.63, closed, before) == 6_300
    before.append(step(6_300, answered=0.9))
    assert own_rate(0.8, closed, before) is None


def test_a_rate_kept_after_a_miss_goes_on(closed, step):
    before = [step(4_000), step(5_000, answered=0.9), step(6_300), step(8_000, answered=0.9)]
    assert own_rate(1.0, closed, before) == 10_000
    assert knee(before) == (6_300, 8_000)


def test_steps_near_the_knee_halve_what_is_between(closed, step):
    before = [step(8_000), step(10_000, answered=0.8), step(12_500, answered=0.7)]
    assert own_rate(None, closed, before) == pytest.approx((8_000 * 10_000) ** 0.5)
    near = [*before, step(9_800)]
    assert own_rate(None, closed, near) is None  # it is known within 5 %


def test_a_rate_that_the_engine_did_not_offer_is_neither_kept_nor_missed(closed, step):
    before = [step(1_000, verdict="void", reason="late"), step(1_600), step(2_500, verdict="void", reason="later")]
    assert knee(before) == (1_600, None)
    assert own_rate(0.4, closed, before) == 4_000
    before += [step(4_000, verdict="void"), step(5_000, verdict="void")]
    assert own_rate(0.63, closed, before) is None
    assert why_over(before) == "later"


def test_without_a_knee_nothing_is_near_it(closed, step):
    assert own_rate(None, closed, [step(8_000), step(10_000)]) is None
    assert own_rate(None, closed, [step(1_000, answered=0.5), step(1_600, answered=0.5)]) is None
    assert own_rate(None, closed, []) is None


def test_less_than_99_of_100_answered_is_a_miss(step):
    assert why_missed(step(10_000, answered=0.995), []) == ""
    assert "answered 98.0%" in why_missed(step(10_000, answered=0.98), [])


def test_a_few_messages_in_flight_at_the_windows_end_are_no_miss(step):
    assert why_missed(step(50, answered=0.96), []) == ""


def test_an_exploded_p99_is_a_miss_even_if_all_is_answered(step):
    calm, exploded = step(1_000, p99_ms=0.5), step(2_000, p99_ms=50)
    assert "times its least" in why_missed(exploded, [calm, exploded])
    slow = step(2_000, p99_ms=8)
    assert why_missed(slow, [step(1_000, p99_ms=0.1), slow]) == ""  # 8 ms are no explosion


def test_a_later_rate_does_not_make_an_earlier_one_a_miss(step):
    first, later = step(1_000, p99_ms=50), step(2_000, p99_ms=0.5)
    assert why_missed(first, [first, later]) == ""


def test_a_cell_that_failed_or_was_not_offered_its_rate_is_a_miss_with_its_reason(step):
    assert why_missed(step(1_000, verdict="failed", reason="3 timed out"), []) == "3 timed out"
    assert why_missed(step(1_000, verdict="void", reason="the engine sent 90% on time"), []).startswith("the engine")
    assert why_missed(step(1_000, trials=[], reason=""), []) == "nothing was measured"
