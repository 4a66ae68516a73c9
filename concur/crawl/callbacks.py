"""The crawler as callbacks: a reactor says which socket is ready, and calls.

Nothing ever blocks, so nothing may wait either. Where a request has got to is kept
by its errand; here is what a socket's events mean to it.
"""

from collections.abc import Callable

from concur.crawl.addresses import Address
from concur.crawl.blocking import READ_BYTES
from concur.crawl.contract import Crawl
from concur.crawl.errand import Errand, Errands
from concur.crawl.keeping import new_socket
from concur.crawl.reacting import grace
from concur.echo.stop import Stop
from concur.kernel import connecting
from concur.kernel.reactor import Reactor
from concur.wire.faults import WireError
from concur.wire.urls import Url


def crawl(crawl: Crawl, stop: Stop) -> None:
    """Until nothing is left, or the stop is requested: requests under way then still end."""
    reactor = Reactor()
    errands = Errands(crawl, stop, Loop(crawl, reactor), reactor.stop)

    def hear() -> None:
        reactor.on_readable(stop, None)
        errands.go_on()

    reactor.on_readable(stop, hear)
    reactor.call_soon(errands.go_on)
    with grace(stop, reactor, errands.force):
        reactor.run()
    reactor.close()


class Loop:
    """The reactor, as errands want it."""

    def __init__(self, crawl: Crawl, reactor: Reactor) -> None:
        self._crawl, self._reactor = crawl, reactor

    def open(self, url: Url, address: Address, errand: Errand) -> "Line":
        """A connection that is being made. Raises OSError."""
        return Line(self._crawl, url, address, errand, self._reactor)

    def look_up(self, url: Url, tell: Callable[[list[Address] | WireError], None]) -> None:
        """Have a host's addresses told: another thread asks."""
        coming = self._crawl.addresses.asked(url.host, url.port)

        def told() -> None:
            try:
                tell(coming.result())
            except WireError as error:
                tell(error)

        self._reactor.on_done(coming, told)

    def call_later(self, delay_s: float, callback: Callable[[], object]) -> Callable[[], object]:
        """Have it called then; returns how to have it not called."""
        return self._reactor.call_later(delay_s, callback).cancel


class Line:
    """A connection to an origin, what is said on it, and what is still to be sent."""

    def __init__(self, crawl: Crawl, url: Url, address: Address, errand: Errand, reactor: Reactor) -> None:
        self.origin, self.http = url.origin, crawl.connection(url)
        self.errand: Errand | None = errand
        self._reactor, self._socket, self._unsent = reactor, new_socket(address), b""
        self._socket.setblocking(False)
        try:
            connecting.begin(self._socket, address[1])
        except OSError:
            self._socket.close()
            raise
        reactor.on_writable(self._socket, self._connected)

    def _connected(self) -> None:
        self._reactor.on_writable(self._socket, None)
        try:
            connecting.finish(self._socket)
        except OSError as error:
            self._tell(error)
            return
        self._reactor.on_readable(self._socket, self._readable)
        if self.errand:
            self.errand.opened()

    def _readable(self) -> None:
        try:
            data = self._socket.recv(READ_BYTES)
        except BlockingIOError:
            return  # the event was for another connection, which had the same number
        except OSError as error:
            self._tell(error)
            return
        if self.errand:
            self.errand.came(data)
        else:  # kept, it says something unasked, or ends: its next request will find that out
            self._reactor.on_readable(self._socket, None)

    def send(self, data: bytes) -> None:
        """Send it, and what the kernel does not take when there is room. Raises OSError."""
        self._reactor.on_readable(self._socket, self._readable)
        data = self._unsent + data
        try:
            sent = self._socket.send(data)
        except BlockingIOError:
            sent = 0
        self._unsent = data[sent:]
        self._reactor.on_writable(self._socket, self._send_more if self._unsent else None)

    def _send_more(self) -> None:
        try:
            self.send(b"")
        except OSError as error:
            self._tell(error)

    def _tell(self, error: OSError) -> None:
        if self.errand:
            self.errand.failed(error)

    def close(self) -> None:
        """Leave no trace."""
        self.errand = None
        self._reactor.forget(self._socket)
        self._socket.close()
