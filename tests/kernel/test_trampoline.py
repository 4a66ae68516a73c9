"""The trampoline runs generators to their ends, whichever way they end."""

import inspect
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

import pytest

from concur.kernel.trampoline import Runner, Trampoline, Trap, sleep

if TYPE_CHECKING:
    from tests.kernel.conftest import VirtualTime

Waits = Generator[Trap, Any, Any]
pytestmark = pytest.mark.usefixtures("time")


def test_a_trap_is_called_once_the_generator_stands_still_and_may_give_it_a_value() -> None:
    trampoline, came = Trampoline(), []

    def answer(runner: Runner, task: Waits) -> None:
        assert runner is trampoline
        assert inspect.getgeneratorstate(task) == inspect.GEN_SUSPENDED
        runner.reactor.call_soon(runner.resume, task, "value")

    def ask() -> Waits:
        came.append((yield answer))

    trampoline.spawn(ask())
    trampoline.run()
    assert came == ["value"]


def test_a_value_comes_out_of_a_generator_waited_for() -> None:
    trampoline, came = Trampoline(), []

    def inner() -> Waits:
        yield from sleep(1)
        return "inner's"

    def outer() -> Waits:
        came.append((yield from inner()))

    trampoline.spawn(outer())
    trampoline.run()
    assert came == ["inner's"]


def test_sleepers_wake_in_the_order_of_their_times(time: "VirtualTime") -> None:
    trampoline, woken = Trampoline(), []

    def sleeper(seconds: float) -> Waits:
        yield from sleep(seconds)
        woken.append((seconds, time.now_s))

    for seconds in (3, 1, 2):
        trampoline.spawn(sleeper(seconds))
    trampoline.run()
    assert woken == [(1, 1), (2, 2), (3, 3)]


def test_sleeping_for_no_time_lets_everyone_else_have_a_turn() -> None:
    trampoline, turns = Trampoline(), []

    def take_turns(name: str) -> Waits:
        for _ in range(2):
            turns.append(name)
            yield from sleep(0)

    trampoline.spawn(take_turns("a"))
    trampoline.spawn(take_turns("b"))
    trampoline.run()
    assert turns == ["a", "b", "a", "b"]


@pytest.fixture
def sleeper() -> tuple[Callable[[], Waits], list[str]]:
    ended: list[str] = []

    def sleep_long() -> Waits:
        try:
            yield from sleep(1000)
        finally:
            ended.append("finally")

    return sleep_long, ended


def test_killing_runs_finally_and_the_others_go_on(
    time: "VirtualTime", sleeper: tuple[Callable[[], Waits], list[str]]
) -> None:
    trampoline, (sleep_long, ended) = Trampoline(), sleeper
    victim = sleep_long()

    def killer() -> Waits:
        yield from sleep(1)
        trampoline.kill(victim)
        trampoline.kill(victim)
        assert ended == ["finally"]
        yield from sleep(1)
        ended.append("killer")

    trampoline.spawn(victim)
    trampoline.spawn(killer())
    trampoline.run()
    assert ended == ["finally", "killer"]
    assert time.now_s == 2


def test_a_generator_killed_before_its_first_step_takes_none() -> None:
    trampoline = Trampoline()

    def never() -> Waits:
        pytest.fail("ran")
        yield

    victim = never()
    trampoline.spawn(victim)
    trampoline.kill(victim)
    trampoline.run()


def test_a_killed_sleepers_timer_wakes_nobody(sleeper: tuple[Callable[[], Waits], list[str]]) -> None:
    trampoline, (sleep_long, ended) = Trampoline(), sleeper
    victim = sleep_long()

    def killer() -> Waits:
        yield from sleep(1)
        trampoline.kill(victim)
        yield from sleep(2000)

    trampoline.spawn(victim)
    trampoline.spawn(killer())
    trampoline.run()
    assert ended == ["finally"]


def test_an_error_comes_out_and_closes_the_others(sleeper: tuple[Callable[[], Waits], list[str]]) -> None:
    trampoline, (sleep_long, ended) = Trampoline(), sleeper
    left = sleep_long()

    def fail() -> Waits:
        yield from sleep(1)
        raise ValueError("mine")

    trampoline.spawn(left)
    trampoline.spawn(fail())
    with pytest.raises(ValueError, match="mine"):
        trampoline.run()
    assert ended == ["finally"]
    assert inspect.getgeneratorstate(left) == inspect.GEN_CLOSED


def test_an_error_while_one_is_closed_leaves_no_other_open() -> None:
    closed: list[int] = []

    def fail_at_the_end(number: int) -> Waits:
        try:
            yield from sleep(1000)
        finally:
            closed.append(number)
            raise ValueError(number)

    def fail() -> Waits:
        yield from sleep(1)
        raise KeyError

    trampoline = Trampoline()
    for number in range(3):
        trampoline.spawn(fail_at_the_end(number))
    trampoline.spawn(fail())
    with pytest.raises(ValueError, match=r"[012]"):
        trampoline.run()
    assert sorted(closed) == [0, 1, 2]


def test_with_nothing_to_run_it_is_done() -> None:
    Trampoline().run()
