"""The least that a Python program can do to echo: epoll, recv, send. What any model adds to this is its price.

It is no model: it has no dose, it blocks when a peer does not read, and its end
is the process's.

    python -m concur.serve benchmarks/baselines/bare_epoll.py
"""

import select
import socket

from concur.echo.contract import READ_BYTES, Service, Stop


def serve(listener: socket.socket, stop: Stop, service: Service) -> None:
    """Echo until the stop."""
    poller, connections = select.epoll(), dict[int, socket.socket]()
    poller.register(listener, select.EPOLLIN)
    poller.register(stop, select.EPOLLIN)
    while not stop.is_requested:
        for number, _ in poller.poll():
            if number in connections:
                try:
                    data = connections[number].recv(READ_BYTES)
                    connections[number].sendall(data)
                except ConnectionError:
                    data = b""
                if not data:
                    connections.pop(number).close()
            elif connection := service.accept(listener):
                connections[connection.fileno()] = connection
                poller.register(connection, select.EPOLLIN)
