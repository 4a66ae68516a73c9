"""The crawler as asyncio protocols: the loop reads and writes, and calls our methods.

`callbacks` with the standard library's reactor. The transport keeps what the
kernel did not take, so there is less of it here.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from concur.crawl.addresses import Address
from concur.crawl.contract import Crawl
from concur.crawl.errand import Errand, Errands
from concur.crawl.keeping import new_socket
from concur.echo.stop import Stop
from concur.wire.faults import WireError
from concur.wire.urls import Url


def crawl(crawl: Crawl, stop: Stop) -> None:
    """Run the standard library's loop on `main`."""
    asyncio.run(main(crawl, stop))


async def main(crawl: Crawl, stop: Stop) -> None:
    """Until nothing is left, or the stop is requested: requests under way then still end."""
    loop, is_over = asyncio.get_running_loop(), asyncio.Event()
    ours = Loop(crawl, loop)
    errands = Errands(crawl, stop, ours, is_over.set)

    def hear() -> None:
        loop.remove_reader(stop)
        errands.go_on()

    loop.add_reader(stop, hear)
    stop.on_grace_over(lambda: loop.is_closed() or loop.call_soon_threadsafe(errands.force))
    errands.go_on()
    await is_over.wait()
    loop.remove_reader(stop)
    await asyncio.gather(*ours.tasks, return_exceptions=True)


class Loop:
    """asyncio's loop, as errands want it. tasks are connections that are being made, and names being looked up."""

    def __init__(self, crawl: Crawl, loop: asyncio.AbstractEventLoop) -> None:
        self._crawl, self._loop = crawl, loop
        self.tasks: set[asyncio.Task[None]] = set()

    def _begin(self, coroutine: Any) -> None:
        self.tasks.add(task := self._loop.create_task(coroutine))
        task.add_done_callback(self.tasks.discard)

    def open(self, url: Url, address: Address, errand: Errand) -> "Line":
        """A connection that is being made."""
        line = Line(self._crawl, url, errand)
        self._begin(line.connect(self._loop, address))
        return line

    def look_up(self, url: Url, tell: Callable[[list[Address] | WireError], None]) -> None:
        """Have a host's addresses told: another thread asks."""

        async def ask() -> None:
            try:
                coming = asyncio.wrap_future(self._crawl.addresses.asked(url.host, url.port))
                tell(await coming)
            except WireError as error:
                tell(error)

        self._begin(ask())

    def call_later(self, delay_s: float, callback: Callable[[], object]) -> Callable[[], object]:
        """Have it called then; returns how to have it not called."""
        return self._loop.call_later(delay_s, callback).cancel


class Line(asyncio.Protocol):
    """A connection to an origin, and what is said on it."""

    def __init__(self, crawl: Crawl, url: Url, errand: Errand) -> None:
        self.origin, self.http = url.origin, crawl.connection(url)
        self.errand: Errand | None = errand
        self._transport: asyncio.Transport | None = None

    async def connect(self, loop: asyncio.AbstractEventLoop, address: Address) -> None:
        """Connect to an address; the errand is told."""
        connection = new_socket(address)
        connection.setblocking(False)
        try:
            await loop.sock_connect(connection, address[1])
            if not self.errand:
                raise ConnectionAbortedError  # it took too long
            await loop.create_connection(lambda: self, sock=connection)
        except OSError as error:
            connection.close()
            if self.errand:
                self.errand.failed(error)

    def connection_made(self, transport: Any) -> None:
        """The connection is there."""
        self._transport = transport
        if self.errand:
            self.errand.opened()
        else:
            transport.abort()

    def data_received(self, data: bytes) -> None:
        """Something has come. Where nobody asked, its next request will find the end."""
        if self.errand:
            self.errand.came(data)
        elif self._transport:
            self._transport.abort()

    def eof_received(self) -> None:
        """The server has ended its side."""
        if self.errand:
            self.errand.came(b"")

    def connection_lost(self, error: Exception | None) -> None:
        """The end, whoever caused it."""
        self._transport = None
        if self.errand:
            if isinstance(error, OSError):
                self.errand.failed(error)
            else:
                self.errand.came(b"")

    def send(self, data: bytes) -> None:
        """Send it. Raises OSError where the connection has ended."""
        if not self._transport or self._transport.is_closing():
            raise ConnectionResetError("it has ended")
        self._transport.write(data)

    def close(self) -> None:
        """End it."""
        self.errand = None
        if self._transport:
            self._transport.abort()
