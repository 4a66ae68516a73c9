"""An interpreter looks the same in every picture."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concur.report.gil.looks import BY_SHORT, LETTERS, interpreter, log_axis, round_time, slide
from concur.report.plot import PALETTE


def test_no_two_interpreters_look_alike():
    assert len({(look.colour, look.marker) for look in BY_SHORT.values()}) == len(BY_SHORT)
    assert len({look.marker for look in BY_SHORT.values()}) == len(BY_SHORT)


def test_bars_are_told_apart_without_markers():
    assert len({(look.colour, look.hatch) for look in BY_SHORT.values()}) == len(BY_SHORT)


def test_a_jit_has_its_versions_colour():
    assert interpreter("3.14+jit").colour == interpreter("3.14").colour


@given(st.text(min_size=1))
def test_any_other_has_a_look_of_its_own_that_stays(short: str):
    assert interpreter(short) == interpreter(short)
    if short not in BY_SHORT:
        assert interpreter(short).colour in PALETTE
        assert interpreter(short) not in BY_SHORT.values()


@pytest.mark.parametrize(
    ("ns", "text"),
    [(5e6, "5 ms"), (1e3, "1 µs"), (2e7, "20 ms"), (5e5, "500 µs"), (1.5e6, "1.50 ms"), (1.05e6, "1.05 ms")],
)
def test_round_times_have_no_idle_digits(ns: float, text: str):
    assert round_time(ns) == text


def test_a_logarithmic_axis_spans_a_decade_at_least():
    axes = slide("", []).subplots()
    log_axis(axes, "x", [0.0, 900.0, 1100.0], unit="rate")
    low, high = axes.get_xlim()
    assert low < 900 < 1100 < high
    assert high / low >= 10


def test_many_rows_make_a_higher_picture_of_the_same_width():
    few, many = slide("", [], rows=3, row_inches=0.3), slide("", [], rows=60, row_inches=0.3)
    assert few.get_size_inches()[0] == many.get_size_inches()[0]
    assert many.get_size_inches()[1] > 60 * 0.3 > few.get_size_inches()[1]


def test_a_line_that_is_too_long_is_cut_short_at_a_word():
    def words() -> Iterator[str]:
        yield from ["processor"] * 40

    line = slide("title", words()).texts[1].get_text()
    assert len(line) <= LETTERS
    assert line.endswith("processor; …")
