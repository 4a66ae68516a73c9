"""How other threads wake a loop that sleeps in the kernel: a pipe that it watches, and they write to.

Tier 0. It is an old trick (D. J. Bernstein, "The self-pipe trick"): what a loop
waits for are descriptors, so whatever else is to wake it has to become one.
Signals wake it in the same way (`concur/echo/stop.py`).
"""

import os
import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Waker(Generic[T]):
    """What other threads hand to a loop. It is readable as long as there is something to `take`."""

    def __init__(self) -> None:
        self._readable, self._writable = os.pipe()
        self._waiting: list[T] = []
        self._is_readable = self._is_closed = False
        self._lock = threading.RLock()  # a signal's handler may hand something over, too, in the midst of either

    def fileno(self) -> int:
        """The descriptor to watch."""
        return self._readable

    def wake(self, what: T) -> None:
        """Hand something over, from any thread. A loop that is closed by then has no use for it."""
        with self._lock:
            if self._is_closed:
                return  # to write now would reach whoever has the descriptor's number next
            self._waiting.append(what)
            if not self._is_readable:  # a byte for all of them: so the pipe never fills, and never blocks
                self._is_readable = True
                os.write(self._writable, b"!")

    def take(self) -> list[T]:
        """All that was handed over, in order; for the loop's thread."""
        with self._lock:
            if self._is_readable:
                os.read(self._readable, 64)  # a handler that came between another's question and its byte adds its own
                self._is_readable = False
            taken, self._waiting = self._waiting, []
            return taken

    def close(self) -> None:
        """Give the descriptors back."""
        with self._lock:
            self._is_closed = True
            os.close(self._readable)
            os.close(self._writable)
