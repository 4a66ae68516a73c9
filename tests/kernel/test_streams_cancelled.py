"""Streams whose reader or writer is cancelled: by another task, a group, a timeout."""

import socket
from collections.abc import Callable

import pytest

from concur.kernel.streams import Channel, Stream
from concur.kernel.tasks import Cancelled, Group, Kernel, Task, spawn, timeout
from concur.kernel.trampoline import sleep
from tests.kernel.hubs import Pair

pytestmark = pytest.mark.usefixtures("poller")


def test_a_cancelled_reader_leaves_the_stream_usable(pair: Pair) -> None:
    left, right = pair

    async def main() -> bytes:
        with Stream(left) as stream:
            reader = await spawn(stream_read(stream))
            await sleep(0)
            reader.cancel()
            await reader.wait()
            right.sendall(b"for the next one")
            return await stream.read(100)

    assert Kernel().run(main()) == b"for the next one"


async def stream_read(stream: Stream) -> bytes:
    return await stream.read(100)


def test_a_reader_that_refuses_to_be_cancelled_reads_on() -> None:
    pairs = [socket.socketpair() for _ in range(3)]
    ours, theirs = zip(*pairs, strict=True)
    came: list[bytes] = []

    async def cancel(task: Task[None]) -> None:
        await Stream(ours[0]).read(1)
        task.cancel()

    async def refuse() -> None:
        stream = Stream(ours[2])
        await stream.read(1)
        await Stream(ours[1]).read(1)
        while len(came) < 2:
            try:
                came.append(await stream.read(1))
            except Cancelled:
                came.append(b"cancelled")

    async def main() -> None:
        task = await spawn(refuse())
        await spawn(cancel(task))
        theirs[2].send(b"?")
        for _ in range(3):
            await sleep(0)
        for other in theirs:  # all in one turn: it may be cancelled before it reads from the second, or after
            other.send(b"!")
        await task.join()

    Kernel().run(main())
    for each in (*ours, *theirs):
        each.close()
    assert sorted(came) == [b"!", b"cancelled"]


def test_a_group_that_fails_as_its_block_ends_cancels_nothing_after_it(pair: Pair) -> None:
    left, right = pair
    lines, other_lines = socket.socketpair()

    async def fail_at_news() -> None:
        with Channel(lines) as channel:
            await channel.readable
        raise ValueError("news")

    async def read_beside_it() -> None:
        async with Group() as group:
            await group.spawn(fail_at_news())
            await sleep(0)
            other_lines.send(b"!")
            right.send(b"!")  # in one turn with the other, and after it
            await Stream(left).read(1)

    async def main() -> str:
        with pytest.raises(ValueError, match="news"):
            await read_beside_it()
        await sleep(0)
        return "goes on"

    with lines, other_lines:
        assert Kernel().run(main()) == "goes on"


def test_a_cancelled_writer_stops_where_it_was(pair: Pair, counted: Callable[[], list[str]]) -> None:
    left, _ = pair

    async def write(stream: Stream) -> None:
        async with timeout(0.01):
            await stream.write(bytes(10_000_000))

    async def main() -> None:
        with Stream(left) as stream:
            with pytest.raises(TimeoutError):
                await write(stream)
            await sleep(0.03)

    Kernel().run(main())
    assert counted().count("wait") < 12
