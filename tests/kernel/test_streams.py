"""Streams, on the trampoline and on the kernel: byte-exact, and without a system call too many."""

import random
import select
import socket
import struct
import threading
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from concur.kernel.streams import DONE, Channel, Stream
from concur.kernel.tasks import Group, Kernel, spawn
from concur.kernel.trampoline import Trampoline, Trap, sleep

pytestmark = pytest.mark.usefixtures("poller")
SMALL_BYTES = 4096
Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Two ends of a TCP connection with the smallest of buffers; the first is for a stream."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BYTES)
        left = socket.socket()
        left.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL_BYTES)
        left.connect(listener.getsockname())
        right = listener.accept()[0]
    right.settimeout(10)
    with left, right:
        yield left, right


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


def stream_on(spy: Spy) -> Stream:
    return Stream(spy)  # type: ignore[arg-type] # it behaves as a socket


async def echo(stream: Stream, size: int = 65536) -> None:
    while data := await stream.read(size):
        await stream.write(data)


def echo_by_generator(stream: Stream) -> Generator[Trap, Any, None]:
    while data := (yield from stream.read(65536)):
        yield from stream.write(data)


def run_on_kernel(stream: Stream) -> None:
    Kernel().run(echo(stream))


def run_on_trampoline(stream: Stream) -> None:
    trampoline = Trampoline()
    trampoline.spawn(echo_by_generator(stream))
    trampoline.run()


@pytest.fixture
def in_thread() -> Iterator[Callable[..., None]]:
    """Run the other end in a thread, joined in the end."""
    threads: list[threading.Thread] = []

    def start(function: Callable[..., object], *arguments: object) -> None:
        threads.append(threading.Thread(target=function, args=arguments))
        threads[-1].start()

    yield start
    for thread in threads:
        thread.join()


def send_and_half_close(connection: socket.socket, data: bytes) -> None:
    connection.sendall(data)
    connection.shutdown(socket.SHUT_WR)


def receive_slowly(connection: socket.socket, came: bytearray) -> None:
    while data := connection.recv(1000):
        came += data


@pytest.mark.parametrize("run", [run_on_kernel, run_on_trampoline])
def test_bytes_are_exact_through_tiny_buffers_and_a_slow_reader(
    pair: Pair, in_thread: Callable[..., None], run: Callable[[Stream], None]
) -> None:
    left, right = pair
    data, came = random.Random(1).randbytes(200_000), bytearray()
    in_thread(send_and_half_close, right, data)
    in_thread(receive_slowly, right, came)
    run(Stream(left))
    left.shutdown(socket.SHUT_WR)
    while len(came) < len(data) and select.select([right], [], [], 10)[0]:
        pass
    assert bytes(came) == data


def test_what_the_kernel_takes_at_once_is_written_without_a_wait(pair: Pair) -> None:
    assert Stream(pair[0]).write(b"small") is DONE
    assert pair[1].recv(100) == b"small"


def test_the_rest_is_written_as_room_appears(pair: Pair, in_thread: Callable[..., None]) -> None:
    left, right = pair
    spy, data, came = Spy(left), bytes(100_000), bytearray()

    async def main() -> None:
        with stream_on(spy) as stream:
            await stream.write(data)
        left.shutdown(socket.SHUT_WR)

    in_thread(receive_slowly, right, came)
    Kernel().run(main())
    assert spy.calls.count("send") > 1
    while len(came) < len(data) and select.select([right], [], [], 10)[0]:
        pass
    assert len(came) == len(data)


def test_a_short_read_drained_the_socket_so_the_next_one_waits_first(
    pair: Pair, counted: Callable[[], list[str]]
) -> None:
    left, right = pair
    spy = Spy(left)

    async def main() -> list[bytes]:
        with stream_on(spy) as stream:
            came = []
            for message in (b"one", b"two", b"three"):
                right.sendall(message)
                came.append(await stream.read(100))
            return came

    assert Kernel().run(main()) == [b"one", b"two", b"three"]
    assert spy.calls == ["recv"] * 3
    assert counted().count("watch") == 1
    assert "unwatch" not in counted()


def test_what_a_read_leaves_waits_for_the_next_turn_and_no_read_fails(
    pair: Pair, counted: Callable[[], list[str]]
) -> None:
    left, right = pair
    spy = Spy(left)
    right.sendall(b"x" * 12)

    async def main() -> list[bytes]:
        with stream_on(spy) as stream:
            turns = counted().count("wait")
            read = [await stream.read(5) for _ in range(3)]
            assert counted().count("wait") == turns + 3
            return read

    assert Kernel().run(main()) == [b"xxxxx", b"xxxxx", b"xx"]
    assert spy.calls.count("recv") == 3


def test_a_thousand_round_trips_register_once(pair: Pair, counted: Callable[[], list[str]]) -> None:
    left, right = pair
    for connection in pair:
        connection.setblocking(False)

    async def ask(stream: Stream) -> None:
        for _ in range(1000):
            await stream.write(b"ping")
            assert await stream.read(100) == b"ping"

    async def main() -> None:
        with Stream(left) as here, Stream(right) as there:
            answering = await spawn(echo(there))
            await ask(here)
            answering.cancel()
            await answering.wait()

    Kernel().run(main())
    assert counted().count("watch") <= 4
    assert counted().count("unwatch") <= 2


def test_an_event_that_comes_while_nobody_waits_does_not_spin(pair: Pair, counted: Callable[[], list[str]]) -> None:
    left, right = pair

    async def main() -> bytes:
        with Stream(left) as stream:
            right.sendall(b"first")
            await stream.read(100)
            right.sendall(b"second")
            await sleep(0.05)
            return await stream.read(100)

    assert Kernel().run(main()) == b"second"
    assert counted().count("wait") < 10


def test_the_peers_end_is_an_empty_read_each_time(pair: Pair) -> None:
    left, right = pair
    right.sendall(b"last words")
    right.shutdown(socket.SHUT_WR)

    async def main() -> list[bytes]:
        with Stream(left) as stream:
            return [await stream.read(100), await stream.read(100), await stream.read(100)]

    assert Kernel().run(main()) == [b"last words", b"", b""]


@pytest.mark.parametrize("waits_for", ["read", "write"])
def test_a_reset_is_raised_to_who_waits(pair: Pair, waits_for: str) -> None:
    left, right = pair

    async def wait(stream: Stream) -> None:
        if waits_for == "read":
            await stream.read(100)
        else:
            await stream.write(bytes(10_000_000))

    async def reset() -> None:
        await sleep(0)
        right.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        right.close()

    async def main() -> None:
        with Stream(left) as stream:
            await spawn(reset())
            await wait(stream)

    with pytest.raises(ConnectionError):
        Kernel().run(main())


@pytest.mark.parametrize("name", ["readable", "writable"])
def test_a_descriptor_that_is_closed_is_refused_each_time(pair: Pair, name: str) -> None:
    pair[0].close()

    async def main() -> int:
        refused = 0
        with Channel(pair[0]) as channel:
            for _ in range(2):
                with pytest.raises((ValueError, OSError)):
                    await getattr(channel, name)
                refused += 1
        return refused

    assert Kernel().run(main()) == 2


def test_one_task_reads_while_another_writes(pair: Pair, in_thread: Callable[..., None]) -> None:
    left, right = pair
    data, came = random.Random(2).randbytes(100_000), bytearray()

    async def read(stream: Stream) -> None:
        while len(came) < len(data):
            came.extend(await stream.read(1000))

    async def write(stream: Stream) -> None:
        await stream.write(data)

    async def main() -> None:
        with Stream(left) as stream:
            async with Group() as group:
                await group.spawn(read(stream))
                await group.spawn(write(stream))

    in_thread(echo_blocking, right, len(data))
    Kernel().run(main())
    assert bytes(came) == data


def echo_blocking(connection: socket.socket, size: int) -> None:
    while size:
        data = connection.recv(1000)
        connection.sendall(data)
        size -= len(data)


def test_a_channel_waits_for_what_is_no_connection(pair: Pair) -> None:
    left, right = pair

    async def main() -> str:
        with Channel(left) as channel:
            await channel.writable
            right.sendall(b"x")
            await channel.readable
            return "ready"

    assert Kernel().run(main()) == "ready"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=20_000), max_size=8), st.integers(1, 70_000), st.randoms(use_true_random=False))
def test_any_interleaving_of_writes_and_reads_keeps_the_bytes(
    poller: str, messages: list[bytes], read_size: int, rng: random.Random
) -> None:
    left, right = socket.socketpair()
    left.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL_BYTES)
    came = bytearray()

    async def write() -> None:
        with Stream(left) as stream:
            for message in messages:
                await stream.write(message)
                if rng.random() < 0.3:
                    await sleep(0)
        left.shutdown(socket.SHUT_WR)

    async def read() -> None:
        with Stream(right) as stream:
            while data := await stream.read(read_size):
                came.extend(data)
                if rng.random() < 0.3:
                    await sleep(0)

    async def main() -> None:
        async with Group() as group:
            await group.spawn(write())
            await group.spawn(read())

    with left, right:
        Kernel().run(main())
    assert bytes(came) == b"".join(messages)
