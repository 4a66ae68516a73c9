"""News: what one task waits for, and any other may bring. Tier 0."""

import types
from collections.abc import Callable, Generator
from functools import partial
from typing import Any

from concur.kernel.trampoline import Runner, Trap, Undo


class News:
    """Something has happened, once or more, since it was last waited for. For one task to wait, and any to tell."""

    def __init__(self) -> None:
        self._is_there = False
        self._wake: Callable[[], None] | None = None

    def come(self) -> None:
        """Something has happened."""
        self._is_there = True
        if self._wake:
            wake, self._wake = self._wake, None
            wake()

    @types.coroutine
    def wait(self, seconds: float | None = None) -> Generator[Trap, Any, None]:
        """Until something has happened, or so many seconds have passed. `yield from` it, or `await` it."""
        if not self._is_there:
            yield partial(self._park, seconds)
        self._is_there = False

    def _park(self, seconds: float | None, runner: Runner, task: Any) -> Undo:
        timer = None if seconds is None else runner.reactor.call_later(seconds, self.come)

        def leave() -> None:
            self._wake = None
            if timer:
                timer.cancel()

        def wake() -> None:
            leave()
            runner.resume_soon(task)

        self._wake = wake
        return leave
