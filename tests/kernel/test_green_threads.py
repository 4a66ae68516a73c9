"""Green threads, whether greenlets or tasklets: they wait alike and end alike, without a system call too many."""

import random
import socket
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from concur.accounting import descriptors
from concur.catalog import missing, model
from concur.kernel.green_threads import Hub, Stream, Waiter
from concur.kernel.reactor import Callback

SMALL_BYTES = 4096
Pair = tuple[socket.socket, socket.socket]
MakeHub = Callable[[], Hub]


@pytest.fixture(params=["Greenlets", "Tasklets"])
def make_hub(request: pytest.FixtureRequest) -> MakeHub:
    """Each kind of hub in turn."""
    name = request.param.lower()
    if reason := missing(model(name)):
        pytest.skip(reason)
    found: MakeHub = getattr(import_module(f"concur.echo.{name}"), request.param)
    return found


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Two ends of a connection with small buffers."""
    left, right = small_pair()
    with left, right:
        yield left, right


def small_pair() -> Pair:
    pair = socket.socketpair()
    for end in pair:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL_BYTES)
    return pair


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


def echo(hub: Hub, connection: socket.socket) -> None:
    """What comes in goes out, up to the end."""
    with Stream(connection, hub) as stream:
        while data := stream.recv(65536):
            stream.sendall(data)
    connection.shutdown(socket.SHUT_WR)


def send(hub: Hub, connection: socket.socket, data: bytes) -> None:
    """All of it, and then the end."""
    with Stream(connection, hub) as stream:
        stream.sendall(data)
    connection.shutdown(socket.SHUT_WR)


def receive(hub: Hub, connection: socket.socket, came: bytearray, size_bytes: int = 65536) -> None:
    """All that comes, up to the end."""
    with Stream(connection, hub) as stream:
        while data := stream.recv(size_bytes):
            came += data


def sleep(hub: Hub, seconds: float, log: list[str], name: str) -> None:
    """Log it when it is over, and when it is cut short."""
    with socket.socket() as any_descriptor, Waiter(any_descriptor, hub) as waiter:
        try:
            waiter.sleep(seconds)
            log.append(name)
        except BaseException:
            log.append(f"{name} killed")
            raise


def pause(hub: Hub) -> None:
    """Let the others go on for a turn."""
    park, wake = hub.parking()
    hub.reactor.call_soon(wake)
    park()


# Waiting


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


# The hub


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
