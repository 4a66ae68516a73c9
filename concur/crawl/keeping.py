"""A crawl's connections, whatever they are made of: those in use, and those that wait for their next request. Tier 0.

What must not live here: how bytes are sent and awaited, which is the model's own.
"""

import socket
from typing import Generic, Protocol, TypeVar

from concur.crawl.addresses import Address
from concur.crawl.plan import Origin
from concur.wire.faults import NO_ANSWER, WireError
from concur.wire.http import Connection


class Line(Protocol):
    """A connection to an origin, and what is said on it."""

    origin: Origin
    http: Connection

    def close(self) -> None:
        """End it."""


L = TypeVar("L", bound=Line)


class Kept(Generic[L]):
    """Lines that are in nobody's use, so many at most. Several threads may take and keep at a time."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lines: list[L] = []

    def take(self, origin: Origin) -> L | None:
        """One to that origin, for a request; None if there is none."""
        while line := next((each for each in list(self._lines) if each.origin == origin), None):
            try:
                self._lines.remove(line)
            except ValueError:  # another thread was faster; one that was kept meanwhile is as good
                continue
            return line
        return None

    def keep(self, line: L) -> None:
        """A request has ended: the line waits for the next, or ends."""
        if line.http.is_reusable and len(self._lines) < self._most:
            self._lines.append(line)
        else:
            line.close()

    def leave_others(self, origin: Origin) -> None:
        """End those to other origins."""
        for line in [each for each in self._lines if each.origin != origin]:
            self._lines.remove(line)
            line.close()

    def close(self) -> None:
        """End them all."""
        while self._lines:
            self._lines.pop().close()


def had_ended(line: Line, error: BaseException) -> bool:
    """Whether an error means that a kept line's server had ended it before it saw the request.

    The same attempt may then go out again on a new one: RFC 9112, 9.3.1, lets a client repeat a GET.
    """
    is_end = isinstance(error, ConnectionError) or (isinstance(error, WireError) and error.kind == NO_ANSWER)
    return is_end and line.http.has_served and line.http.is_unanswered


def shut(connection: socket.socket) -> None:
    """Wake whoever waits for this socket, to connect or for an answer: no more comes."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it has ended already


def new_socket(address: Address) -> socket.socket:
    """One to connect to that address by, which sends what it is given at once."""
    made = socket.socket(address[0], socket.SOCK_STREAM)
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made
