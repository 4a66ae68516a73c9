"""From text to the number that a column is sorted by."""

import pytest

from concur.bench.results import Estimate
from concur.report.columns import Column, Grid
from concur.report.page.panels import Row, Value
from concur.report.page.tables import figure, interval, number_in, of_grid


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("181,204", 181_204.0),
        ("9.5k", 9_500.0),
        ("1.2M", 1_200_000.0),
        ("<0.01", 0.01),
        (">61.0k", 61_000.0),
        ("1.80×", 1.8),
        ("61.1k–64.0k", 61_100.0),
        ("97 %", 97.0),
        ("a", None),
        ("", None),
    ],
)
def test_the_first_number_of_a_figure_is_what_sorts_it(text, number):
    assert number_in(text) == number


def test_a_grid_keeps_its_rows_and_knows_whose_they_are():
    grid = Grid(
        "small", [Column("model", ["a", "b"], 0, is_text=True), Column("req/s", ["1,000", ""], 0)], ["ok"] * 2, ["n"]
    )
    table = of_grid(grid, {"a": "label of a"})
    assert table.rows == [
        Row((Value("a"), Value("1,000", 1000.0)), "label of a"),
        Row((Value("b"), Value("")), ""),
    ]
    assert (table.caption, table.heads, table.notes) == ("small", ["model", "req/s"], ["n"])


def test_an_interval_is_sorted_by_its_low_end_and_empty_after_one_round():
    assert interval(Estimate(2e6, (1e6, 3e6)), 1e6) == Value("1.00–3.00", 1e6)
    assert interval(Estimate(2.0)) == Value("")


def test_what_is_not_known_is_empty():
    assert figure(None) == Value("")
    assert figure(1500.0, 1e3) == Value("1.50", 1500.0)
