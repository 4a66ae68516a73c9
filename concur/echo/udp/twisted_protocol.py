"""The datagram server as a Twisted protocol: the reactor reads, and calls us with each datagram.

`asyncio_protocol` is the neighbour. A port keeps nothing that it sends: what
the kernel does not take is an error here, and dropped. And it reads on until
there is nothing more, or it has had 256 KiB: so one call in vain for most.
"""

import socket
from typing import Any

from twisted.internet.protocol import DatagramProtocol

from concur.echo.contract import Service, Stop
from concur.echo.twisted_protocol import Readable, close, install_reactor
from concur.echo.udp.contract import DATAGRAM_BYTES, Datagram, Datagrams, is_loss


def serve(bound: socket.socket, stop: Stop, service: Service) -> None:
    """Let the reactor call, until the stop and the last reply."""
    reactor = install_reactor()
    service.notes["loop"] = f"{type(reactor).__module__}.{type(reactor).__qualname__}"
    own = Datagrams(bound, service)
    echo = (Work if service.is_dosed else Echo)(own, reactor)
    reactor.adoptDatagramPort(bound.fileno(), bound.family, echo, maxPacketSize=DATAGRAM_BYTES)
    stopping = Readable(stop, lambda: echo.finish(stopping))
    reactor.addReader(stopping)
    stop.on_request(echo.pause)
    reactor.run(installSignalHandlers=False)
    close(reactor)
    own.tell()


class Echo(DatagramProtocol):
    """What comes goes back to where it came from."""

    transport: Any

    def __init__(self, own: Datagrams, reactor: Any) -> None:
        self.own, self.reactor = own, reactor
        self.waiting = 0  # datagrams that timers hold
        self.is_closed = False

    def datagramReceived(self, data: bytes, address: Any) -> None:
        """Something came."""
        self.own.received += 1
        self.answer((data, address))

    def answer(self, datagram: Datagram) -> None:
        """Send it back, or drop it."""
        try:
            self.transport.write(*datagram)
            self.own.echoed += 1
        except OSError as error:
            if not is_loss(error):
                raise
            self.own.dropped += 1

    def pause(self) -> None:
        """The stop, in the signal's handler: of those 256 KiB read no more, which may be very many datagrams."""
        self.transport.maxThroughput = 0

    def finish(self, stopping: Readable) -> None:
        """Then, in the reactor's: read no more, but what is there."""
        self.reactor.removeReader(stopping)
        self.transport.stopListening()  # reads no more from now on, and closes in a turn of its own
        for datagram in self.own.remaining():
            self.answer(datagram)

    def stopProtocol(self) -> None:
        """The port is closed."""
        self.is_closed = True
        self.ended()

    def ended(self) -> None:
        """The last reply ends the reactor."""
        if self.is_closed and not self.waiting:
            self.reactor.stop()


class Work(Echo):
    """With a dose: compute, wait, and send it back. The wait is a timer."""

    def answer(self, datagram: Datagram) -> None:
        """Begin with the computing."""
        dose = self.own.service.dose
        dose.compute(datagram[0])
        if dose.wait_s:
            self.waiting += 1
            self.reactor.callLater(dose.wait_s, self.reply, datagram)
        else:
            super().answer(datagram)

    def reply(self, datagram: Datagram) -> None:
        """Its wait is over. The port may be closed meanwhile, but not our socket."""
        self.waiting -= 1
        self.own.give(datagram)
        self.ended()
