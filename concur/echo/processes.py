"""The echo server with a process for each connection.

The code of a connection is again that of `sequential`. The kernel copies the
whole process for it, or rather the page tables: a page is copied when somebody
writes to it. Nothing is shared, so there is no GIL between two of them, and one
that crashes takes nobody along. What it costs is the fork, and the memory.
"""

import socket
import time

from concur.echo.contract import READ_BYTES, Lines, Service, Stop
from concur.echo.forked import Children


def serve(listener: socket.socket, stop: Stop, service: Service) -> None:
    """Fork for each connection; at the end, wait for all of them."""
    answer = work if service.is_dosed else echo
    children = Children(stop, service)

    def run(service: Service) -> None:
        listener.close()  # else the port would stay open for as long as this child lives
        answer(connection, service)

    for connection in service.connections(listener, stop, children):
        try:
            children.fork(run)
        except OSError:
            pass  # no more processes to be had: this peer has to go, the others stay
        connection.close()  # here; the child has its own
    listener.close()
    children.wait()


def echo(connection: socket.socket, service: Service) -> None:
    """What comes in goes out, until the peer ends its side."""
    with service.attend(connection):
        while data := connection.recv(READ_BYTES):
            connection.sendall(data)


def work(connection: socket.socket, service: Service) -> None:
    """With a dose: for each line, compute, wait, and send it back."""
    lines, dose = Lines(), service.dose
    with service.attend(connection):
        while not lines.at_end:
            for line in lines.feed(connection.recv(READ_BYTES)):
                dose.compute(line)
                if dose.wait_s:
                    time.sleep(dose.wait_s)
                connection.sendall(line)
