"""To connect without blocking: its beginning and its end. Who waits between does so in a way of its own. Tier 0."""

import errno
import os
import socket
from typing import Any


def begin(connection: socket.socket, address: tuple[Any, ...]) -> bool:
    """Begin to connect a socket that does not block; whether that is under way, till it is writable. Raises OSError."""
    error = connection.connect_ex(address)
    if error not in (0, errno.EINPROGRESS):
        raise OSError(error, os.strerror(error))
    return error != 0


def finish(connection: socket.socket) -> None:
    """It has become writable. Raises OSError if the connection has not been made (connect(2), EINPROGRESS)."""
    if error := connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
        raise OSError(error, os.strerror(error))
