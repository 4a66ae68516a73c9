"""The kernel: it runs coroutines as tasks, which can be joined, cancelled, grouped and timed out.

Tier 0. To the trampoline it adds what a task leaves behind, a result or an
error, and who waits for it. A coroutine reaches the kernel in one way only: it
awaits a trap. The traps of this file are one-liners at its end.

Cancelling throws `Cancelled` into a task where it stands. A task may clean up,
and even wait, on its way out; so whoever cancels joins.
"""

import types
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator
from typing import Any, Generic, Self, TypeVar

from concur.kernel.reactor import Reactor, Timer
from concur.kernel.trampoline import Stepper, Trap, Undo

T = TypeVar("T")


class Cancelled(BaseException):
    """Thrown into a task that is cancelled. Not an Exception, so that nobody catches it by mistake.

    by: who asked for it, where that is a block which will answer for it: a Group, a timeout.
    """

    def __init__(self, by: object = None) -> None:
        super().__init__()
        self.by = by


class Task(Generic[T]):
    """A coroutine under way, and afterwards what it left: `result` or `error`."""

    __slots__ = (
        "_asked",
        "_kernel",
        "_undo",
        "coroutine",
        "error",
        "is_done",
        "is_joined",
        "on_done",
        "result",
        "send",
    )

    def __init__(self, kernel: "Kernel", coroutine: Coroutine[Trap, Any, T]) -> None:
        self._kernel = kernel
        self._undo: Undo | None = None  # how to end its present wait; None while it runs or is about to
        self.coroutine = coroutine
        self.send: Callable[[Any], Trap] = coroutine.send  # what its next resumption does
        self._asked: list[object] = []  # who wants it cancelled, and has not been heard
        self.on_done: deque[Callable[[Task[T]], object]] = deque()
        self.is_done = False
        self.is_joined = False  # whether somebody learns of its error
        self.result: T | None = None
        self.error: BaseException | None = None

    def cancel(self, by: object = None) -> None:
        """Throw Cancelled into it: where it waits now, or where it will wait next; never, if it is done before.

        by: a block of this task, which tells its own Cancelled from others', and calls `spare` at its end.
        """
        if by not in self._asked:
            self._asked.append(by)
        self.send = self._throw_cancelled
        self._kernel.reactor.call_soon(self._interrupt)

    def spare(self, by: object) -> None:
        """That block has ended: what it asked for is not to hit what comes after it."""
        if by in self._asked:
            self._asked.remove(by)
            if not self._asked:
                self.send = self.coroutine.send

    def _interrupt(self) -> None:
        """End its wait. There is none to end if it went on meanwhile, or is about to: then it has heard already."""
        if self._undo and self._asked:
            self._undo()
            self._kernel.resume(self)

    def _throw_cancelled(self, value: Any) -> Trap:
        """For whoever asked last. If others did in the same turn, each is heard at a wait that comes after."""
        if not self._asked:  # a channel has kept this way to resume it, for a task that waits by it again
            return self.coroutine.send(value)
        cancelled = Cancelled(self._asked.pop())
        if self._asked:
            self._kernel.reactor.call_soon(self._interrupt)
        else:
            self.send = self.coroutine.send
        return self.coroutine.throw(cancelled)

    @types.coroutine
    def wait(self) -> Generator[Trap, Any, None]:
        """Wait until it is done, however it ends; its error stays in `error`."""
        self.is_joined = True
        if not self.is_done:
            yield self._trap_wait

    def _trap_wait(self, kernel: "Kernel", waiter: "Task[Any]") -> Undo:
        def wake(_: Task[T]) -> None:
            kernel.resume_soon(waiter)

        self.on_done.append(wake)
        return lambda: self.on_done.remove(wake)

    async def join(self) -> T:
        """Its result, when it is done. Raises what it raised, Cancelled too."""
        await self.wait()
        return self.result_or_error()

    def result_or_error(self) -> T:
        """What it returned. Raises what it raised."""
        if self.error:
            raise self.error
        return self.result  # type: ignore[return-value] # done without an error: it is a T


class Kernel(Stepper):
    """Runs a main coroutine, and all tasks that it spawns, in one thread."""

    def __init__(self) -> None:
        super().__init__()
        self.tasks: set[Task[Any]] = set()
        self._unheard: list[BaseException] = []  # errors of tasks that nobody joins

    def run(self, main: Coroutine[Trap, Any, T]) -> T:
        """Run a coroutine to its end and return its result; raises what it raises.

        Tasks that are left then are cancelled, and waited for. So they are when
        one fails whom nobody joins; its error is raised in the end.
        """
        task = self.start(Task(self, main))
        task.is_joined = True
        task.on_done.append(lambda _: self.reactor.stop())
        try:
            try:
                self.reactor.run()
            finally:
                self._end_what_is_left()
        finally:
            self.reactor.close()
        raise_all(without_cancelled(task.error) + self._unheard)
        return task.result_or_error()

    def _end_what_is_left(self) -> None:
        """Cancel each task once, those too that others spawn on their way out."""
        cancelled: set[Task[Any]] = set()
        while self.tasks:
            for task in self.tasks - cancelled:
                task.on_done.append(lambda _: self.reactor.stop())
                task.cancel()
            cancelled |= self.tasks
            self.reactor.run()

    def start(self, task: Task[T]) -> Task[T]:
        """Let a new task take its first step in this turn's end, or the next one's."""
        self.tasks.add(task)
        self.reactor.call_soon(self.resume, task)
        return task

    def _carry_out(self, task: Task[Any], trap: Trap) -> None:
        task._undo = None  # if the trap resumes it at once, that is over before its wait begins
        try:
            task._undo = trap(self, task)
        except BaseException as error:  # it cannot be waited for, or is no trap
            self.reactor.call_soon(self._refuse, task, error)

    def _refuse(self, task: Task[Any], error: BaseException) -> None:
        """Raise an error where the task stands: nobody else would ever resume it."""
        try:
            trap = task.coroutine.throw(error)
        except BaseException as end:
            self._ended(task, end)
        else:
            self._carry_out(task, trap)
            self.reactor.call_soon(task._interrupt)  # if it was cancelled meanwhile

    def _ended(self, task: Task[Any], end: BaseException) -> None:
        task._undo = None
        if isinstance(end, StopIteration):
            task.result = end.value
        else:
            task.error = end
        self._end(task)

    def resume_soon(self, task: Task[Any], value: Any = None) -> None:
        """Resume in this turn's end; for a trap that is over at once, and for whoever wakes another."""
        task._undo = None
        self.reactor.call_soon(self.resume, task, value)

    def _end(self, task: Task[Any]) -> None:
        """Bury a task and tell whoever waits. An error that nobody will learn of ends the run: errors are not lost."""
        task.is_done = True
        self.tasks.discard(task)
        for callback in task.on_done:
            callback(task)
        if not task.is_joined and (errors := without_cancelled(task.error)):
            self._unheard += errors
            self.reactor.stop()


class Group:
    """A block that tasks do not outlive: it waits for all of them, and one's error cancels the others and the block.

        async with Group() as group:
            await group.spawn(left())
            await group.spawn(right())

    Raises the error of the task that failed; an ExceptionGroup if several did.
    """

    def __init__(self) -> None:
        self.tasks: set[Task[Any]] = set()
        self._errors: list[BaseException] = []
        self._owner: Task[Any] | None = None  # the task whose block it is, while that is in it

    def spawn(self, coroutine: Coroutine[Trap, Any, T]) -> Awaitable[Task[T]]:
        """A task of this group."""
        return spawn(coroutine, self._adopt)

    def _adopt(self, task: Task[Any]) -> None:
        task.is_joined = True
        self.tasks.add(task)
        task.on_done.append(self._bury)

    def _bury(self, task: Task[Any]) -> None:
        self.tasks.discard(task)
        if errors := without_cancelled(task.error):
            self._errors += errors
            self.cancel()
            if self._owner:
                self._owner.cancel(self)

    def cancel(self) -> None:
        """Cancel every task of the group."""
        for task in list(self.tasks):
            task.cancel()

    async def __aenter__(self) -> Self:
        self._owner = await current()
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if self._owner:
            self._owner.spare(self)
        self._owner = None
        if error:
            self.cancel()
        while self.tasks:
            try:
                await next(iter(self.tasks)).wait()
            except Cancelled as cancelled:
                self.cancel()
                error = error or cancelled
        raise_all(without_cancelled(error) + self._errors)
        if error is not None and kind is None:
            raise error


def without_cancelled(error: BaseException | None) -> list[BaseException]:
    """The error, if it is one: having been cancelled is none."""
    return [] if error is None or isinstance(error, Cancelled) else [error]


def raise_all(errors: list[BaseException]) -> None:
    """Raise the error, or a group of them; nothing if there is none."""
    if errors:
        raise errors[0] if len(errors) == 1 else BaseExceptionGroup("tasks failed", errors)


class timeout:  # a context that reads as a verb, as in the standard library
    """A block that is cancelled, with TimeoutError, when it takes more than so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._task: Task[Any]
        self._timer: Timer

    async def __aenter__(self) -> Self:
        self._task, reactor = await current(), await the_reactor()
        self._timer = reactor.call_later(self._seconds, lambda: self._task.cancel(self))
        return self

    async def __aexit__(self, _kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        self._timer.cancel()
        self._task.spare(self)
        if isinstance(error, Cancelled) and error.by is self:
            raise TimeoutError(f"took more than {self._seconds} s") from None


# The traps. Each is what happens in the kernel while the task stands still.


@types.coroutine
def trap(function: Trap) -> Generator[Trap, Any, Any]:
    """Stand still, have `function(kernel, task)` called, and return what the task is resumed with."""
    return (yield function)


def spawn(
    coroutine: Coroutine[Trap, Any, T], adopt: Callable[[Task[Any]], object] = lambda _: None
) -> Awaitable[Task[T]]:
    """A new task. Who spawns it goes on first, and so may join it; if it fails and nobody joins, that ends the run."""

    def start(kernel: Kernel, parent: Task[Any]) -> None:
        child = Task(kernel, coroutine)
        adopt(child)
        kernel.resume_soon(parent, child)
        kernel.start(child)

    return trap(start)


def current() -> Awaitable[Task[Any]]:
    """The task that asks."""
    return trap(lambda kernel, task: kernel.resume_soon(task, task))


def the_reactor() -> Awaitable[Reactor]:
    """The reactor below, for callbacks of one's own."""
    return trap(lambda kernel, task: kernel.resume_soon(task, kernel.reactor))
