"""The echo server, one connection at a time: the baseline.

It blocks in `recv` until the peer has something to say. Meanwhile everyone else
stands in the kernel's backlog, connected and unserved. For one client nothing
is simpler or faster; with two, the second waits for the first to leave.
"""

import socket
import time

from concur.echo.contract import READ_BYTES, Lines, Service, Stop


def serve(listener: socket.socket, stop: Stop, service: Service) -> None:
    """Serve each connection to its end before the next is taken."""
    answer = work if service.is_dosed else echo
    for connection in service.connections(listener, stop):
        answer(connection, service)
    listener.close()


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
                if computing := service.compute(line):
                    computing.result()
                if dose.wait_s:
                    time.sleep(dose.wait_s)
                connection.sendall(line)
