"""When «a thread costs 50 KB, a coroutine 3 KB» is confirmed, refuted, or depends on something."""

import pytest

from concur.bench.memory.claim import judge, place
from tests.bench.memory.points import row

FIVE = 5


def verdicts(*rows):
    return {one.about: (one.verdict, one.depends_on) for one in judge(rows)}


@pytest.mark.parametrize(
    ("low", "high", "where"),
    [(40e3, 60e3, "near"), (20e3, 30e3, "below"), (80e3, 90e3, "above"), (30e3, 60e3, "across"), (1, 1e6, "across")],
)
def test_an_interval_lies_near_the_claim_below_above_or_across(low, high, where):
    assert place(low, high, 50e3) == where


def test_it_is_confirmed_where_all_figures_are_near():
    assert verdicts(row("threads", [45e3] * FIVE), row("coroutines", [3e3] * FIVE)) == {
        "thread": ("confirmed", []),
        "coroutine": ("confirmed", []),
    }


def test_it_is_refuted_where_all_are_off_on_one_side():
    assert verdicts(row("threads", [9e3] * FIVE))["thread"] == ("refuted", [])
    assert verdicts(row("coroutines", [9e3] * FIVE))["coroutine"] == ("refuted", [])


def test_the_kernel_s_part_may_decide():
    thread = row("threads", [23e3] * FIVE, threads_each=1)
    assert verdicts(thread)["thread"] == ("depends", ["whether the kernel's part is counted"])


def test_the_library_may_decide():
    found = verdicts(row("coroutines", [3e3] * FIVE), row("trio_tasks", [14e3] * FIVE))
    assert found["coroutine"] == ("depends", ["the library"])


def test_the_interpreter_may_decide():
    found = verdicts(row("threads", [50e3] * FIVE), row("threads", [90e3] * FIVE, interpreter="pypy3.11"))
    assert found["thread"] == ("depends", ["the interpreter"])


def test_fewer_rounds_describe():
    assert verdicts(row("threads", [50e3] * 3))["thread"] == ("described", [])


def test_rounds_that_failed_do_not_count():
    one = row("threads", [9e3] * FIVE)
    for trial in one.trials[1:]:
        trial.verdict = "failed"
    assert verdicts(one)["thread"] == ("described", [])


def test_only_plain_copies_of_the_claim_s_own_kind_count():
    assert judge([row("callbacks", [1e3] * FIVE), row("threads", [50e3] * FIVE, env={"A": "1"})]) == []


def test_it_names_whose_figures_are_lowest_and_highest():
    (claim,) = judge([row("coroutines", [2e3] * FIVE), row("trio_tasks", [14e3] * FIVE)])
    assert (claim.lowest, claim.highest) == ("coroutines on 3.11", "trio_tasks on 3.11")
    assert (round(claim.low_bytes), round(claim.high_bytes)) == (2_000, 14_000)
