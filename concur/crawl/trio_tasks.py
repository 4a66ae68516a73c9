"""The crawler with a trio task for each request that is under way.

Line by line that of `coroutines`: the group is trio's nursery, and a scope that
is cancelled ends whatever waits in it. trio has no wait for one of several
things, so one event says that something has come about, and is made anew.
"""

import math
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial

import trio

from concur.crawl.addresses import Address
from concur.crawl.awaiting import Lines
from concur.crawl.contract import Crawl
from concur.crawl.frontier import Job
from concur.crawl.keeping import new_socket
from concur.echo.stop import Stop
from concur.echo.trio_tasks import WAKE_UP_WARNING


def crawl(crawl: Crawl, stop: Stop) -> None:
    """Until nothing is left, or the stop is requested: requests under way then still end."""
    warnings.filterwarnings("ignore", WAKE_UP_WARNING, RuntimeWarning)
    trio.run(main, crawl, stop)


async def main(crawl: Crawl, stop: Stop) -> None:
    """Let requests be made by tasks of their own, and end who waits for the stop when none are left."""
    lines = Lines(crawl, Stream.connect, partial(look_up, crawl), within)
    token = trio.lowlevel.current_trio_token()
    async with trio.open_nursery() as listeners:
        news = News()
        listeners.start_soon(hear, stop, news)
        async with trio.open_nursery() as requests:
            stop.on_grace_over(partial(force, token, requests.cancel_scope))
            while not (crawl.is_done or stop.is_requested):
                news.clear()
                while job := crawl.take():
                    requests.start_soon(work, job, crawl, lines, news)
                await news.wait(crawl.wait_s())
        listeners.cancel_scope.cancel()
    lines.close()


async def work(job: Job, crawl: Crawl, lines: Lines, news: "News") -> None:
    """Carry one job out."""
    try:
        crawl.settle(job, await lines.fetch(job))
    except trio.Cancelled:
        crawl.abandon(job)
        raise
    news.come()


async def hear(stop: Stop, news: "News") -> None:
    """The stop is news, too."""
    await trio.lowlevel.wait_readable(stop)
    news.come()


def force(token: trio.lowlevel.TrioToken, scope: trio.CancelScope) -> None:
    """End the requests. Called by a signal's handler, so it leaves that to the loop."""
    with suppress(trio.RunFinishedError):
        token.run_sync_soon(scope.cancel)


class News:
    """An event that can happen again, which trio's cannot."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """It has not happened."""
        self._event = trio.Event()

    def come(self) -> None:
        """It has."""
        self._event.set()

    async def wait(self, seconds: float | None) -> None:
        """Until it has, but so long at most."""
        with trio.move_on_after(math.inf if seconds is None else seconds):
            await self._event.wait()


async def look_up(crawl: Crawl, host: str, port: int) -> list[Address]:
    """A host's addresses: in another thread, since that blocks."""
    return await trio.to_thread.run_sync(crawl.addresses.of, host, port, abandon_on_cancel=True)


@asynccontextmanager
async def within(seconds: float) -> AsyncIterator[None]:
    """trio.fail_after, with the error that all others have."""
    try:
        with trio.fail_after(seconds):
            yield
    except trio.TooSlowError:
        raise TimeoutError from None


class Stream:
    """trio's socket, which has to be told again what it has not sent."""

    def __init__(self, connection: trio.socket.SocketType) -> None:
        self._send = connection.send
        self.read, self.close = connection.recv, connection.close

    @classmethod
    async def connect(cls, address: Address) -> "Stream":
        """Connect to an address. Raises OSError."""
        connection = trio.socket.from_stdlib_socket(new_socket(address))
        try:
            await connection.connect(address[1])
        except BaseException:
            connection.close()
            raise
        return cls(connection)

    async def write(self, data: bytes) -> None:
        """Send all of it. Raises OSError."""
        while data:
            data = data[await self._send(data) :]
