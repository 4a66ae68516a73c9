"""What stands in the tables of `concur gil`."""

import io

import pytest
from rich.console import Console

from concur.gil.results import EXPERIMENTS, Report
from concur.report.gil import grids as tables
from concur.report.gil.markdown import markdown
from concur.report.gil.tables import show
from tests.report.gil.reports import ALL, OLD, report


@pytest.fixture
def full() -> Report:
    return report()


def grid(full: Report, begins: str):
    return next(each for each in tables.grids(full) if each.title.startswith(begins))


def column(found, head: str) -> list[str]:
    return next(each.values for each in found.columns if each.head == head)


def test_every_experiment_has_a_table(full):
    titles = [each.title for each in tables.grids(full)]
    assert all(any(title.startswith(name) for title in titles) for name in EXPERIMENTS)


def test_nothing_found_is_no_table():
    assert tables.grids(Report(concur="", id="", started_at="", command=[], machine={}, seed=1, budget_s=1.0)) == []


def test_what_is_absent_is_said_once_below_with_where(full):
    notes = grid(full, "throughput, released").notes
    assert notes == [f"3.11, 3.12, 3.13, 3.13t, pypy3.11: {OLD}"]


def test_interpreters_keep_the_order_of_the_subjects(full):
    assert list(dict.fromkeys(column(grid(full, "latency"), "interpreter"))) == list(ALL)


def test_a_prediction_stands_beside_the_rate_with_how_far_it_is_off(full):
    found = grid(full, "convoy")
    assert column(found, "off by")[4] == "+5 %"
    assert any("the waits of several threads overlap" in note for note in found.notes)


def test_datagrams_alone_are_counted_by_what_became_of_them(full):
    found = grid(full, "bandwidth")
    counts = dict(zip(column(found, "by"), column(found, "lost"), strict=True))
    assert counts == {"TCP": "", "UDP": "10"}


def test_lost_updates_are_a_share(full):
    assert "30.0 %" in column(grid(full, "sharing"), "lost")


def test_what_is_counted_of_codes_constants_is_told_of_builds_without_a_gil(full):
    assert [note for note in grid(full, "sharing").notes if "counts references" in note] == [
        "3.13t counts references to 4 of the constants of code just compiled",
        "3.13t counts references to none of the constants of code from a .pyc",
    ]


def test_ccbenchs_lines_stand_as_it_printed_them(full):
    assert column(grid(full, "ccbench"), "3.11")[0] == "threads=1: 2437 iterations/s."


@pytest.mark.parametrize("width", [80, 200])
def test_no_line_is_wider_than_the_terminal(full, width):
    out = io.StringIO()
    show(full, Console(file=out, width=width, markup=False, emoji=False, highlight=False))
    assert max(map(len, out.getvalue().splitlines())) <= width
    assert "Left out for want of time" in out.getvalue()


def test_markdown_begins_with_the_summary(full):
    text = markdown(full).decode()
    assert text.startswith("- Two threads of Python code")
    assert "**tax: CPU time" in text
