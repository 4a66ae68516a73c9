"""The reactor calls back what is ready, what is due and what was put off, and never spins."""

import socket
import struct
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from concur.kernel.reactor import Reactor

if TYPE_CHECKING:
    from tests.kernel.conftest import VirtualTime

FEW = 8  # turns of the loop; one that spins makes thousands in the time that the tests give it
WHILE_S = 0.05


@pytest.fixture
def reactor(counted: object) -> Iterator[Reactor]:
    made = Reactor()
    yield made
    made.close()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    left, right = socket.socketpair()
    with left, right:
        left.setblocking(False)
        yield left, right


def run_a_while(reactor: Reactor) -> None:
    reactor.call_later(WHILE_S, reactor.stop)
    reactor.run()


def test_it_says_what_it_waits_with(reactor: Reactor, poller: str) -> None:
    assert reactor.poller == poller


def test_a_reader_is_called_again_and_again(reactor: Reactor, pair: tuple[socket.socket, socket.socket]) -> None:
    left, right = pair
    came = []

    def read() -> None:
        came.append(left.recv(1))
        if len(came) == 3:
            reactor.stop()

    reactor.on_readable(left, read)
    right.send(b"abc")
    reactor.run()
    assert came == [b"a", b"b", b"c"]


def test_one_descriptor_is_read_and_written(reactor: Reactor, pair: tuple[socket.socket, socket.socket]) -> None:
    left, right = pair
    calls = []

    def read() -> None:
        calls.append("read")
        left.recv(1)

    def write() -> None:
        calls.append("write")
        reactor.on_writable(left, None)

    reactor.on_readable(left, read)
    reactor.on_writable(left, write)
    right.send(b"x")
    run_a_while(reactor)
    assert sorted(calls) == ["read", "write"]


@pytest.mark.parametrize("what", ["data", "end", "reset", "room"])
def test_an_event_that_nobody_wants_does_not_spin(
    reactor: Reactor, counted: Callable[[], list[str]], what: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        right = socket.create_connection(listener.getsockname())
        left = listener.accept()[0]
    left.setblocking(False)
    with left, right:
        reactor.on_readable(left, lambda: None)
        reactor.on_readable(left, None)
        if what == "data":
            right.send(b"x")
        elif what == "room":
            reactor.on_writable(left, lambda: reactor.on_writable(left, None))
        else:
            if what == "reset":
                right.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            right.close()
        run_a_while(reactor)
    assert counted().count("wait") < FEW


def test_a_reader_that_pauses_and_goes_on_costs_no_registration(
    reactor: Reactor, counted: Callable[[], list[str]], pair: tuple[socket.socket, socket.socket]
) -> None:
    left, right = pair

    def read_once() -> None:
        left.recv(1)
        reactor.on_readable(left, None)
        reactor.stop()

    for _ in range(5):
        reactor.on_readable(left, read_once)
        right.send(b"x")
        reactor.run()
    assert counted().count("watch") == 1
    assert "unwatch" not in counted()


def test_interest_that_was_dropped_comes_back(reactor: Reactor, pair: tuple[socket.socket, socket.socket]) -> None:
    left, right = pair
    reactor.on_readable(left, lambda: None)
    reactor.on_readable(left, None)
    right.send(b"x")
    run_a_while(reactor)
    reactor.on_readable(left, reactor.stop)
    reactor.run()
    assert left.recv(1) == b"x"


def test_what_is_forgotten_is_not_called_even_in_the_same_turn(
    reactor: Reactor, pair: tuple[socket.socket, socket.socket]
) -> None:
    left, right = pair
    right.setblocking(False)
    called = []

    def forget_both(name: str) -> None:
        called.append(name)
        reactor.forget(left)
        reactor.forget(right)
        reactor.stop()

    reactor.on_readable(left, lambda: forget_both("left"))
    reactor.on_readable(right, lambda: forget_both("right"))
    left.send(b"x")
    right.send(b"x")
    reactor.run()
    assert len(called) == 1


def test_a_number_used_again_belongs_to_its_new_owner(reactor: Reactor) -> None:
    left, right = socket.socketpair()
    reactor.on_readable(left, lambda: pytest.fail("called for the old one"))
    number = left.fileno()
    reactor.forget(left)
    left.close()
    again, other = socket.socketpair()
    with right, again, other:
        assert again.fileno() == number
        reactor.on_readable(again, reactor.stop)
        other.send(b"x")
        reactor.run()
        assert again.recv(1) == b"x"


def test_a_callbacks_error_comes_out_and_the_loop_can_go_on(
    reactor: Reactor, pair: tuple[socket.socket, socket.socket]
) -> None:
    left, right = pair
    reactor.on_readable(left, lambda: 1 // 0)
    right.send(b"x")
    with pytest.raises(ZeroDivisionError):
        reactor.run()
    reactor.on_readable(left, reactor.stop)
    reactor.run()


def test_put_off_calls_keep_their_order_and_new_ones_wait_a_turn(time: "VirtualTime") -> None:
    reactor, calls = Reactor(), list[int]()
    reactor.call_soon(calls.append, 1)
    reactor.call_soon(lambda: reactor.call_soon(calls.append, 3))
    reactor.call_soon(calls.append, 2)
    reactor.call_soon(lambda: reactor.call_soon(reactor.stop))
    reactor.run()
    assert calls == [1, 2, 3]


def test_timers_come_when_due(time: "VirtualTime") -> None:
    reactor, calls = Reactor(), []
    for delay_s in (3, 1, 2):
        reactor.call_later(delay_s, lambda: calls.append(time.now_s))
    reactor.call_later(4, reactor.stop)
    reactor.run()
    assert calls == [1, 2, 3]


def test_a_timer_in_the_past_is_due_at_once(time: "VirtualTime") -> None:
    reactor = Reactor()
    reactor.call_later(-1, reactor.stop)
    reactor.run()
    assert time.now_ns == 0


@pytest.mark.parametrize("days", [30, 36_500])
def test_a_timer_may_be_due_in_ages(days: int, time: "VirtualTime") -> None:
    reactor = Reactor()
    reactor.call_later(days * 86_400, reactor.stop)
    reactor.run()
    assert time.now_s == days * 86_400


def test_what_comes_before_a_timer_of_ages_is_heard(
    reactor: Reactor, pair: tuple[socket.socket, socket.socket]
) -> None:
    reactor.call_later(30 * 86_400, pytest.fail)
    reactor.on_readable(pair[0], reactor.stop)
    pair[1].send(b"!")
    reactor.run()


def test_a_timer_may_cancel_another_that_is_due_with_it(time: "VirtualTime") -> None:
    reactor = Reactor()
    reactor.call_later(1, lambda: other.cancel())
    other = reactor.call_later(1, lambda: pytest.fail("was cancelled"))
    reactor.call_later(1, reactor.stop)
    reactor.run()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 20), st.booleans())))
def test_timers_keep_the_order_of_their_times_and_of_their_making(
    time: "VirtualTime", wanted: list[tuple[int, bool]]
) -> None:
    reactor, calls = Reactor(), list[int]()
    for number, (delay_s, is_cancelled) in enumerate(wanted):
        timer = reactor.call_later(delay_s, partial(calls.append, number))
        if is_cancelled:
            timer.cancel()
    reactor.call_later(21, reactor.stop)
    reactor.run()
    kept = [number for number, (_, is_cancelled) in enumerate(wanted) if not is_cancelled]
    assert calls == sorted(kept, key=lambda number: wanted[number][0])
