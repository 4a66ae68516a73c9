import pytest
from hypothesis import given
from hypothesis import strategies as st

from concur.report import figures


@pytest.mark.parametrize(
    ("ns", "text"),
    [(800, "800 ns"), (999.6, "1.00 µs"), (5400, "5.40 µs"), (2.1e7, "21.0 ms"), (1.2e9, "1.20 s"), (6e10, "60.0 s")],
)
def test_times_carry_their_unit(ns: float, text: str) -> None:
    assert figures.time(ns) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(950, "950"), (9_540, "9.54k"), (10_000, "10k"), (181_204, "181k"), (999_900, "1.00M"), (1_234_567, "1.23M")],
)
def test_rates_fit_where_there_is_little_room(value: float, text: str) -> None:
    assert figures.thousands(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (0.004, "<0.01"), (0.07, "0.07"), (0.999, "1.0"), (2.04, "2.0"), (140, "140")]
)
def test_events_a_request(value: float, text: str) -> None:
    assert figures.per_request(value) == text


@pytest.mark.parametrize(("value", "text"), [(1.804, "1.80×"), (0.37, "0.37×"), (250.4, "250×")])
def test_ratios(value: float, text: str) -> None:
    assert figures.ratio(value) == text


@pytest.mark.parametrize(("number", "text"), [(1, "1 connection"), (64, "64 connections"), (1000, "1,000 connections")])
def test_counted_nouns_agree(number: int, text: str) -> None:
    assert figures.counted(number, "connection") == text


@given(st.floats(0.01, 1e5))
def test_digits_are_within_one_percent_and_never_an_exponent(value: float) -> None:
    shown = figures.digits(value).replace(",", "")
    assert "e" not in shown
    assert abs(float(shown) - value) <= max(0.01 * value, 0.0051)
