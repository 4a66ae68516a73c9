"""Ends a connection with a reset, which may overtake what the peer has not read yet."""

import socket
import struct

from threaded import serve_with  # type: ignore[import-not-found] # a neighbour of the file that is served


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def serve(listener, stop, service):
    serve_with(listener, stop, service, end=reset)
