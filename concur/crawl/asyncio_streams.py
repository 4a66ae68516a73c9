"""The crawler on asyncio's streams, with a task for each request that is under way.

One thread, and one loop, which looks for answers of all connections at once.
Nobody else changes the frontier between two `await`s, so there is no lock; but
while one page is parsed, no other task runs.
"""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress

from concur.crawl.contract import Crawl, Outcome, failure
from concur.crawl.frontier import Job
from concur.crawl.keeping import Kept, had_ended
from concur.echo.stop import Stop
from concur.wire.faults import WireError
from concur.wire.http import Connection, Response
from concur.wire.urls import Url

READ_BYTES = 64 * 1024


def crawl(crawl: Crawl, stop: Stop) -> None:
    """Until nothing is left, or the stop is requested: requests under way then still end."""
    asyncio.run(main(crawl, stop))


async def main(crawl: Crawl, stop: Stop) -> None:
    """Begin what may begin, then wait for the end of a request, for a time, or for the stop."""
    kept: Kept[Line] = Kept(crawl.plan.connections)
    news, tasks = asyncio.Event(), set[asyncio.Task[None]]()

    async def work(job: Job) -> None:
        try:
            crawl.settle(job, await fetch(crawl, job, kept))
        except asyncio.CancelledError:
            crawl.abandon(job)
        news.set()

    def cancel_all() -> None:
        for task in tasks:
            task.cancel()

    loop = asyncio.get_running_loop()

    def hear(callback: Callable[[], object]) -> None:
        with suppress(RuntimeError):  # the stop is heard of once more when the loop has ended
            loop.call_soon_threadsafe(callback)

    stop.on_request(lambda: hear(news.set))
    stop.on_grace_over(lambda: hear(cancel_all))
    while not (crawl.is_done or stop.is_requested):
        if job := crawl.take():
            tasks.add(task := asyncio.create_task(work(job)))
            task.add_done_callback(tasks.discard)
            continue
        news.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(crawl.wait_s()):
                await news.wait()
    await asyncio.gather(*tasks)
    kept.close()


async def fetch(crawl: Crawl, job: Job, kept: "Kept[Line]") -> Outcome:
    """Carry one job out."""
    try:
        async with asyncio.timeout(crawl.timeout_s):
            line, response = await ask(crawl, job.url, kept.take(job.url.origin))
    except (WireError, OSError) as error:
        return failure(error)
    kept.keep(line)
    return crawl.outcome(job, response)


async def ask(crawl: Crawl, url: Url, kept: "Line | None") -> "tuple[Line, Response]":
    """On the kept line, or on a new one: also where that had ended without our knowing."""
    line = kept or await connected(crawl, url)
    try:
        return line, await line.ask(url, crawl.plan.agent)
    except BaseException as error:
        line.close()
        if kept and isinstance(error, (WireError, OSError)) and had_ended(kept, error):
            return await ask(crawl, url, None)
        raise


class Line:
    """A connection to an origin, and what is said on it."""

    def __init__(self, crawl: Crawl, url: Url, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.origin, self.http = url.origin, Connection(crawl.limits)
        self._reader, self._writer = reader, writer

    async def ask(self, url: Url, agent: str) -> Response:
        """The response to a GET. Raises OSError and WireError."""
        self._writer.write(self.http.begin(url, agent))
        await self._writer.drain()
        while True:
            if response := self.http.feed(await self._reader.read(READ_BYTES)):
                return response

    def close(self) -> None:
        """End it."""
        self._writer.close()


async def connected(crawl: Crawl, url: Url) -> Line:
    """To the first address that takes us, with TLS where the URL says so. A name is looked up in another thread."""
    error: OSError = OSError("no address")
    secured = ssl.create_default_context() if url.scheme == "https" else None
    for _, address in await asyncio.to_thread(crawl.addresses.of, url.host, url.port):
        try:
            streams = await asyncio.open_connection(
                *address[:2], ssl=secured, server_hostname=url.host if secured else None
            )
        except OSError as refused:
            error = refused
            continue
        return Line(crawl, url, *streams)
    raise error
