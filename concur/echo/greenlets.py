"""The echo server with a greenlet for each connection, switched by our reactor.

The code of a connection is that of `threads` once more, and each connection has
a stack of its own; but nobody takes turns behind its back. A `recv` that has to
wait switches to the hub, the one greenlet that runs the reactor, and what the
reactor calls is nothing but the switch back: see `Greenlets`. That is what gevent
does, with a loop in C and without the general case.
"""

import socket

from greenlet import getcurrent, greenlet

from concur.echo.contract import READ_BYTES, Lines, Service, Stop
from concur.kernel.green_threads import Hub, Kill, Stream, Waiter
from concur.kernel.reactor import Callback


def serve(listener: socket.socket, stop: Stop, service: Service) -> None:
    """Spawn a greenlet that accepts; at the stop take what the backlog holds, and be the hub until all have ended."""
    with Greenlets() as hub:
        service.notes["poller"] = hub.reactor.poller
        acceptor = hub.spawn(accept, listener, service, hub)
        hub.run_until(stop)
        hub.kill(acceptor)
        for connection in service.backlog(listener):
            spawn(connection, service, hub)
        listener.close()
        hub.join()


def accept(listener: socket.socket, service: Service, hub: Hub) -> None:
    """Take connections for ever."""
    with Waiter(listener, hub) as clients:
        while True:
            clients.wait_read()
            if connection := service.accept(listener):
                spawn(connection, service, hub)
            else:
                clients.sleep(service.pause_s)


def spawn(connection: socket.socket, service: Service, hub: Hub) -> None:
    """A greenlet for a connection."""
    hub.spawn(work if service.is_dosed else echo, connection, service, hub)


def echo(connection: socket.socket, service: Service, hub: Hub) -> None:
    """What comes in goes out, until the peer ends its side."""
    with service.attend(connection), Stream(connection, hub) as stream:
        while data := stream.recv(READ_BYTES):
            stream.sendall(data)


def work(connection: socket.socket, service: Service, hub: Hub) -> None:
    """With a dose: for each line, compute, wait, and send it back."""
    lines, dose = Lines(), service.dose
    with service.attend(connection), Stream(connection, hub) as stream:
        while not lines.at_end:
            for line in lines.feed(stream.recv(READ_BYTES)):
                if computing := service.compute(line):
                    stream.wait_done(computing)
                if dose.wait_s:
                    stream.sleep(dose.wait_s)
                stream.sendall(line)


class Greenlets(Hub):
    """The greenlet that runs the reactor. It is the parent of all others: where they end, or fail, it goes on."""

    def __init__(self) -> None:
        super().__init__()
        self._own = getcurrent()

    def start(self, live: Callback) -> Kill:
        """A greenlet begins when somebody first switches to it. It is ended by an exception thrown into it."""
        child = greenlet(live, self._own)
        self.reactor.call_soon(child.switch)
        return child.throw

    def parking(self) -> tuple[Callback, Callback]:
        """To let go is to switch to the hub, to be woken is to be switched to: each side says who is to go on."""
        return self._own.switch, getcurrent().switch
