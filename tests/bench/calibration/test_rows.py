import numpy as np
import pytest

from concur.bench.calibration.rows import Row, again, of_count, of_ratio, of_value
from concur.bench.estimates import ratio


def ratios(around: float, spread: float = 0.02, rounds: int = 24) -> list[float]:
    logs = np.random.default_rng(1).normal(np.log(around), spread, rounds)
    return [float(each) for each in np.exp(logs)]


def of(around: float, expected: float, spread: float = 0.02) -> Row:
    return of_ratio("CPU", "ratio", expected, ratios(around, spread), widest=0.05)


def test_a_ratio_is_recovered_where_it_is_as_expected() -> None:
    assert of(1.10, 1.10).recovered is True


@pytest.mark.parametrize("expected", [1.0, 1.05, 1.2])
def test_a_ratio_is_not_recovered_where_it_is_another(expected: float) -> None:
    assert of(1.10, expected).recovered is False


def test_a_ratio_with_a_wide_interval_tells_nothing() -> None:
    row = of(1.10, 1.10, spread=0.3)
    assert row.recovered is False
    assert "too wide" in row.seen


def test_one_interval_of_95_percent_that_leaves_the_truth_out_by_little_is_no_failure() -> None:
    found = ratio(ratios(1.0), [1.0] * 24)
    assert found.interval
    just_outside = found.interval[1] * 1.001
    assert of(1.0, just_outside).recovered is True


@pytest.mark.parametrize(("seen", "recovered"), [(95.0, True), (105.0, True), (94.0, False), (106.0, False)])
def test_a_value_is_recovered_within_its_tolerance(seen: float, recovered: bool) -> None:
    assert of_value("stall", "p99", 100.0, seen, within=0.05).recovered is recovered


@pytest.mark.parametrize(("expected", "seen", "recovered"), [(40, 40, True), (40, 41, False), (0, 0, False)])
def test_a_count_is_exact_and_of_something(expected: int, seen: int, recovered: bool) -> None:
    assert of_count("loss", "timed out", expected, seen).recovered is recovered


def test_another_attempt_keeps_what_was_good_and_shows_what_was_not() -> None:
    good, bad = (of_value("stall", "p99", 100.0, seen, within=0.05, unit=" ms") for seen in (101.0, 150.0))
    assert again(good, bad) == good
    assert again(bad, good).seen == "150 ms, then 101 ms"
    assert again(bad, good).recovered is True
