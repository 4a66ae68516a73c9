"""The primitives' benchmarks run, each in no time, here and on other interpreters; what they cost is no test."""

import os

import pytest

from concur.bench.primitives import Column, measure, suite, why_not
from concur.interpreters.describe import Interpreter
from concur.interpreters.find import current, find
from concur.report.primitives import GROUPS

SOON = ("--benchmark-max-time=0.0005", "--benchmark-min-rounds=1", "--benchmark-warmup=off")

LIBRARY_FREE = ("wake-up, there and back", "queue, an item", "lock and unlock", "timer, made and cancelled", "system")


def reasons(column: Column) -> set[str]:
    assert (column.verdict, column.reason) == ("ok", "")
    assert [one for one in column.primitives if one.verdict == "failed"] == []
    return {one.reason for one in column.primitives if one.verdict == "absent"}


@pytest.fixture(scope="module")
def here() -> Column:
    one = current()
    if reason := why_not(one):
        pytest.skip(reason)
    return measure(one, suite(), SOON)


def test_each_runs_on_this_interpreter(here: Column) -> None:
    told = reasons(here)
    assert all(reason.startswith("needs ") for reason in told)


def test_each_belongs_to_a_group_that_the_table_knows(here: Column) -> None:
    assert {one.group for one in here.primitives} == set(GROUPS)


@pytest.fixture(scope="module")
def others() -> dict[str, Interpreter]:
    return {one.short: one for one in find() if one.environment}


@pytest.mark.long
@pytest.mark.timeout(60)
@pytest.mark.parametrize("short", ["3.13t", "3.14", "pypy3.11"])
def test_each_runs_where_nothing_is_but_tier_0(short: str, others: dict[str, Interpreter]) -> None:
    if short not in others or why_not(others[short]):
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"needs a prepared {short}")
    column = measure(others[short], suite(), SOON)
    told = reasons(column)
    assert all(reason.startswith("needs ") or "GIL" in reason or ": no" in reason for reason in told)
    # What needs no library has its figures, though a library's import may have turned the GIL on.
    assert {one.verdict for one in column.primitives if one.group in LIBRARY_FREE} == {"ok"}
    if short == "3.13t":
        assert any("turned the GIL back on" in reason for reason in told) == ("greenlet" in others[short].libraries)
