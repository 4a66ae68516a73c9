"""`Tally`, `Split` and `TaskTally`: totals over members that come and go."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from concur.bench.tally import ROUNDING, TICK_NS, Identity, Reading, Split, Tally, Task, TaskTally, figures

ROOT = Identity(1, 0)


def member(pid: int, parent: int, own_ns: int, reaped_ns: int = 0, started: int = 0) -> Reading:
    return Reading(Identity(pid, started), parent, figures(own_ns, own_ns, 0), figures(reaped_ns, reaped_ns, 0))


def cpu(tally: Tally, *readings: Reading) -> int:
    return int(tally.account(readings)[0])


def test_a_waited_for_child_is_counted_once() -> None:
    tally = Tally()
    assert cpu(tally, member(1, 0, 100), member(2, 1, 5 * TICK_NS)) == 100 + 5 * TICK_NS
    assert cpu(tally, member(1, 0, 100, reaped_ns=7 * TICK_NS)) == 100 + 7 * TICK_NS


def test_a_child_that_came_and_went_unseen_is_counted() -> None:
    tally = Tally()
    cpu(tally, member(1, 0, 100))
    assert cpu(tally, member(1, 0, 100, reaped_ns=3 * TICK_NS)) == 100 + 3 * TICK_NS


def test_a_child_that_nobody_waits_for_keeps_what_was_seen() -> None:
    tally = Tally()
    cpu(tally, member(1, 0, 100), member(2, 1, 900))
    assert cpu(tally, member(1, 0, 150)) == 1_050


def test_a_grandchild_is_paid_for_by_who_survives() -> None:
    tally = Tally()
    cpu(tally, member(1, 0, 0), member(2, 1, 2 * TICK_NS), member(3, 2, 4 * TICK_NS))
    assert cpu(tally, member(1, 0, 0, reaped_ns=6 * TICK_NS)) == 6 * TICK_NS


def test_a_child_that_is_in_neither_figure_at_a_reading_is_paid_for_at_the_next() -> None:
    """The parent was read before it waited for the child, the child after."""
    tally = Tally()
    cpu(tally, member(1, 0, 0), member(2, 1, 5 * TICK_NS))
    assert cpu(tally, member(1, 0, 0)) == 5 * TICK_NS
    assert cpu(tally, member(1, 0, 0, reaped_ns=6 * TICK_NS)) == 6 * TICK_NS


def test_what_a_vanished_parent_owes_is_its_heir_s() -> None:
    tally = Tally()
    cpu(tally, member(1, 0, 0), member(2, 1, 2 * TICK_NS), member(3, 2, 4 * TICK_NS))
    assert cpu(tally, member(1, 0, 0), member(2, 1, 2 * TICK_NS)) == 6 * TICK_NS
    assert cpu(tally, member(1, 0, 0, reaped_ns=7 * TICK_NS)) == 7 * TICK_NS


def test_what_nobody_waited_for_does_not_hide_later_children_for_long() -> None:
    tally = Tally()
    cpu(tally, member(1, 0, 0), member(2, 1, 50 * TICK_NS))
    cpu(tally, member(1, 0, 0))
    cpu(tally, member(1, 0, 0))
    cpu(tally, member(1, 0, 0))
    assert cpu(tally, member(1, 0, 0, reaped_ns=30 * TICK_NS)) == 80 * TICK_NS - ROUNDING[0]


def test_a_number_used_again_is_another_process() -> None:
    tally = Tally()
    cpu(tally, member(1, 0, 0), member(2, 1, 500, started=1))
    assert cpu(tally, member(1, 0, 0), member(2, 1, 200, started=9)) == 700


def test_the_tree_gone_its_total_stands() -> None:
    tally = Tally()
    cpu(tally, member(1, 0, 100), member(2, 1, 50))
    assert cpu(tally) == 150


@given(
    st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9), st.booleans()), min_size=1, max_size=30),
    st.integers(0, 3),
)
def test_waited_for_children_add_up_to_within_the_cutting(lives: list[tuple[int, int, bool]], keep: int) -> None:
    """Children burn before and after a reading, then are waited for; some come and go unseen."""
    tally, reaped_ns, true_ns = Tally(), 0, 0
    before = cpu(tally, member(1, 0, 0))
    for number, (seen_ns, unseen_ns, is_seen) in enumerate(lives, start=2):
        shown = reaped_ns // TICK_NS * TICK_NS
        if is_seen:
            total = cpu(tally, member(1, 0, 0, shown), member(number, 1, seen_ns))
            assert total >= before
        reaped_ns += seen_ns + unseen_ns
        true_ns += seen_ns + unseen_ns
        before = cpu(tally, member(1, 0, 0, reaped_ns // TICK_NS * TICK_NS))
        assert abs(before - true_ns) <= ROUNDING[0]


@given(st.lists(st.lists(st.tuples(st.integers(1, 6), st.integers(0, 6), st.integers(0, 50), st.integers(0, 50)))))
def test_whatever_is_read_no_total_runs_backwards(readings: list[list[tuple[int, int, int, int]]]) -> None:
    tally, before = Tally(), np.zeros(5, dtype=np.int64)
    for each in readings:
        total = tally.account([member(pid, parent, own, reaped) for pid, parent, own, reaped in each])
        assert (total >= before).all()
        before = total


@given(st.lists(st.tuples(st.integers(0, 10**12), st.integers(0, 10**6), st.integers(0, 10**6)), min_size=1))
def test_a_split_adds_up_and_never_runs_backwards(growth: list[tuple[int, int, int]]) -> None:
    split, before = Split(), (0, 0)
    totals = np.cumsum(growth, axis=0)
    for cpu_ns, user, system in totals.tolist():
        now = split.divide(cpu_ns, user, system)
        assert sum(now) == cpu_ns
        assert now[0] >= before[0]
        assert now[1] >= before[1]
        before = now


def test_a_split_follows_the_weights_of_each_window() -> None:
    split = Split()
    assert split.divide(1_000, 9, 1) == (900, 100)
    assert split.divide(2_000, 9, 11) == (900, 1_100)
    assert split.divide(4_000, 9, 11) == (900 + 900, 1_100 + 1_100)


def task(run_ns: int, voluntary: int) -> Task:
    return Task(b"", run_ns, 0, voluntary, 0)


def test_an_ended_thread_keeps_its_switches_and_a_new_one_adds_its_own() -> None:
    tally = TaskTally()
    tally.account({(1, 1): task(10, 5), (1, 2): task(10, 7)})
    tally.account({(1, 1): task(12, 6), (1, 3): task(4, 2)})
    assert (tally.voluntary_switches, tally.run_ns) == (5 + 7 + 1 + 2, 10 + 10 + 2 + 4)


@pytest.mark.parametrize("reborn", [task(3, 9), task(30, 1)])
def test_a_thread_number_used_again_starts_anew(reborn: Task) -> None:
    tally = TaskTally()
    tally.account({(1, 2): task(10, 7)})
    tally.account({(1, 2): reborn})
    assert tally.voluntary_switches == 7 + reborn.voluntary_switches
