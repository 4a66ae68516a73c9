"""Tasklets of our own making: as PyPy's by chance, and what PyPy's do not promise."""

import inspect
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concur.kernel import tasklets
from concur.kernel.tasklets import channel, getcurrent, getmain, getruncount, run, schedule
from tests.kernel.scenes import Log, count, fail, on_pypy, spawn


def test_here_they_are_greenlets() -> None:
    assert tasklets.STACKLESS == "greenlet"


def play_at_random(seed: int) -> Log:
    """What happens when six tasklets do what chance says with two channels of chance preference."""
    log: Log = []
    chance, meetings = random.Random(seed), [channel(), channel()]
    for meeting in meetings:
        meeting.preference = chance.choice([-1, 0, 1])
        meeting.schedule_all = chance.random() < 0.2

    def act(name: int, deeds: list[int]) -> None:
        for number, deed in enumerate(deeds):
            log.append((name, deed))
            if deed == 0:
                schedule()
            elif deed % 2:
                meetings[deed // 3].send((name, number))
            else:
                log.append(meetings[deed // 4].receive())
        log.append((name, "ends"))

    for name in range(6):
        spawn(act, name, [chance.randrange(5) for _ in range(8)])
    run()
    return [*log, [meeting.balance for meeting in meetings], getruncount()]


def test_by_chance_it_comes_as_on_pypy() -> None:
    ask = f"{inspect.getsource(play_at_random)}\nfor seed in range(200): print(play_at_random(seed))"
    there = on_pypy(ask, "pypy").splitlines()
    with ThreadPoolExecutor(1) as pool:
        assert [str(pool.submit(play_at_random, seed).result()) for seed in range(200)] == there


@given(
    counts=st.lists(st.integers(0, 5), min_size=1, max_size=4),
    takers=st.integers(1, 3),
    preference=st.sampled_from([-1, 0, 1]),
    is_scheduling_all=st.booleans(),
)
def test_what_is_sent_arrives_once_and_in_order(
    counts: list[int], takers: int, preference: int, is_scheduling_all: bool
) -> None:
    came: list[tuple[int, int]] = []
    meeting = channel()
    meeting.preference, meeting.schedule_all = preference, is_scheduling_all

    def take() -> None:
        while True:
            came.append(meeting.receive())

    waiting = [spawn(take) for _ in range(takers)]
    for sender, total in enumerate(counts):
        spawn(meeting.send_sequence, [(sender, number) for number in range(total)])
    run()
    assert sorted(came) == [(sender, number) for sender, total in enumerate(counts) for number in range(total)]
    if takers == 1:
        for sender, total in enumerate(counts):
            assert [number for who, number in came if who == sender] == list(range(total))
    assert meeting.balance == -takers
    for one in waiting:
        one.kill()
    assert (meeting.balance, getruncount()) == (0, 1)


def test_an_error_ends_mains_wait_at_a_channel() -> None:
    meeting = channel()
    spawn(fail, [])
    with pytest.raises(ZeroDivisionError):
        meeting.receive()
    assert (meeting.balance, getmain().blocked, getruncount()) == (0, 0, 1)


def test_a_deadlock_leaves_all_as_it_was() -> None:
    meeting = channel()
    with pytest.raises(RuntimeError, match="deadlock"):
        meeting.receive()
    with pytest.raises(RuntimeError, match="deadlock"):
        meeting.send(1)
    assert (meeting.balance, getmain().blocked, getruncount()) == (0, 0, 1)
    log: Log = []
    spawn(count, log, "a")
    schedule()
    assert log == ["a0"]


def test_where_the_last_one_ends_main_hears_of_the_deadlock() -> None:
    log: Log = []
    spawn(count, log, "a")
    with pytest.raises(RuntimeError, match="deadlock"):
        channel().receive()
    assert (log, getcurrent() is getmain()) == (["a0"], True)


def test_what_stands_in_the_line_can_be_run_at_once() -> None:
    log: Log = []
    spawn(count, log, "a")
    late = spawn(count, log, "b")
    late.run()
    late.kill()
    assert log == ["b0"]
    run()
    assert log == ["b0", "a0"]


def test_each_thread_has_a_line_of_its_own() -> None:
    log: Log = []
    spawn(count, log, "here")
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(getruncount).result() == 1
        assert pool.submit(getmain).result() is not getmain()
        pool.submit(run).result()
    assert log == []
    run()
    assert log == ["here0"]
