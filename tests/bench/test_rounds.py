"""When rounds end: by precision, by time, by number; never by what an interval says."""

from typing import Any

import pytest

from concur.bench import rounds
from concur.bench.plan import Plan
from concur.bench.results import Cell, Estimate

NARROW, WIDE = Estimate(1.5, (1.49, 1.51)), Estimate(1.5, (1.3, 1.7))


def plan_of(**changes: Any) -> Plan:
    return Plan(targets=[], scenarios=[], **changes)


def why(plan: Plan, number: int, found: list[Estimate], next_ends_s: float = 1.0, budget_s: float | None = None) -> str:
    ending = rounds.ending(plan, "small", number, found, next_ends_s, budget_s)
    return ending.why if ending else ""


@pytest.mark.parametrize(
    ("number", "found", "expected"),
    [
        (10, [NARROW, NARROW], "precise"),
        (9, [NARROW, NARROW], ""),
        (50, [NARROW, WIDE], ""),
        (100, [NARROW, WIDE], "bound"),
        (3, [], "bound"),
    ],
)
def test_rounds_go_on_until_each_interval_is_narrow(number, found, expected):
    assert why(plan_of(until=0.02), number, found) == expected


def test_no_round_starts_that_would_end_after_the_budget():
    plan = plan_of(until=0.02, budget_s=60)
    assert why(plan, 12, [WIDE], 60.5, 60.0) == "budget"
    assert why(plan, 12, [WIDE], 59.5, 60.0) == ""
    assert why(plan, 12, [NARROW], 60.5, 60.0) == "precise"


def test_a_budget_alone_is_spent_whatever_the_precision():
    plan = plan_of(budget_s=60)
    assert why(plan, 500, [NARROW], 59.5, 60.0) == ""
    assert why(plan, 501, [NARROW], 60.5, 60.0) == "budget"


def test_more_rounds_than_the_bound_may_be_asked_for():
    assert why(plan_of(until=0.02, rounds=150), 120, [WIDE]) == ""


def test_an_ending_counts_the_intervals_that_are_too_wide():
    ending = rounds.ending(plan_of(until=0.02), "small", 100, [NARROW, WIDE, WIDE], 1.0, None)
    assert ending
    assert (ending.scenario, ending.rounds, ending.intervals, ending.wide) == ("small", 100, 3, 2)


@pytest.mark.parametrize(
    ("plan", "mean_s", "budget_s", "expected"),
    [
        (plan_of(until=0.1), 1.0, None, 23),  # 1.44 times too wide: 2.06 times as many
        (plan_of(until=0.001), 1.0, None, 100),
        (plan_of(until=0.001, budget_s=30), 1.0, 30.0, 30),
        (plan_of(budget_s=30), 1.0, 30.0, 30),
        (plan_of(until=10.0), 1.0, None, 12),
    ],
)
def test_how_many_rounds_there_will_be_follows_from_the_widest_interval(plan, mean_s, budget_s, expected):
    assert rounds.expected(plan, 11, [WIDE], mean_s, budget_s) == expected


def test_without_a_comparison_each_cells_own_interval_counts():
    alone = Cell(model="threads", topology="1", interpreter="3.11", scenario="small", label="threads")
    assert rounds.intervals([alone], "threads") == []
