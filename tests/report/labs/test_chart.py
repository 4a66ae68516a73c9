import pytest

from concur.labs.lab import Plot
from concur.report.labs.chart import points, show_chart
from tests.report.labs.screens import screen, shown

BARS = Plot(kind="bars", series=["ns_call", "ns_signal"], title="Costs", y="ns", log=True)
LINES = Plot(kind="lines", series=["one"], x="threads", y="ms")


def drawn(plot: Plot, values: dict[str, object], **options: bool) -> str:
    on = screen(**options)
    show_chart(plot, values, on)
    return shown(on)


def test_a_bar_is_as_long_as_its_figure_or_its_logarithm() -> None:
    out = drawn(BARS, {"ns_call": 50.0, "ns_signal": 5000.0})
    lengths = [line.count("█") for line in out.splitlines() if "█" in line]
    assert lengths[1] == 44
    assert 5 <= lengths[0] <= 12
    assert "the logarithm" in out


def test_a_figure_of_zero_has_no_bar_and_no_logarithm() -> None:
    out = drawn(BARS, {"ns_call": 0, "ns_signal": 10})
    assert "ns call   0 ns" in out


def test_what_was_not_measured_is_said() -> None:
    assert "ns signal: not measured here" in drawn(BARS, {"ns_call": 1.0})
    assert drawn(BARS, {}) == ""


def test_a_line_is_a_row_of_columns_with_its_ends() -> None:
    out = drawn(LINES, {"one": [[1, 10.0], [2, 20.0], [4, 40.0]]})
    assert "one  ▂▂▄▄██  10 at 1, 40 at 4 ms" in out
    assert "from left to right: threads" in out


@pytest.mark.parametrize("plot", [BARS, LINES])
def test_plain_says_the_figures(plot: Plot) -> None:
    out = drawn(plot, {"ns_call": 50.0, "one": [[1, 10.0]]}, is_plain=True)
    assert out.isascii()
    assert ("ns call: 50 ns." in out) or ("one: 10 ms at 1." in out)


@pytest.mark.parametrize("value", [None, 3, "many", [1, 2], [[1]], {}])
def test_what_is_no_series_has_no_points(value: object) -> None:
    assert points(value) == []


def test_many_points_are_drawn_within_the_width() -> None:
    out = drawn(LINES, {"one": [[float(x), float(x % 7 + 1)] for x in range(1000)]})
    assert max(map(len, out.splitlines())) <= 80
