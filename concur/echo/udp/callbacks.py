"""The datagram server as callbacks: a reactor says that there is something to read, and calls.

No state is kept of anybody, so there is less to it than to its neighbour by
streams. A wait is a timer that holds the datagram.
"""

import socket

from concur.echo.contract import Service, Stop
from concur.echo.udp.contract import Datagram, Datagrams
from concur.kernel.reactor import Reactor


def serve(bound: socket.socket, stop: Stop, service: Service) -> None:
    """Let the reactor call `readable`, until the stop and the last reply."""
    reactor = Reactor()
    service.notes["poller"] = reactor.poller
    server = Server(Datagrams(bound, service), reactor)
    reactor.on_readable(stop, lambda: server.finish(stop))
    reactor.run()
    reactor.close()
    server.own.tell()


class Server:
    """The one socket."""

    def __init__(self, own: Datagrams, reactor: Reactor) -> None:
        self.own, self.reactor, self.dose = own, reactor, own.service.dose
        self.answer = self.work if own.service.is_dosed else own.give
        self.waiting = 0  # datagrams that timers hold
        self.is_finishing = False
        reactor.on_readable(own.socket, self.readable)

    def readable(self) -> None:
        """A datagram has come. If it is not the only one, we are called again."""
        if datagram := self.own.take():
            self.answer(datagram)

    def work(self, datagram: Datagram) -> None:
        """With a dose: compute, wait, and send it back."""
        self.dose.compute(datagram[0])
        if self.dose.wait_s:
            self.waiting += 1
            self.reactor.call_later(self.dose.wait_s, lambda: self.reply(datagram))
        else:
            self.own.give(datagram)

    def reply(self, datagram: Datagram) -> None:
        """Its wait is over."""
        self.waiting -= 1
        self.own.give(datagram)
        self.ended()

    def finish(self, stop: Stop) -> None:
        """The stop: read no more, but what is there."""
        self.reactor.on_readable(stop, None)
        self.reactor.forget(self.own.socket)
        for datagram in self.own.remaining():
            self.answer(datagram)
        self.is_finishing = True
        self.ended()

    def ended(self) -> None:
        """The last reply ends the loop."""
        if self.is_finishing and not self.waiting:
            self.reactor.stop()
