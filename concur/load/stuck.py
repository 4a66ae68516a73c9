"""Peers that send and never read, beside a load: what they do to the others is the server's doing. Tier 1.

They cost nothing once their buffers are full: nobody has to run for them.
"""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress

CHUNK = b"a line that nobody reads when it returns\n" * 1600  # about 64 KiB
FILL_S = 0.2  # a peer whose bytes nobody takes for that long is stuck
BUFFER_BYTES = 4096  # asked for on either side, so that little has to be sent


@contextmanager
def stuck_peers(host: str, port: int, count: int) -> Iterator[None]:
    """So many connections whose replies fill every buffer between the server and them, until the context ends."""
    with ExitStack() as held:
        for _ in range(count):
            _fill(held.enter_context(_connection(host, port)))
        yield


def _connection(host: str, port: int) -> socket.socket:
    peer = socket.socket()
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
    peer.settimeout(FILL_S)
    peer.connect((host, port))
    return peer


def _fill(peer: socket.socket) -> None:
    """Send until nothing more is taken, or the server has ended the connection."""
    with suppress(TimeoutError, ConnectionError):
        while True:
            peer.send(CHUNK)
