import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from concur.bench import estimates
from concur.bench.compare import two_samples

SPREAD = 0.1  # standard deviation of the log rate by round, as on a shared machine
RATES = some.lists(some.floats(1e-3, 1e6), min_size=2, max_size=15)


def rates(seed: int, rounds: int = 12, factor: float = 1.0) -> list[float]:
    return [float(each) for each in factor * 1e5 * np.exp(np.random.default_rng(seed).normal(0, SPREAD, rounds))]


def verdicts(factor: float, rounds: int = 12, seed: int = 0, cells: int = 20) -> list[str]:
    pairs = [(rates(1000 * seed + 2 * n, rounds, factor), rates(1000 * seed + 2 * n + 1, rounds)) for n in range(cells)]
    adjusted = estimates.holm([two_samples.p_value(*pair) for pair in pairs])
    return [two_samples.verdict(*pair, p, family=cells) for pair, p in zip(pairs, adjusted, strict=True)]


@given(RATES, RATES)
def test_the_interval_holds_its_ratio_and_turns_round_with_the_sides(values, reference):
    there, back = two_samples.ratio(values, reference), two_samples.ratio(reference, values)
    assert there.interval is not None
    assert there.interval[0] <= there.median <= there.interval[1]
    assert there.median == pytest.approx(1 / back.median)


@given(RATES, some.floats(0.1, 10))
def test_a_factor_is_found_exactly(values, factor):
    moved, plain = two_samples.ratio([factor * each for each in values], [1.0]), two_samples.ratio(values, [1.0])
    assert moved.median == pytest.approx(factor * plain.median)


def test_one_value_has_no_interval():
    assert two_samples.ratio([2.0], [1.0, 1.0]).interval is None


def test_the_interval_covers_the_truth_as_often_as_it_says():
    found = [two_samples.ratio(rates(2 * n), rates(2 * n + 1)).interval for n in range(400)]
    covered = sum(low <= 1 <= high for low, high in filter(None, found))
    assert 0.92 * 400 <= covered <= 0.985 * 400


def test_interval_and_test_never_disagree():
    for seed in range(200):
        ours, theirs = rates(2 * seed, factor=1.08), rates(2 * seed + 1)
        low, high = two_samples.ratio(ours, theirs).interval or (1.0, 1.0)
        assert (two_samples.p_value(ours, theirs) <= 0.05) == (not low <= 1 <= high)


def test_two_runs_of_one_server_are_hardly_ever_called_different():
    told = [sum(one in ("faster", "slower") for one in verdicts(1.0, seed=seed)) for seed in range(40)]
    assert sum(number > 0 for number in told) <= 5


def test_a_quarter_more_is_found_with_twelve_rounds():
    assert verdicts(1.25).count("faster") >= 18


def test_fewer_is_better_where_it_is():
    ours, theirs = rates(1, factor=2), rates(2)
    assert two_samples.verdict(ours, theirs, 0.0, higher_is_better=False) == "slower"


def test_one_round_describes():
    assert two_samples.verdict([1.0], rates(1), 0.0) == "described"


def test_few_rounds_claim_nothing_and_say_how_many_would():
    assert two_samples.verdict(rates(1, 5, factor=1.2), rates(2, 5), 0.0).startswith("needs ")


def test_what_lies_within_the_noise_floor_is_no_difference():
    ours, theirs = rates(1, 40, factor=1.3), rates(2, 40)
    assert two_samples.verdict(ours, theirs, 0.0) == "faster"
    assert two_samples.verdict(ours, theirs, 0.0, floor=1.6) == "no difference found"


def test_a_smaller_difference_needs_more_rounds():
    small, large = (two_samples.rounds_needed(rates(1, factor=factor), rates(2)) for factor in (1.1, 1.4))
    assert estimates.FEWEST_ROUNDS <= large < small <= estimates.MOST_ROUNDS


def test_equal_values_are_no_difference():
    assert two_samples.p_value([1.0, 1.0], [1.0, 1.0, 1.0]) == 1.0


@pytest.mark.parametrize("values", [[], [0.0], [-1.0], [float("nan")], [float("inf")]])
def test_what_has_no_logarithm_is_refused(values):
    with pytest.raises(ValueError, match="positive"):
        two_samples.ratio(values, [1.0])
