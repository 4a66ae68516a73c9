"""The request to stop: how it comes, who hears of it, and what becomes of those who do not. Tier 0.

Signals are handled here alone. What must not live here: connections, which the
contract's Service drains when it hears of the request.
"""

import os
import select
import signal
from collections.abc import Callable
from types import FrameType

GRACE_S = 5.0  # from the request to stop until what is left is forced
AGAIN_S = 0.1  # until a signal that may have gone unheard is sent again


class Stop:
    """The request to stop: a descriptor that becomes readable, and callbacks.

    A loop watches `fileno()` like any other descriptor. It stays readable, so
    any number of loops may watch it. A model that blocks is woken by the
    callbacks, which run in the main thread, in the signal's handler.
    """

    def __init__(self, grace_s: float = GRACE_S) -> None:
        self._grace_s = grace_s
        self._readable, self._writable = os.pipe()
        os.set_blocking(self._writable, False)
        self._on_request: list[Callable[[], object]] = []
        self._on_grace_over: list[Callable[[], object]] = []
        self._on_abort: list[Callable[[], object]] = []
        self._is_in_worker = False
        self._signals = 0
        self.is_requested = False

    def fileno(self) -> int:
        """The descriptor that becomes readable."""
        return self._readable

    def on_request(self, callback: Callable[[], object]) -> None:
        """Call it when the stop is requested, to begin draining; at once, if it has been."""
        self._on_request.append(callback)
        if self.is_requested:
            callback()

    def on_grace_over(self, callback: Callable[[], object]) -> None:
        """Call it when the grace period has passed: to force what is left."""
        self._on_grace_over.append(callback)

    def on_abort(self, callback: Callable[[], object]) -> None:
        """Call it at the second signal, before the process ends at once: to take children along."""
        self._on_abort.append(callback)

    def request(self) -> None:
        """Ask to stop. Again has no effect."""
        if self.is_requested:
            return
        self.is_requested = True
        os.write(self._writable, b"!")
        for callback in self._on_request:
            callback()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Block until the stop is requested, at most so many seconds if any are given; whether it was."""
        return bool(select.select([self._readable], [], [], timeout_s)[0])

    def handle_signals(self) -> None:
        """SIGTERM and SIGINT request the stop; the second of them exits at once. Main thread only.

        The wake-up descriptor closes a race: a signal that arrives just before
        a blocking call begins does not interrupt it, but the C handler writes
        its byte all the same, and `select` sees that.
        """
        signal.set_wakeup_fd(self._writable, warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._handle)
        signal.signal(signal.SIGALRM, self._grace_is_over)

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        self._signals += 1
        if self._signals == 1:
            signal.setitimer(signal.ITIMER_REAL, max(self._grace_s, 1e-3), AGAIN_S)  # 0 would disarm it
            self.request()  # a loop in a thread may have done so already: it hears of a signal sooner than we do
        elif not self._is_in_worker:
            for callback in self._on_abort:
                callback()
            os._exit(128 + number)

    def _grace_is_over(self, _number: int, _frame: FrameType | None) -> None:
        self.end_grace()

    def end_grace(self) -> None:
        """The grace period is over: force what is left. Again has no effect on what has been forced.

        The timer goes on: a signal that arrives just before a blocking call begins is heard after that call.
        """
        for callback in self._on_grace_over:
            callback()

    def renew_in_worker(self) -> None:
        """In a forked worker: a pipe of its own, under the same numbers, and its parent decides when to end at once."""
        readable, writable = os.pipe()
        os.set_blocking(writable, False)
        for own, inherited in ((readable, self._readable), (writable, self._writable)):
            os.dup2(own, inherited)
            os.close(own)
        self._is_in_worker = True
        if self.is_requested:
            os.write(self._writable, b"!")

    def close(self) -> None:
        """Give the descriptors back, and the signals' handling if it was taken."""
        if signal.getsignal(signal.SIGTERM) == self._handle:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM):
                signal.signal(number, signal.SIG_DFL)
        os.close(self._readable)
        os.close(self._writable)
