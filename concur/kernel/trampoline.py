"""The trampoline: it runs generators, and bounces back to the reactor whenever one must wait.

Tier 0. A generator that must wait yields a trap, and stands still. The
trampoline calls the trap, as `trap(trampoline, generator)`, which arranges that
`resume` is called when the wait is over. That is all of it: many functions,
each written as if it were alone, one stack.

A generator waits inside another by `yield from`, which passes traps up and
values down; PEP 380 took over what trampolines used to do by hand.
"""

import types
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from concur.kernel.poller import READABLE
from concur.kernel.reactor import Events, Reactor

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")

Undo = Callable[[], object]
Trap = Callable[[Any, Any], Undo | None]  # trap(runner, task) -> how to undo it


class Runner(Protocol):
    """What a trap may rely on: the trampoline here, the kernel in `tasks.py`."""

    reactor: Reactor
    channels: "dict[int, Channel]"

    def resume(self, task: Any, value: Any = None) -> None:
        """Go on with a task that stands still; `value` is what its `yield` gives."""

    def resume_soon(self, task: Any, value: Any = None) -> None:
        """The same in this turn's end, for a task that another one wakes."""


class Channel(Protocol):
    """A descriptor that tasks read from (`streams.py`): the trap by which they wait, and the `send` of who does."""

    trap_read: Trap
    send: Callable[[Any], Trap] | None

    def leave_reading(self) -> Any:
        """Nobody waits any more; returns who did."""


class Stepper(ABC):
    """Lets tasks take steps, from one trap to the next: what the trampoline and the kernel have in common.

    A task is whatever has `send`, as generators do.
    """

    def __init__(self) -> None:
        self.reactor = Reactor(self._resume_readers)
        self.channels: dict[int, Channel] = {}  # by descriptor, those that somebody has waited to read from

    def resume(self, task: Any, value: Any = None) -> None:
        """Let a task run to its next trap, and carry that out. The heart of it all."""
        try:
            trap = task.send(value)
        except BaseException as end:
            self._ended(task, end)
        else:
            self._carry_out(task, trap)

    def resume_soon(self, task: Any, value: Any = None) -> None:
        """Resume in this turn's end: for whoever wakes another, being at work itself."""
        self.reactor.call_soon(self.resume, task, value)

    def _resume_readers(self, events: Events) -> None:
        """`resume`, for all whose wait to read is over: the same, written out, as it happens for every message.

        A task that has read mostly waits to read again, by the same trap. Then it is left where it stands, and
        nothing at all need be done for its wait.
        """
        channels = self.channels
        for fd, mask in events:
            if mask != READABLE or fd not in channels or (send := (channel := channels[fd]).send) is None:
                self.reactor.dispatch(fd, mask)
                continue
            try:
                trap = send(None)
            except BaseException as end:
                self._ended(channel.leave_reading(), end)
            else:
                if trap is not channel.trap_read:
                    self._carry_out(channel.leave_reading(), trap)

    def _carry_out(self, task: Any, trap: Trap) -> None:
        trap(self, task)

    @abstractmethod
    def _ended(self, task: Any, end: BaseException) -> None:
        """A task has taken its last step: StopIteration brings its result, anything else is its error."""


class Trampoline(Stepper):
    """Runs generators until none is left. An error that a generator does not catch comes out of `run`."""

    def __init__(self) -> None:
        super().__init__()
        self._alive: set[Generator[Trap, Any, Any]] = set()

    def spawn(self, generator: Generator[Trap, Any, Any]) -> None:
        """Start a generator; it takes its first step in the loop's next turn."""
        self._alive.add(generator)
        self.reactor.call_soon(self.resume, generator)

    def kill(self, generator: Generator[Trap, Any, Any]) -> None:
        """Close a generator where it stands: its `finally` clauses run. Dead ones are left in peace."""
        try:
            generator.close()
        finally:
            self._bury(generator)

    def _ended(self, generator: Any, end: BaseException) -> None:
        self._bury(generator)
        if not isinstance(end, StopIteration):
            raise end

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
            with ExitStack() as at_end:  # which goes on where closing one raises
                at_end.callback(self.reactor.close)
                for generator in self._alive:
                    at_end.callback(self.kill, generator)


@types.coroutine
def sleep(seconds: float) -> Generator[Trap, Any, None]:
    """Stand still for so long; 0 lets everyone else have a turn. `yield from` it, or `await` it."""
    yield lambda runner, task: runner.reactor.call_later(seconds, lambda: runner.resume(task)).cancel


@types.coroutine
def done(future: "Future[T]") -> Generator[Trap, Any, T]:
    """Stand still until other threads are done with a future. Its result; raises what they raised."""
    yield lambda runner, task: runner.reactor.on_done(future, lambda: runner.resume(task)).cancel
    return future.result()
