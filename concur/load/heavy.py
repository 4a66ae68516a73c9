"""One peer that asks for heavy lines, one after the other: the request that others suffer from. Tier 1.

It is no load: nothing of it is timed, and a thread of the harness is enough
for the few a second that there are. What must not live here: the light load,
which is the engine's.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from concur.echo.dose import HEAVY
from concur.errors import LoadError

CONNECT_S = 10.0


class HeavyPeer:
    """A connection that always has one heavy line under way. `answered` counts those that came back whole.

    failure is why it ended before it was told to, and empty as long as it goes on.
    """

    def __init__(self, connection: socket.socket) -> None:
        self.answered = 0
        self.failure = ""
        self._connection = connection
        self._is_over = False
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        try:
            while not self._is_over:
                self._ask()
                self.answered += 1
        except (OSError, LoadError) as error:
            self.failure = "" if self._is_over else str(error)

    def _ask(self) -> None:
        self._connection.sendall(HEAVY)
        reply = b""
        while len(reply) < len(HEAVY):
            if not (data := self._connection.recv(len(HEAVY) - len(reply))):
                raise LoadError("the server closed the heavy peer's connection")
            reply += data
        if reply != HEAVY:
            raise LoadError("the heavy peer got another line than it sent", why=repr(reply))

    def end(self) -> None:
        """Leave, though a line is under way, and no thread behind."""
        self._is_over = True
        with suppress(OSError):  # the server has gone before
            self._connection.shutdown(socket.SHUT_RDWR)
        self._thread.join()


@contextmanager
def heavy_peer(host: str, port: int) -> Iterator[HeavyPeer]:
    """A peer at work for as long as the context. Raises LoadError where it cannot connect."""
    try:
        connection = socket.create_connection((host, port), CONNECT_S)
    except OSError as error:
        raise LoadError("the heavy peer cannot connect", why=error.strerror or str(error)) from None
    with connection:
        connection.settimeout(None)
        peer = HeavyPeer(connection)
        try:
            yield peer
        finally:
            peer.end()
