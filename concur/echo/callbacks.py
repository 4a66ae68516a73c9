"""The echo server as callbacks: a reactor says which socket is ready, and calls.

Nothing ever blocks, so nothing may wait either: what a thread keeps in local
variables (how far the reply has been sent, whether the peer has ended) is kept
in an object here, and each event does what it can and returns. Errors have no
caller to go to; every callback catches its own.
"""

import socket
from collections import deque
from functools import partial
from typing import TYPE_CHECKING

from concur.echo.contract import READ_BYTES, Lines, LineTooLong, Service, Stop, is_peers_fault
from concur.kernel.reactor import Reactor

if TYPE_CHECKING:
    from concurrent.futures import Future


def serve(listener: socket.socket, stop: Stop, service: Service) -> None:
    """Let the reactor call `accept`, until the stop and the last connection's end."""
    reactor = Reactor()
    service.notes["poller"] = reactor.poller
    server = Server(listener, service, reactor)
    reactor.on_readable(stop, lambda: server.finish(stop))
    reactor.run()
    reactor.close()


class Server:
    """The listening socket."""

    def __init__(self, listener: socket.socket, service: Service, reactor: Reactor) -> None:
        self.listener, self.service, self.reactor = listener, service, reactor
        self.answer = Work if service.is_dosed else Echo
        reactor.on_readable(listener, self.accept)

    def accept(self) -> None:
        """Somebody has connected. Out of descriptors, the listener is left alone for a while."""
        if connection := self.service.accept(self.listener):
            self.answer(connection, self)
        elif self.service.pause_s:
            self.reactor.on_readable(self.listener, None)
            self.reactor.call_later(self.service.pause_s, self.resume)

    def resume(self) -> None:
        """Accept again, unless the stop came first."""
        if self.listener.fileno() >= 0:
            self.reactor.on_readable(self.listener, self.accept)

    def finish(self, stop: Stop) -> None:
        """The stop: accept no more, but what the backlog holds."""
        self.reactor.on_readable(stop, None)
        for connection in self.service.backlog(self.listener):
            self.answer(connection, self)
        self.reactor.forget(self.listener)
        self.listener.close()
        self.ended()

    def ended(self) -> None:
        """A connection has ended: the last one ends the loop."""
        if self.listener.fileno() < 0 and not self.service.open:
            self.reactor.stop()


class Echo:
    """What comes in goes out, until the peer ends its side."""

    def __init__(self, connection: socket.socket, server: Server) -> None:
        self.connection, self.server = connection, server
        self.unsent = b""
        connection.setblocking(False)
        server.service.opened(connection)
        server.reactor.on_readable(connection, self.readable)

    def readable(self) -> None:
        """There is something to read: send it back at once."""
        try:
            data = self.connection.recv(READ_BYTES)
            if data:
                self.send(data)
            else:
                self.close()
        except BlockingIOError:
            pass  # the event was for another connection, which had the same number
        except OSError as error:
            self.fail(error)

    def send(self, data: bytes) -> None:
        """Send, and if not all of it went, read no more until the rest has gone."""
        try:
            sent = self.connection.send(data)
        except BlockingIOError:
            sent = 0
        if sent < len(data):
            self.unsent = data[sent:]
            self.server.reactor.on_readable(self.connection, None)
            self.server.reactor.on_writable(self.connection, self.writable)

    def writable(self) -> None:
        """There is room again."""
        self.server.reactor.on_writable(self.connection, None)
        data, self.unsent = self.unsent, b""
        try:
            self.send(data)
            if not self.unsent:
                self.sent()
        except OSError as error:
            self.fail(error)

    def sent(self) -> None:
        """All of it went: go on reading."""
        self.server.reactor.on_readable(self.connection, self.readable)

    def fail(self, error: BaseException) -> None:
        """A peer's fault ends its connection; anything else is ours, and is not hidden."""
        self.close()
        if not is_peers_fault(error):
            raise error

    def close(self) -> None:
        """Leave no trace."""
        self.server.reactor.forget(self.connection)
        self.server.service.closed(self.connection)
        self.connection.close()
        self.server.ended()


class Work(Echo):
    """With a dose: for each line, compute, wait, and send it back. The wait is a timer, the order a queue."""

    def __init__(self, connection: socket.socket, server: Server) -> None:
        super().__init__(connection, server)
        self.lines, self.queue = Lines(), deque[bytes]()

    def readable(self) -> None:
        """Queue the lines, and read no more until all are answered."""
        try:
            self.queue += self.lines.feed(self.connection.recv(READ_BYTES))
            self.server.reactor.on_readable(self.connection, None)
            self.sent()
        except BlockingIOError:
            pass  # as above
        except (OSError, LineTooLong) as error:
            self.fail(error)

    def sent(self) -> None:
        """Line after line, in a loop: calls would nest as deep as there are lines. When there is none, read on."""
        while self.queue and not self.unsent:
            if computing := self.server.service.compute(self.queue[0]):
                self.server.reactor.on_done(computing, partial(self.computed, computing))
                return
            if self.waits():
                return
            self.send(self.queue.popleft())
        if self.lines.at_end and not self.unsent:
            self.close()
        elif not self.unsent:
            super().sent()

    def computed(self, computing: "Future[int]") -> None:
        """Others have done the computing: go on where it would have ended."""
        if error := computing.exception():
            self.fail(error)
        elif not self.waits():
            self.reply()

    def waits(self) -> bool:
        """Whether a timer is to send the line, since there is a wait."""
        wait_s = self.server.service.dose.wait_s
        if wait_s:
            self.server.reactor.call_later(wait_s, self.reply)
        return bool(wait_s)

    def reply(self) -> None:
        """Send the line that the work was done for."""
        try:
            self.send(self.queue.popleft())
            self.sent()
        except OSError as error:
            self.fail(error)
