"""The echo server with a fixed set of processes, forked before anybody has connected.

All of them block in `accept` on one listener. The kernel wakes one for each
connection, whoever has waited longest, so that connections go round. Each
serves its connection to the end: as many peers as processes are served at a
time, the others stand in the backlog.
"""

import socket
import time

from concur.echo.contract import READ_BYTES, Lines, Service, Stop
from concur.echo.forked import Children


def serve(listener: socket.socket, stop: Stop, service: Service) -> None:
    """Fork the pool, and look after it until the stop.

    The listener is one for all, and so is its mode: once it does not block,
    whoever the signal wakes in `accept` finds that there is nothing to wait for.
    """
    listener.setblocking(True)
    stop.on_request(lambda: listener.setblocking(False))
    children = Children(stop, service)
    children.fork_all([lambda service: accept(listener, stop, service)] * service.pool)
    children.watch()
    listener.close()
    children.wait()


def accept(listener: socket.socket, stop: Stop, service: Service) -> None:
    """Take a connection, serve it, take the next; at the stop, what the backlog holds."""
    answer = work if service.is_dosed else echo
    while not stop.is_requested:
        if connection := service.accept(listener):
            answer(connection, service)
        elif service.pause_s:
            stop.wait(service.pause_s)
    for connection in service.backlog(listener):
        connection.setblocking(True)
        answer(connection, service)


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
