"""The echo server as a Twisted protocol: the reactor reads and writes, and calls our methods.

asyncio took its protocols from here, so `asyncio_protocol` is the neighbour.
What differs: one reactor for the process, made when it is first imported; a
transport that never sends in the call to `write`, but in the reactor's next
turn; and flow control by name, where who produces is paused by who consumes.
"""

import socket
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from twisted.internet import default, tcp
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from concur.echo.contract import READ_BYTES, Lines, LineTooLong, Service, Stop, is_peers_fault

if TYPE_CHECKING:
    from concurrent.futures import Future

NOWHERE = ("", 0)  # where a peer is, which an echo need not ask


def serve(listener: socket.socket, stop: Stop, service: Service) -> None:
    """Let the reactor call `accept`, until the stop and the last connection's end."""
    reactor = install_reactor()
    service.notes["loop"] = f"{type(reactor).__module__}.{type(reactor).__qualname__}"
    Server(listener, stop, service, reactor)
    reactor.run(installSignalHandlers=False)
    close(reactor)


def install_reactor() -> Any:
    """The reactor that suits the system: epoll's on Linux. Raises ReactorAlreadyInstalledError for a second one."""
    default.install()
    from twisted.internet import reactor  # a module no longer, but the reactor: nobody may import it before

    return reactor


def close(reactor: Any) -> None:
    """Give back what a reactor keeps: it is meant to last as long as its process, and has nothing to close it by."""
    reactor.waker.connectionLost(None)
    poller: Any = getattr(reactor, "_poller", None)
    if hasattr(poller, "close"):  # epoll's; poll and select have no descriptor
        poller.close()


class Readable:
    """A descriptor of ours, as a reactor wants it (IReadDescriptor): `doRead` is called when it is readable."""

    def __init__(self, source: socket.socket | Stop, called: Callable[[], object]) -> None:
        self.fileno, self.doRead = source.fileno, called

    def logPrefix(self) -> str:
        """Its name in a log."""
        return "concur"

    def connectionLost(self, reason: Failure) -> None:
        """The reactor ends: the descriptor is its owner's to close."""


class Server:
    """The listening socket. Out of descriptors, Twisted's own accepts and closes at once; here, who comes may wait."""

    def __init__(self, listener: socket.socket, stop: Stop, service: Service, reactor: Any) -> None:
        self.listener, self.service, self.reactor = listener, service, reactor
        self.computing = 0  # lines that others compute for, whose threads will call the reactor
        self.waiting, self.stopping = Readable(listener, self.accept), Readable(stop, self.finish)
        reactor.addReader(self.waiting)
        reactor.addReader(self.stopping)

    def accept(self) -> None:
        """Somebody has connected. Out of descriptors, the listener is left alone for a while."""
        if connection := self.service.accept(self.listener):
            self.connect(connection)
        elif self.service.pause_s:
            self.reactor.removeReader(self.waiting)
            self.reactor.callLater(self.service.pause_s, self.resume)

    def resume(self) -> None:
        """Accept again, unless the stop came first."""
        if self.listener.fileno() >= 0:
            self.reactor.addReader(self.waiting)

    def connect(self, connection: socket.socket) -> None:
        """Give a connection its protocol and its transport, as Twisted's own listener does."""
        protocol: Any = (Work if self.service.is_dosed else Echo)(self)
        transport = Transport(connection, protocol, NOWHERE, None, 0, self.reactor)  # type: ignore[arg-type] # no Port
        protocol.makeConnection(transport)

    def finish(self) -> None:
        """The stop: accept no more, but what the backlog holds."""
        self.reactor.removeReader(self.stopping)
        self.reactor.removeReader(self.waiting)
        for connection in self.service.backlog(self.listener):
            self.connect(connection)
        self.listener.close()
        self.ended()

    def ended(self) -> None:
        """A connection has ended: the last one ends the reactor, when nobody is to call it any more."""
        if self.listener.fileno() < 0 and not self.service.open and not self.computing:
            self.reactor.stop()


class Transport(tcp.Server):
    """A connection, as Twisted's own listener makes it. Left to itself it drops what is unsent when the peer ends."""

    bufferSize = READ_BYTES  # of a read; and when more is unsent, whoever produces it has to pause
    protocol: Any

    def readConnectionLost(self, reason: Failure) -> None:
        """The peer has ended its side: for the protocol to say what follows."""
        self.protocol.readConnectionLost()


class Echo(Protocol):
    """What comes in goes out, until the peer ends its side: then the transport flushes and closes."""

    transport: Any

    def __init__(self, server: Server) -> None:
        self.server = server

    def fileno(self) -> int:
        """The connection's descriptor, also when it has been closed."""
        return self.descriptor

    def connectionMade(self) -> None:
        """A connection has been accepted. Its transport consumes what its transport produces."""
        self.descriptor: int = self.transport.fileno()
        self.server.service.opened(self)
        self.transport.registerProducer(self.transport, streaming=True)

    def dataReceived(self, data: bytes) -> None:
        """Something came."""
        self.transport.write(data)

    def readConnectionLost(self) -> None:
        """The peer has ended its side."""
        self.close()

    def close(self) -> None:
        """Flush and close, for which the transport waits as long as somebody may produce."""
        self.transport.unregisterProducer()
        self.transport.loseConnection()

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        """The end, whoever caused it. A peer's fault is no news; the reactor logs any other."""
        self.server.service.closed(self)
        self.server.ended()


class Work(Echo):
    """With a dose: for each line, compute, wait, and send it back. The wait is a timer, the order a queue."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self.lines, self.queue = Lines(), deque[bytes]()
        self.timer: Any = None
        self.is_full = False  # the transport's buffer: the peer does not read

    def connectionMade(self) -> None:
        """A connection has been accepted. What its transport consumes, we produce."""
        super().connectionMade()
        self.transport.unregisterProducer()
        self.transport.registerProducer(self, streaming=True)

    def dataReceived(self, data: bytes) -> None:
        """Queue the lines, and read no more until all are answered."""
        try:
            self.queue += self.lines.feed(data)
        except LineTooLong:
            self.transport.abortConnection()
            return
        if self.queue:
            self.transport.pauseProducing()
            self.next()

    def next(self) -> None:
        """Line after line, in a loop: calls would nest as deep as there are lines. When there is none, read on."""
        while self.queue:
            if computing := self.server.service.compute(self.queue[0]):
                self.server.computing += 1
                computing.add_done_callback(partial(self.server.reactor.callFromThread, self.computed))
                return
            if self.waits():
                return
            self.transport.write(self.queue.popleft())
        if self.lines.at_end:
            self.close()
        elif not self.is_full:
            self.transport.resumeProducing()

    def computed(self, computing: "Future[int]") -> None:
        """Others have done the computing: go on where it would have ended, if the peer is still there."""
        self.server.computing -= 1
        if not self.transport.connected:
            self.server.ended()
        elif error := computing.exception():
            self.transport.abortConnection()
            if not is_peers_fault(error):
                raise error
        elif not self.waits():
            self.reply()

    def waits(self) -> bool:
        """Whether a timer is to send the line, since there is a wait."""
        wait_s = self.server.service.dose.wait_s
        if wait_s:
            self.timer = self.server.reactor.callLater(wait_s, self.reply)
        return bool(wait_s)

    def reply(self) -> None:
        """Send the line that the work was done for."""
        self.transport.write(self.queue.popleft())
        self.next()

    def readConnectionLost(self) -> None:
        """The peer has ended its side; it gets what it is owed."""
        self.queue += self.lines.feed(b"")
        self.next()

    def pauseProducing(self) -> None:
        """The peer does not read: what is queued goes out yet, but no more is read."""
        self.is_full = True
        self.transport.pauseProducing()

    def resumeProducing(self) -> None:
        """It has read. While lines are queued, their end reads on."""
        self.is_full = False
        if not self.queue:
            self.transport.resumeProducing()

    def stopProducing(self) -> None:
        """Nobody is left to wait for."""
        if self.timer and self.timer.active():
            self.timer.cancel()
