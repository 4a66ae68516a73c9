"""The crawler on asyncio's streams, with a task for each request that is under way.

One thread, and one loop, which looks for answers of all connections at once.
Nobody else changes the frontier between two `await`s, so there is no lock; but
while one page is parsed, no other task runs.
"""

import asyncio
from contextlib import suppress
from functools import partial

from concur.crawl.addresses import Address
from concur.crawl.awaiting import Connect, Lines
from concur.crawl.contract import Crawl
from concur.crawl.frontier import Job
from concur.echo.stop import Stop


def crawl(crawl: Crawl, stop: Stop) -> None:
    """Until nothing is left, or the stop is requested: requests under way then still end."""
    asyncio.run(main(crawl, stop))


async def main(crawl: Crawl, stop: Stop) -> None:
    """The same, within a loop."""
    await carry_out(crawl, stop, Stream.connect)


async def carry_out(crawl: Crawl, stop: Stop, connect: Connect) -> None:
    """Begin what may begin, then wait for the end of a request, for a time, or for the stop; on streams of any kind."""
    lines = Lines(crawl, connect, partial(look_up, crawl), asyncio.timeout)
    loop, news, tasks = asyncio.get_running_loop(), asyncio.Event(), set[asyncio.Task[None]]()

    async def work(job: Job) -> None:
        try:
            crawl.settle(job, await lines.fetch(job))
        except asyncio.CancelledError:
            crawl.abandon(job)
        news.set()

    def force() -> None:
        for task in tasks:
            task.cancel()

    def heard() -> None:
        loop.remove_reader(stop)
        news.set()

    loop.add_reader(stop, heard)
    stop.on_grace_over(lambda: loop.is_closed() or loop.call_soon_threadsafe(force))
    while not (crawl.is_done or stop.is_requested):
        news.clear()
        while job := crawl.take():
            tasks.add(task := asyncio.create_task(work(job)))
            task.add_done_callback(tasks.discard)
        await wait(news, crawl.wait_s())
    await asyncio.gather(*tasks)
    loop.remove_reader(stop)
    lines.close()


async def look_up(crawl: Crawl, host: str, port: int) -> list[Address]:
    """A host's addresses: another thread asks, since that blocks."""
    return await asyncio.wrap_future(crawl.addresses.asked(host, port))


async def wait(event: asyncio.Event, seconds: float | None) -> None:
    """Until it is set, but so long at most."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


class Stream:
    """asyncio's pair of streams, as one."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self.read, self.close = reader.read, writer.close

    @classmethod
    async def connect(cls, address: Address) -> "Stream":
        """Connect to an address. Raises OSError."""
        return cls(*await asyncio.open_connection(*address[1][:2]))

    async def write(self, data: bytes) -> None:
        """Send all of it. Raises OSError."""
        self._writer.write(data)
        await self._writer.drain()
