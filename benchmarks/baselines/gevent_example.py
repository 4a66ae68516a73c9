"""gevent's own example: https://github.com/gevent/gevent/blob/master/examples/echoserver.py

Changed to send back bytes, as much as the models read, where it reads lines from
a file object, to print nothing, and to use the socket it is given until it is
told to stop.
"""

import socket

from gevent.server import StreamServer
from gevent.socket import wait_read

from concur.echo.contract import READ_BYTES, Service, Stop


def echo(connection: socket.socket, address: object) -> None:
    try:
        while data := connection.recv(READ_BYTES):
            connection.sendall(data)
    except ConnectionError:
        pass  # gevent would print it


def serve(listener: socket.socket, stop: Stop, service: Service) -> None:
    server = StreamServer(listener, echo)
    server.start()
    wait_read(stop.fileno())
    server.stop(timeout=0)
