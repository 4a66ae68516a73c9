"""The trampoline: it runs generators, and bounces back to the reactor whenever one must wait.

Tier 0. A generator that must wait yields a trap, and stands still. The
trampoline calls the trap, as `trap(trampoline, generator)`, which arranges that
`resume` is called when the wait is over. That is all of it: many functions,
each written as if it were alone, one stack.

A generator waits inside another by `yield from`, which passes traps up and
values down; PEP 380 took over what trampolines used to do by hand.
"""

import types
from collections.abc import Callable, Generator
from typing import Any, Protocol

from concur.kernel.reactor import Reactor

Undo = Callable[[], object]
Trap = Callable[[Any, Any], Undo | None]  # trap(runner, task) -> how to undo it


class Runner(Protocol):
    """What a trap may rely on: the trampoline here, the kernel in `tasks.py`."""

    reactor: Reactor

    def resume(self, task: Any, value: Any = None) -> None:
        """Go on with a task that stands still; `value` is what its `yield` gives."""


class Trampoline:
    """Runs generators until none is left. An error that a generator does not catch comes out of `run`."""

    def __init__(self) -> None:
        self.reactor = Reactor()
        self._alive: set[Generator[Trap, Any, Any]] = set()

    def spawn(self, generator: Generator[Trap, Any, Any]) -> None:
        """Start a generator; it takes its first step in the loop's next turn."""
        self._alive.add(generator)
        self.reactor.call_soon(self.resume, generator)

    def kill(self, generator: Generator[Trap, Any, Any]) -> None:
        """Close a generator where it stands: its `finally` clauses run. Dead ones are left in peace."""
        generator.close()
        self._bury(generator)

    def resume(self, generator: Generator[Trap, Any, Any], value: Any = None) -> None:
        """Let a generator run to its next trap, and carry that out."""
        try:
            trap = generator.send(value)
        except StopIteration:
            self._bury(generator)
        else:
            trap(self, generator)

    def _bury(self, generator: Generator[Trap, Any, Any]) -> None:
        self._alive.discard(generator)
        if not self._alive:
            self.reactor.stop()

    def run(self) -> None:
        """Run until the last generator has ended. An error closes those that are left."""
        try:
            if self._alive:
                self.reactor.run()
        finally:
            for generator in list(self._alive):
                self.kill(generator)
            self.reactor.close()


@types.coroutine
def sleep(seconds: float) -> Generator[Trap, Any, None]:
    """Stand still for so long; 0 lets everyone else have a turn. `yield from` it, or `await` it."""
    yield lambda runner, task: runner.reactor.call_later(seconds, lambda: runner.resume(task)).cancel
