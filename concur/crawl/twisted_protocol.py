"""The crawler as Twisted protocols: the reactor connects, reads and writes, and calls our methods.

The neighbour of `asyncio_protocol`. Here connecting is told of, too, by a factory
that makes a protocol for each connection and hears of those that fail.
"""

import os
from collections.abc import Callable
from typing import Any

from twisted.internet.protocol import ClientFactory, Protocol, connectionDone
from twisted.python.failure import Failure

from concur.crawl.addresses import Address
from concur.crawl.contract import Crawl
from concur.crawl.errand import Errand, Errands
from concur.echo.stop import Stop
from concur.echo.twisted_protocol import Readable, close, install_reactor
from concur.wire.faults import WireError
from concur.wire.urls import Url


def crawl(crawl: Crawl, stop: Stop) -> None:
    """Until nothing is left, or the stop is requested: requests under way then still end."""
    reactor = install_reactor()
    errands = Errands(crawl, stop, Loop(crawl, reactor), reactor.stop)

    def hear() -> None:
        reactor.removeReader(stopping)
        errands.go_on()

    stopping = Readable(stop, hear)
    reactor.addReader(stopping)
    stop.on_grace_over(lambda: reactor.running and reactor.callFromThread(errands.force))
    reactor.callWhenRunning(errands.go_on)
    reactor.run(installSignalHandlers=False)
    close(reactor)


class Loop:
    """Twisted's reactor, as errands want it."""

    def __init__(self, crawl: Crawl, reactor: Any) -> None:
        self._crawl, self._reactor = crawl, reactor

    def open(self, url: Url, address: Address, errand: Errand) -> "Line":
        """A connection that is being made."""
        line = Line(self._crawl, url, errand)
        line.connector = self._reactor.connectTCP(*address[1][:2], Factory(line), timeout=self._crawl.timeout_s)
        return line

    def look_up(self, url: Url, tell: Callable[[list[Address] | WireError], None]) -> None:
        """Have a host's addresses told: another thread asks."""
        coming = self._crawl.addresses.asked(url.host, url.port)

        def told() -> None:
            try:
                tell(coming.result())
            except WireError as error:
                tell(error)

        coming.add_done_callback(lambda _: self._reactor.callFromThread(told))

    def call_later(self, delay_s: float, callback: Callable[[], object]) -> Callable[[], object]:
        """Have it called then; returns how to have it not called."""
        call = self._reactor.callLater(delay_s, callback)
        return lambda: call.active() and call.cancel()


class Factory(ClientFactory):
    """Makes one connection, or says why not."""

    noisy = False

    def __init__(self, line: "Line") -> None:
        self._line = line

    def buildProtocol(self, addr: Any) -> "Line":
        """The connection is there: it is the line's."""
        return self._line

    def clientConnectionFailed(self, connector: Any, reason: Failure) -> None:
        """It is not."""
        if errand := self._line.errand:
            number = getattr(reason.value, "osError", None)
            errand.failed(OSError(number, os.strerror(number)) if number else ConnectionError(str(reason.value)))


class Line(Protocol):
    """A connection to an origin, and what is said on it."""

    transport: Any
    connector: Any

    def __init__(self, crawl: Crawl, url: Url, errand: Errand) -> None:
        self.origin, self.http = url.origin, crawl.connection(url)
        self.errand: Errand | None = errand
        self._is_open = False

    def connectionMade(self) -> None:
        """The connection is there."""
        self._is_open = True
        self.transport.setTcpNoDelay(True)
        if self.errand:
            self.errand.opened()

    def dataReceived(self, data: bytes) -> None:
        """Something has come."""
        if self.errand:
            self.errand.came(data)
        else:
            self.close()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The end, whoever caused it."""
        self._is_open = False
        if self.errand:
            self.errand.came(b"")

    def send(self, data: bytes) -> None:
        """Send it. Raises OSError where the connection has ended."""
        if not self._is_open:
            raise ConnectionResetError("it has ended")
        self.transport.write(data)

    def close(self) -> None:
        """End it, or the attempt to make it."""
        self.errand = None
        if self._is_open:
            self.transport.abortConnection()
        else:
            self.connector.disconnect()
