"""The hub of green threads, whether greenlets or tasklets, goes on when they wait, end, fail and are killed."""

import socket

import pytest

from concur.accounting import descriptors
from tests.kernel.hubs import MakeHub, Pair, echo, pause, sleep


def test_the_hub_goes_on_once_the_last_has_ended(make_hub: MakeHub, log: list[str]) -> None:
    def spawn_another(left: int) -> None:
        log.append(str(left))
        if left:
            pause(hub)
            hub.spawn(spawn_another, left - 1)

    with make_hub() as hub:
        hub.join()
        hub.spawn(spawn_another, 3)
        hub.join()
        assert log == ["3", "2", "1", "0"]
        hub.join()


def test_the_hub_goes_on_when_there_is_something_to_read_and_the_others_stay(
    make_hub: MakeHub, pair: Pair, log: list[str], poller: str
) -> None:
    left, right = pair

    def tell() -> None:
        pause(hub)
        right.send(b"!")
        log.append("told")
        for _ in range(5):
            pause(hub)
        log.append("ends")

    with make_hub() as hub:
        hub.spawn(tell)
        hub.run_until(left)
        assert log == ["told"]
        hub.join()
    assert log == ["told", "ends"]


def test_an_error_comes_out_of_the_hubs_call_and_leaving_kills_the_others(
    make_hub: MakeHub, pair: Pair, log: list[str]
) -> None:
    def fail() -> None:
        pause(hub)
        raise ZeroDivisionError

    with make_hub() as hub:
        for wait in (hub.join, lambda: hub.run_until(pair[0])):
            hub.spawn(sleep, hub, 1000, log, "sleeper")
            hub.spawn(fail)
            with pytest.raises(ZeroDivisionError):
                wait()
        assert not log
    assert log == ["sleeper killed"] * 2


def test_what_is_killed_before_it_began_never_runs(make_hub: MakeHub, log: list[str]) -> None:
    with make_hub() as hub:
        hub.kill(hub.spawn(log.append, "began"))
        hub.join()
        hub.spawn(log.append, "another")
        hub.join()
    assert log == ["another"]


def test_who_is_killed_in_its_sleep_is_not_woken_when_it_would_have_been_over(
    make_hub: MakeHub, log: list[str], time: object
) -> None:
    with make_hub() as hub:
        sleeper = hub.spawn(sleep, hub, 1, log, "sleeper")
        hub.spawn(sleep, hub, 2, log, "another")
        hub.reactor.call_soon(hub.reactor.call_soon, hub.kill, sleeper)
        hub.join()
    assert log == ["sleeper killed", "another"]


def test_a_hub_leaves_no_descriptor(make_hub: MakeHub, pair: Pair, poller: str) -> None:
    before = descriptors()
    with make_hub() as hub:
        hub.spawn(echo, hub, pair[0])
        pair[1].shutdown(socket.SHUT_WR)
        hub.join()
        hub.spawn(echo, hub, pair[0])
    assert descriptors() == before


def test_an_error_while_one_is_killed_leaves_no_other_alive_and_no_descriptor(
    make_hub: MakeHub, log: list[str]
) -> None:
    def fail_at_the_end() -> None:
        try:
            sleep(hub, 1000, log, "sleeper")
        finally:
            raise ValueError("mine")

    before, hub = descriptors(), make_hub()
    for _ in range(3):
        hub.spawn(fail_at_the_end)
    hub.reactor.call_later(0, hub.reactor.stop)
    hub.join()
    with pytest.raises(ValueError, match="mine"):
        hub.__exit__()
    assert log == ["sleeper killed"] * 3
    assert descriptors() == before
