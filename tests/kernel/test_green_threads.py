"""Green threads, whether greenlets or tasklets, wait alike, without a system call too many."""

import random
import socket
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from concur.kernel.green_threads import Hub, Stream
from concur.kernel.reactor import Callback
from tests.kernel.hubs import MakeHub, Pair, echo, pause, receive, sleep, small_pair


class Spy:
    """A socket that counts its calls."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def recv(self, size: int) -> bytes:
        self.calls.append("recv")
        return self._connection.recv(size)

    def send(self, data: bytes) -> int:
        self.calls.append("send")
        return self._connection.send(data)


def stream_on(spy: Spy, hub: Hub) -> Stream:
    return Stream(spy, hub)  # type: ignore[arg-type] # it behaves as a socket


@pytest.mark.usefixtures("poller")
def test_what_is_sent_in_pieces_arrives_exactly(make_hub: MakeHub, pair: Pair) -> None:
    spy, data, came = Spy(pair[0]), random.Random(1).randbytes(200_000), bytearray()

    def send_by_spy() -> None:
        with stream_on(spy, hub) as stream:
            stream.sendall(data)
        pair[0].shutdown(socket.SHUT_WR)

    with make_hub() as hub:
        hub.spawn(send_by_spy)
        hub.spawn(receive, hub, pair[1], came, 1000)
        hub.join()
    assert bytes(came) == data
    assert spy.calls.count("send") > 1


def test_what_the_kernel_takes_at_once_is_sent_without_a_wait(
    make_hub: MakeHub, pair: Pair, counted: Callable[[], list[str]]
) -> None:
    with make_hub() as hub:
        Stream(pair[0], hub).sendall(b"small")
        assert not counted()
    assert pair[1].recv(100) == b"small"


def test_a_short_read_drained_the_socket_so_the_next_one_waits_first(
    make_hub: MakeHub, pair: Pair, counted: Callable[[], list[str]]
) -> None:
    left, right = pair
    spy = Spy(left)
    came: list[bytes] = []

    def talk() -> None:
        with stream_on(spy, hub) as stream:
            for message in (b"one", b"two", b"three"):
                right.sendall(message)
                came.append(stream.recv(100))

    with make_hub() as hub:
        hub.spawn(talk)
        hub.join()
    assert came == [b"one", b"two", b"three"]
    assert spy.calls == ["recv"] * 3
    assert counted().count("watch") == 1
    assert "unwatch" not in counted()


def test_a_thousand_round_trips_register_once(make_hub: MakeHub, pair: Pair, counted: Callable[[], list[str]]) -> None:
    def ask() -> None:
        with Stream(pair[1], hub) as stream:
            for _ in range(1000):
                stream.sendall(b"ping")
                assert stream.recv(100) == b"ping"
        pair[1].shutdown(socket.SHUT_WR)

    with make_hub() as hub:
        hub.spawn(echo, hub, pair[0])
        hub.spawn(ask)
        hub.join()
    assert counted().count("watch") <= 4
    assert counted().count("unwatch") <= 2


def test_an_event_that_comes_while_nobody_waits_for_it_does_not_spin(
    make_hub: MakeHub, pair: Pair, counted: Callable[[], list[str]]
) -> None:
    left, right = pair
    came: list[bytes] = []

    def talk() -> None:
        with Stream(left, hub) as stream:
            right.sendall(b"first")
            came.append(stream.recv(100))
            right.sendall(b"second")
            stream.sleep(0.05)
            came.append(stream.recv(100))

    with make_hub() as hub:
        hub.spawn(talk)
        hub.join()
    assert came == [b"first", b"second"]
    assert counted().count("wait") < 10


def test_a_sleep_is_not_cut_short_by_what_comes(make_hub: MakeHub, pair: Pair, log: list[str]) -> None:
    left, right = pair

    def talk() -> None:
        with Stream(left, hub) as stream:
            for message in (b"first", b"second"):
                right.sendall(message)
                stream.recv(100)
            right.sendall(b"third")
            stream.sleep(0.03)
            log.append("talker")

    with make_hub() as hub:
        hub.spawn(sleep, hub, 0.01, log, "sleeper")
        hub.spawn(talk)
        hub.join()
    assert log == ["sleeper", "talker"]


def test_who_waits_for_room_is_not_woken_by_what_comes_nor_who_reads_by_room(make_hub: MakeHub, pair: Pair) -> None:
    left, right = pair
    spy, size_bytes = Spy(left), 50_000

    def talk() -> None:
        with stream_on(spy, hub) as stream:
            right.sendall(b"first")
            stream.recv(100)
            right.sendall(b"second")
            stream.sendall(bytes(size_bytes))
            stream.recv(100)
            stream.recv(100)

    def listen() -> None:
        with Stream(right, hub) as stream:
            stream.sleep(0.02)
            left_bytes = size_bytes
            while left_bytes:
                left_bytes -= len(stream.recv(1000))
            stream.sleep(0.02)
            stream.sendall(b"third")

    with make_hub() as hub:
        hub.spawn(talk)
        hub.spawn(listen)
        hub.join()
    assert spy.calls.count("recv") == 3
    assert spy.calls.count("send") <= size_bytes // 1000 + 2


class Refusing(Spy):
    """A socket that would block at every other call, and takes little."""

    refuses = False

    def recv(self, size: int) -> bytes:
        self._refuse()
        return super().recv(size)

    def send(self, data: bytes) -> int:
        self._refuse()
        return super().send(data[:10])

    def _refuse(self) -> None:
        self.refuses = not self.refuses
        if self.refuses:
            raise BlockingIOError


def test_an_event_that_was_anothers_is_waited_for_again(make_hub: MakeHub, pair: Pair) -> None:
    left, right = pair
    came: list[bytes] = []

    def talk() -> None:
        with stream_on(Refusing(left), hub) as stream:
            stream.sendall(b"a question of some length")
            came.append(stream.recv(100))

    right.sendall(b"answer")
    with make_hub() as hub:
        hub.spawn(talk)
        hub.join()
    assert came == [b"answer"]
    assert right.recv(100) == b"a question of some length"


@pytest.mark.usefixtures("poller")
def test_a_descriptors_number_can_be_used_again(make_hub: MakeHub) -> None:
    numbers: list[int] = []

    def talk() -> None:
        left, right = socket.socketpair()
        with left, right, Stream(left, hub) as stream:
            numbers.append(left.fileno())
            right.sendall(b"x")
            stream.recv(100)

    with make_hub() as hub:
        for _ in range(3):
            hub.spawn(talk)
            hub.join()
    assert len(set(numbers)) == 1


def test_who_sleeps_longest_goes_on_last(make_hub: MakeHub, time: object) -> None:
    log: list[str] = []
    with make_hub() as hub:
        for seconds in (3, 1, 2):
            hub.spawn(sleep, hub, seconds, log, str(seconds))
        hub.join()
    assert log == ["1", "2", "3"]


def test_what_is_parked_goes_on_when_it_is_woken(make_hub: MakeHub) -> None:
    log: list[int] = []
    wakes: list[Callback] = []

    def wait() -> None:
        park, wake = hub.parking()
        wakes.append(wake)
        for turn in range(3):
            park()
            log.append(turn)

    def wake_it() -> None:
        while len(log) < 3:
            hub.reactor.call_soon(wakes[0])
            pause(hub)

    with make_hub() as hub:
        hub.spawn(wait)
        hub.spawn(wake_it)
        hub.join()
    assert log == [0, 1, 2]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=20_000), max_size=8), st.integers(1, 70_000), st.randoms(use_true_random=False))
def test_any_interleaving_of_sends_and_receipts_keeps_the_bytes(
    make_hub: MakeHub, messages: list[bytes], read_bytes: int, chance: random.Random
) -> None:
    left, right = small_pair()
    came = bytearray()

    def send_by_chance() -> None:
        with Stream(left, hub) as stream:
            for message in messages:
                stream.sendall(message)
                if chance.random() < 0.3:
                    pause(hub)
        left.shutdown(socket.SHUT_WR)

    def receive_by_chance() -> None:
        with Stream(right, hub) as stream:
            while data := stream.recv(read_bytes):
                came.extend(data)
                if chance.random() < 0.3:
                    stream.sleep(0)

    with left, right, make_hub() as hub:
        hub.spawn(send_by_chance)
        hub.spawn(receive_by_chance)
        hub.join()
    assert bytes(came) == b"".join(messages)
