"""The echo server with a Stackless tasklet for each connection.

Another way to write what `greenlets` writes: no one is switched to by name. A
connection that has to wait receives from a channel, on which the reactor sends
once the socket is ready; who runs when is the scheduler's business. The reactor
runs in the main tasklet. On PyPy the tasklets are its own (`stackless`), made of
continulets; elsewhere `kernel/tasklets.py` makes them of greenlets.
"""

import socket
from functools import partial

from concur.echo.contract import READ_BYTES, Lines, Service, Stop
from concur.kernel.green_threads import Hub, Kill, Stream, Waiter
from concur.kernel.reactor import Callback
from concur.kernel.tasklets import STACKLESS, channel, need_main, schedule, tasklet


def serve(listener: socket.socket, stop: Stop, service: Service) -> None:
    """Spawn a tasklet that accepts; at the stop take what the backlog holds, and be the hub until all have ended."""
    with Tasklets() as hub:
        service.notes |= {"poller": hub.reactor.poller, "stackless": STACKLESS}
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
    """A tasklet for a connection."""
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


class Tasklets(Hub):
    """The main tasklet, which runs the reactor. An error that another one does not catch comes out of it."""

    def __init__(self) -> None:
        need_main()
        super().__init__()

    def start(self, live: Callback) -> Kill:
        """A tasklet stands in line from the first, and begins at the latest when the hub itself goes to the end."""
        child = tasklet(live)()
        self.reactor.call_soon(schedule)
        return child.kill

    def parking(self) -> tuple[Callback, Callback]:
        """To let go is to receive, to be woken is to be sent something. A `send` that nobody takes would block all."""
        ready = channel()
        return ready.receive, partial(ready.send, None)
