"""Connections that wait for their next request, whatever they are made of. Tier 0.

What must not live here: how bytes are sent and awaited, which is the model's own.
"""

from typing import Generic, Protocol, TypeVar

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
        for line in list(self._lines):
            if line.origin == origin:
                try:
                    self._lines.remove(line)
                except ValueError:  # another thread was faster
                    continue
                return line
        return None

    def keep(self, line: L) -> None:
        """A request has ended: the line waits for the next, or ends."""
        if line.http.is_reusable and len(self._lines) < self._most:
            self._lines.append(line)
        else:
            line.close()

    def close(self) -> None:
        """End them all."""
        while self._lines:
            self._lines.pop().close()


def had_ended(line: Line, error: WireError | OSError) -> bool:
    """Whether an error means that a kept line's server had ended it before it saw the request.

    The same attempt may then go out again on a new one: RFC 9112, 9.3.1, lets a client repeat a GET.
    """
    is_end = isinstance(error, ConnectionError) or (isinstance(error, WireError) and error.kind == NO_ANSWER)
    return is_end and line.http.has_served and line.http.is_unanswered
