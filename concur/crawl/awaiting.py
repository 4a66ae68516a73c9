"""Requests in code that awaits: what the models share whose tasks take turns in one thread, in any loop. Tier 0.

`blocking` once more, with `await` wherever somebody may have to wait. An `async def`
belongs to no loop: what does is given, how to connect, to look a name up, and to
end a wait that takes too long. What must not live here: tasks, and who waits for a job.
"""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from concur.crawl.addresses import Address
from concur.crawl.contract import Crawl, Outcome, failure
from concur.crawl.frontier import Job
from concur.crawl.keeping import Kept, had_ended
from concur.wire.faults import WireError
from concur.wire.http import Response
from concur.wire.urls import Url

READ_BYTES = 64 * 1024


class Stream(Protocol):
    """A connected socket, as a loop has it. Its methods raise OSError."""

    def read(self, size: int, /) -> Awaitable[bytes]:
        """Some bytes; none at the peer's end."""

    def write(self, data: bytes, /) -> Awaitable[Any]:
        """All of them."""

    def close(self) -> None:
        """End it."""


Connect = Callable[[Address], Awaitable[Stream]]
LookUp = Callable[[str, int], Awaitable[list[Address]]]
Within = Callable[[float], AbstractAsyncContextManager[Any]]  # raises TimeoutError after so many seconds


class Line:
    """A connection to an origin, and what is said on it."""

    def __init__(self, crawl: Crawl, url: Url, stream: Stream) -> None:
        self.origin, self.http = url.origin, crawl.connection(url)
        self._stream = stream
        self.close = stream.close

    async def ask(self, url: Url, agent: str) -> Response:
        """The response to a GET. Raises OSError and WireError."""
        self.http.begin(url, agent)
        while True:
            if data := self.http.outgoing():
                await self._stream.write(data)
            if response := self.http.feed(await self._stream.read(READ_BYTES)):
                return response


class Lines:
    """All connections of one crawl that wait for their next request, and how to have more."""

    def __init__(self, crawl: Crawl, connect: Connect, look_up: LookUp, within: Within) -> None:
        self._crawl, self._connect, self._look_up, self._within = crawl, connect, look_up, within
        self._kept: Kept[Line] = Kept(crawl.plan.connections)

    async def fetch(self, job: Job) -> Outcome:
        """Carry one job out. Any number of tasks may, at a time."""
        try:
            async with self._within(self._crawl.timeout_s):
                line, response = await self._ask(job.url, self._kept.take(job.url.origin))
        except (WireError, OSError) as error:
            return failure(error)
        self._kept.keep(line)
        return self._crawl.outcome(job, response)

    async def _ask(self, url: Url, kept: Line | None) -> tuple[Line, Response]:
        """On the kept line, or on a new one: also where that had ended without our knowing."""
        line = kept or Line(self._crawl, url, await self._connected(url))
        try:
            return line, await line.ask(url, self._crawl.plan.agent)
        except BaseException as error:
            line.close()
            if kept and had_ended(kept, error):
                return await self._ask(url, None)
            raise

    async def _connected(self, url: Url) -> Stream:
        """To the first address that takes us."""
        error = OSError("no address")
        known = self._crawl.addresses.known(url.host, url.port)
        for address in await self._look_up(url.host, url.port) if known is None else known:
            try:
                return await self._connect(address)
            except OSError as refused:
                error = refused
        raise error

    def close(self) -> None:
        """End what is kept."""
        self._kept.close()
