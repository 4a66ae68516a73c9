"""The crawler in green threads on our reactor, of either kind: what `greenlets` and `tasklets` share. Tier 0.

The code of a request is that of `threads`, and its sockets have the calls of
blocking ones; but it is the green thread alone that they block. What must not
live here: greenlets and tasklets themselves.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

from concur.crawl import blocking
from concur.crawl.addresses import Address
from concur.crawl.blocking import READ_BYTES
from concur.crawl.contract import Crawl
from concur.crawl.frontier import Job
from concur.crawl.keeping import new_socket
from concur.crawl.reacting import grace
from concur.echo.stop import Stop
from concur.kernel.green_threads import Hub, Stream, Waiter
from concur.wire.faults import WireError
from concur.wire.http import Response
from concur.wire.urls import Url


def carry_out(crawl: Crawl, stop: Stop, hub: Hub) -> None:
    """Spawn a green thread for each request that may begin, and be the hub until one ends, or the stop, or a time."""
    lines, reactor = blocking.Lines(crawl, partial(Line, hub), partial(look_up, hub, crawl)), hub.reactor

    def work(job: Job) -> None:
        crawl.settle(job, lines.fetch(job))
        reactor.stop()

    def hear() -> None:
        reactor.on_readable(stop, None)
        reactor.stop()

    reactor.on_readable(stop, hear)
    with grace(stop, reactor, lines.end):
        while crawl.in_flight or not (crawl.is_done or stop.is_requested):
            while not stop.is_requested and (job := crawl.take()):
                hub.spawn(work, job)
            wait_s = None if stop.is_requested else crawl.wait_s()
            timer = None if wait_s is None else reactor.call_later(wait_s, reactor.stop)
            reactor.run()
            if timer:
                timer.cancel()
    reactor.forget(stop)
    lines.close()


def look_up(hub: Hub, crawl: Crawl, host: str, port: int) -> list[Address]:
    """A host's addresses: another thread asks, since that blocks. The socket is only to wait by."""
    with socket.socket() as anything, Waiter(anything, hub) as waiter:
        return waiter.wait_done(crawl.addresses.asked(host, port))


class Line(blocking.Line):
    """A connection that serves one green thread after the other, each of which waits in its own way."""

    def __init__(self, hub: Hub, crawl: Crawl, url: Url) -> None:
        super().__init__(crawl, url)
        self._hub = hub
        self._is_overdue = False

    def connected(self, address: Address) -> socket.socket:
        """A socket that is."""
        self._socket = new_socket(address)
        with self._stream(self._socket) as stream:
            stream.connect(address[1])
        return self._socket

    def ask(self, url: Url, agent: str) -> Response:
        """The response to a GET."""
        assert self._socket
        with self._stream(self._socket) as stream:
            return self.talk(url, agent, stream.sendall, partial(stream.recv, READ_BYTES))

    @contextmanager
    def _stream(self, connection: socket.socket) -> Iterator[Stream]:
        """For the current green thread, and for so long at most. Raises TimeoutError."""
        timer = self._hub.reactor.call_later(self._timeout_s, self._expire)
        try:
            with Stream(connection, self._hub) as stream:
                yield stream
        except (OSError, WireError):
            if self._is_overdue:
                raise TimeoutError from None
            raise
        finally:
            timer.cancel()

    def _expire(self) -> None:
        self._is_overdue = True
        self.end()
