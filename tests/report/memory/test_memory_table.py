"""Sizes in words, and the table of what a connection costs."""

import pytest

from concur.bench.figure import Estimate
from concur.report import memory_table
from tests.report.memory.builders import MODELS, WHY, measured, memory


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0 B"), (412, "412 B"), (3_174, "3.10 KiB"), (1_310_720, "1.25 MiB"), (-40, "-40 B"), (-3_174, "-3.10 KiB")],
)
def test_sizes_have_three_digits_and_a_unit(value, text):
    assert memory_table.size(value) == text


def test_both_ends_of_an_interval_are_in_one_unit():
    assert memory_table.span(Estimate(2_000, (900.0, 3_072.0))) == "0.88–3.00 KiB"
    assert memory_table.span(Estimate(2_000)) == ""
    assert memory_table.span(Estimate(100, (-300.0, 500.0))) == "≤ 500 B"


def test_who_needs_least_comes_first_and_absent_ones_stand_below():
    grid = memory_table.grid(memory())
    assert grid.columns[0].values == ["polling", "callbacks", "coroutines", "threads", "processes"]
    assert f"prefork: absent: {WHY}" in grid.notes
    assert "polling: up to 1,000 connections, as it serves no more at a time" in grid.notes


def test_columns_are_as_long_as_there_are_rows():
    grid = memory_table.grid(memory(MODELS, ("3.11", "3.13t")))
    assert {len(column.values) for column in grid.columns} == {len(grid.verdicts)} == {2 * len(MODELS)}


def test_a_failed_one_is_in_the_table_without_figures():
    of = memory(["threads"])
    of.rows.append(measured("callbacks", rounds=1))
    broken = of.rows[-1]
    broken.verdict, broken.reason, broken.bytes_per_connection = "failed", "it died", None
    grid = memory_table.grid(of)
    assert grid.columns[0].values == ["threads", "callbacks"]
    assert grid.columns[-1].values == ["", "failed"]
    assert "callbacks: failed: it died" in grid.notes


def test_a_crooked_line_is_noted():
    of = memory(["threads"])
    of.rows[0].verdict, of.rows[0].held_out_error = "not linear", 0.4
    assert "threads: not linear: with 5,000 connections it is +40.0 % off the line" in memory_table.grid(of).notes


def test_a_level_that_adds_next_to_nothing_says_nothing_of_the_line():
    assert memory_table.missed(measured("polling")) == ""
    assert memory_table.missed(measured("threads")).endswith(" %")
