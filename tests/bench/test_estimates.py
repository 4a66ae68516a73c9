"""What may be said of numbers: intervals that cover, verdicts that are seldom wrong, rules with known errors."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from concur.bench.estimates import (
    MOST_ROUNDS,
    RANKS_PENALTY,
    estimate,
    half_width,
    holm,
    is_bimodal,
    is_steady,
    p_value,
    ratio,
    ratios_by_round,
    rounds_needed,
    two_groups,
    verdict_of_ratio,
)
from concur.bench.results import Estimate

RATES = st.lists(st.floats(1, 1e6), min_size=2, max_size=20)
P_VALUES = st.lists(st.floats(0, 1), max_size=12)


@given(RATES)
def test_the_median_lies_in_its_interval_and_that_within_the_values(values: list[float]) -> None:
    found = estimate(values)
    assert found.interval is not None
    assert min(values) <= found.interval[0] <= found.median <= found.interval[1] <= max(values)
    assert estimate(values) == found


def test_one_value_has_no_interval() -> None:
    assert estimate([7.0]).interval is None
    assert ratio([6.0], [3.0]).interval is None
    assert ratio([6.0], [3.0]).median == pytest.approx(2.0)


@pytest.mark.parametrize("values", [[], [1.0, math.nan], [math.inf]])
def test_what_is_no_number_is_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="finite"):
        estimate(values)


def test_the_interval_covers_the_truth_as_often_as_it_promises() -> None:
    random = np.random.default_rng(11)
    intervals = [estimate(random.lognormal(0, 0.1, 12).tolist()).interval for _ in range(300)]
    covered = sum(low <= 1 <= high for low, high in filter(None, intervals)) / 300
    assert 0.90 <= covered <= 0.99


@given(RATES, st.floats(0.1, 10))
def test_a_constant_factor_is_found_whatever_the_rounds_do(values: list[float], factor: float) -> None:
    found = ratio([value * factor for value in values], values)
    assert found.median == pytest.approx(factor)
    assert found.interval == pytest.approx((factor, factor))


@given(RATES)
def test_a_ratio_turned_around_is_its_inverse(values: list[float]) -> None:
    reference = values[::-1]
    there, back = ratio(values, reference), ratio(reference, values)
    assert there.median * back.median == pytest.approx(1)


@pytest.mark.parametrize(("values", "reference"), [([1.0, 2.0], [1.0]), ([1.0], [0.0]), ([-1.0], [1.0])])
def test_ratios_need_a_positive_pair_each_round(values: list[float], reference: list[float]) -> None:
    with pytest.raises(ValueError, match="one positive"):
        ratios_by_round(values, reference)


def test_the_middle_ratio_is_the_median_of_the_means_of_pairs() -> None:
    logs = [0.0, 0.1, 0.4]
    pairs = sorted((one + other) / 2 for at, one in enumerate(logs) for other in logs[at:])
    found = ratio([math.exp(log) for log in logs], [1.0] * 3)
    assert math.log(found.median) == pytest.approx((pairs[2] + pairs[3]) / 2)
    assert found.interval == pytest.approx((1.0, math.exp(0.4)))


@pytest.mark.parametrize("number", [6, 8, 12, 25, 60])
def test_the_interval_of_a_ratio_leaves_out_one_just_where_the_test_rejects(number: int) -> None:
    random, both = np.random.default_rng(number), set()
    for _ in range(100):
        ratios = random.lognormal(random.normal(0, 0.06), 0.1, number).tolist()
        low, high = ratio(ratios, [1.0] * number).interval or (0.0, 0.0)
        is_rejected = p_value(ratios) <= 0.05
        assert is_rejected == (not low <= 1 <= high)
        both.add(is_rejected)
    assert both == {True, False}


def test_the_interval_of_a_thousand_rounds_and_more_is_the_normal_ones() -> None:
    rounds = 1_200  # there are 2^1200 ways to sign their ranks, more than a float holds
    logs = np.random.default_rng(1).normal(0.001, 0.1, rounds)
    found = ratio(list(np.exp(logs)), [1.0] * rounds)
    error = 1.96 * 0.1 * RANKS_PENALTY / math.sqrt(rounds)
    assert found.interval
    assert np.log(found.interval) == pytest.approx(np.mean(logs) + np.array([-error, error]), abs=0.1 * error)


def test_the_interval_of_a_ratio_covers_the_truth_as_often_as_it_promises() -> None:
    random = np.random.default_rng(14)
    intervals = [ratio(random.lognormal(0, 0.1, 12).tolist(), [1.0] * 12).interval for _ in range(1000)]
    covered = sum(low <= 1 <= high for low, high in filter(None, intervals)) / 1000
    assert 0.935 <= covered <= 0.975


def test_half_a_width_is_a_share_of_the_middle() -> None:
    assert half_width(Estimate(1.0, (1 / 1.02, 1.02))) == pytest.approx(0.02)
    assert half_width(Estimate(200.0, (190.0, 210.0))) == pytest.approx(0.0513, rel=0.01)
    assert half_width(Estimate(1.0)) == math.inf


def test_no_difference_at_all_is_no_evidence() -> None:
    assert p_value([1.0] * 12) == 1.0
    assert p_value([1.1] * 12) < 0.001


def test_holm_is_holms() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


@given(P_VALUES)
def test_holm_keeps_the_order_and_only_raises(p_values: list[float]) -> None:
    adjusted = holm(p_values)
    assert all(before <= after <= 1 for before, after in zip(p_values, adjusted, strict=True))
    in_order = [after for _, after in sorted(zip(p_values, adjusted, strict=True))]
    assert all(earlier <= later for earlier, later in pairwise(in_order))


def rounds(random: np.random.Generator, factor: float, number: int, noise: float = 0.05) -> list[float]:
    """Ratios by round of two cells that differ by a factor, each with noise of its own."""
    logs = random.normal(0, noise, (2, number))
    return (factor * np.exp(logs[0] - logs[1])).tolist()  # type: ignore[no-any-return]


@pytest.mark.parametrize("number", [10, 12, 20])
def test_equals_are_told_apart_in_no_more_than_one_of_twenty(number: int) -> None:
    random = np.random.default_rng(number)
    verdicts = [verdict_of_ratio(rounds(random, 1.0, number)) for _ in range(400)]
    wrong = sum(verdict in ("faster", "slower") for verdict in verdicts)
    assert wrong <= 0.05 * 400
    assert "no difference found" in verdicts


def test_a_family_of_equals_gets_a_wrong_verdict_in_no_more_than_one_run_of_twenty() -> None:
    random, runs, wrong = np.random.default_rng(5), 150, 0
    for _ in range(runs):
        family = [rounds(random, 1.0, 12) for _ in range(7)]
        adjusted = holm([p_value(each) for each in family])
        verdicts = [verdict_of_ratio(each, p, family=7) for each, p in zip(family, adjusted, strict=True)]
        wrong += any(verdict in ("faster", "slower") for verdict in verdicts)
    assert wrong <= 0.05 * runs


def test_a_difference_of_a_tenth_is_found_in_twelve_rounds() -> None:
    random = np.random.default_rng(7)
    found = [verdict_of_ratio(rounds(random, 1.1, 12)) for _ in range(200)]
    assert found.count("faster") >= 0.9 * 200
    assert "slower" not in found


@pytest.mark.long
@pytest.mark.timeout(90)
@pytest.mark.parametrize(("noise", "number"), [(0.05, 16), (0.09, 50)])
def test_a_tenth_is_found_in_18_of_20_and_a_two_hundredth_in_3_at_most(noise: float, number: int) -> None:
    random = np.random.default_rng(22)
    for factor, least, most in ((1 / 1.1, 18, 20), (1 / 1.005, 0, 3)):
        for _ in range(8):
            family = [rounds(random, factor, number, noise) for _ in range(20)]
            adjusted = holm([p_value(each) for each in family])
            said = [verdict_of_ratio(each, p, family=20) for each, p in zip(family, adjusted, strict=True)]
            assert least <= said.count("slower") <= most


def test_a_lower_latency_is_the_faster_one() -> None:
    ratios = rounds(np.random.default_rng(3), 0.5, 12)
    assert verdict_of_ratio(ratios) == "slower"
    assert verdict_of_ratio(ratios, higher_is_better=False) == "faster"


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=9))
def test_fewer_than_ten_rounds_never_say_which_is_faster(ratios: list[float]) -> None:
    verdict = verdict_of_ratio(ratios)
    assert verdict == "described" if len(ratios) == 1 else verdict.startswith("needs ")


def test_what_lies_wholly_within_the_noise_floor_is_no_difference() -> None:
    ratios = rounds(np.random.default_rng(3), 1.1, 30, 0.02)
    low, high = ratio(ratios, [1.0] * 30).interval or (0.0, 0.0)
    assert verdict_of_ratio(ratios, floor=(low + high) / 2) == "faster"
    assert verdict_of_ratio(ratios, floor=1.01 * high) == "no difference found"
    slower = [1 / each for each in ratios]
    assert verdict_of_ratio(slower) == "slower"
    assert verdict_of_ratio(slower, floor=1.01 * high) == "no difference found"


def test_a_corrected_p_value_that_is_too_high_withholds_the_verdict() -> None:
    ratios = rounds(np.random.default_rng(2), 1.2, 12)
    assert verdict_of_ratio(ratios, 0.04) == "faster"
    assert verdict_of_ratio(ratios, 0.06) not in ("faster", "slower")


def test_more_noise_and_less_difference_need_more_rounds() -> None:
    few, many = [1.09, 1.1, 1.11], [0.9, 1.1, 1.3]
    assert rounds_needed(few) == 10
    assert rounds_needed(few) < rounds_needed(many) <= MOST_ROUNDS
    assert rounds_needed([1.0, 1.0]) == MOST_ROUNDS
    assert rounds_needed(few, family=1_000) == 16


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=30), st.integers(1, 50))
def test_the_rounds_needed_are_bounded(ratios: list[float], family: int) -> None:
    assert 10 <= rounds_needed(ratios, family) <= MOST_ROUNDS


def test_the_rounds_that_were_needed_suffice() -> None:
    random, found = np.random.default_rng(4), []
    for _ in range(100):
        needed = rounds_needed(rounds(random, 1.1, 12, noise=0.08))
        found.append(verdict_of_ratio(rounds(random, 1.1, needed, noise=0.08)))
    assert found.count("faster") >= 70
    assert "slower" not in found


def test_two_states_are_two_modes_and_an_outlier_is_none() -> None:
    assert is_bimodal([28e3, 160e3, 31e3, 155e3, 158e3, 29e3])
    assert not is_bimodal([160e3, 158e3, 28e3, 163e3, 155e3, 161e3])
    assert not is_bimodal([100e3, 120e3, 110e3, 105e3, 117e3, 90e3])
    assert not is_bimodal([28e3, 160e3, 30e3, 161e3])


def test_near_states_are_one() -> None:
    assert not is_bimodal([100.0, 100.1, 100.2, 120.0, 120.1, 120.2])


@pytest.mark.parametrize(("sigma", "most"), [(0.1, 0.01), (0.4, 0.05)])
def test_one_mode_seldom_passes_for_two(sigma: float, most: float) -> None:
    random = np.random.default_rng(8)
    for number in (5, 6, 8, 12, 20):
        wrong = sum(is_bimodal(random.lognormal(0, sigma, number).tolist()) for _ in range(1_000))
        assert wrong <= most * 1_000, number


@pytest.mark.parametrize("number", [5, 6, 8, 12, 20, 40])
def test_long_tails_and_slow_rounds_are_noise_and_no_states(number: int) -> None:
    random, repeats = np.random.default_rng(10), 500
    for what, draw, most in (
        ("tails", lambda: 0.1 * random.standard_t(3, number), 0.02),
        ("slow rounds", lambda: np.where(random.random(number) < 1 / 8, -0.5, 0) + random.normal(0, 0.1, number), 0.07),
        ("one-sided", lambda: -random.exponential(0.2, number), 0.07),
    ):
        wrong = sum(is_bimodal(np.exp(draw()).tolist()) for _ in range(repeats))
        assert wrong <= most * repeats, what


def test_a_value_between_two_groups_divides_them() -> None:
    between = two_groups([30.0, 160.0, 31.0, 155.0, 29.0])
    assert between
    assert 31 < between < 155
    assert two_groups([30.0, 31.0, 32.0, 33.0, 34.0]) is None


def test_two_modes_are_found_at_any_number_of_values() -> None:
    random = np.random.default_rng(9)
    for number in (5, 8, 12, 20):
        state = np.where(np.arange(number) < 2, 30e3, 160e3)
        found = sum(is_bimodal((state * random.lognormal(0, 0.1, number)).tolist()) for _ in range(200))
        assert found >= 0.9 * 200, number


def test_a_level_rate_is_steady_and_a_rising_one_is_not() -> None:
    random = np.random.default_rng(6)
    level = random.normal(100e3, 4e3, 10)
    assert is_steady(level.tolist())
    assert not is_steady((level * np.linspace(0.8, 1.0, 10)).tolist())
    assert not is_steady((level * np.linspace(1.0, 0.8, 10)).tolist())


def test_only_the_last_slices_count_and_there_must_be_enough() -> None:
    assert is_steady([0.0, 10.0, 30.0] + [100.0] * 10)
    assert not is_steady([100.0] * 9)
    assert not is_steady([100.0] * 10 + [20.0] * 2)


def test_what_jumps_about_or_serves_nothing_is_not_steady() -> None:
    assert not is_steady([50.0, 100.0] * 5)
    assert not is_steady([0.0] * 10)


def test_ordinary_noise_ends_a_warm_up_within_a_few_seconds() -> None:
    random = np.random.default_rng(12)
    for _ in range(50):
        rates = random.normal(100, 8, 50)
        assert any(is_steady(rates[:end].tolist()) for end in range(10, 51))
