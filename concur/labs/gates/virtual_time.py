"""asyncio on a virtual clock, and a virtual clock for schedulers of one's own. Tier 0.

On a virtual clock nobody waits for a timer: when nothing is ready, the clock
jumps to the next one. So a program's time is exact, and shows its structure. 100
sleeps of a second take 100.0 s one after the other, and 1.0 s at a time.

    def check_concurrent(work):
        timed = run_virtual(work.fetch_all(fetch, range(100)))     # fetch sleeps 1 s
        require(timed.elapsed_s < 2, "100 fetches at a time", f"{timed.elapsed_s} s: one after the other")

Sockets, executors, threads and children are real, and real time goes by while
they are at work (`outside.py`); on the clock that takes no time at all, but
timers that would have run out meanwhile do. `time.sleep` on the loop's thread
takes real time and no virtual time: `blocking.py` records it.
"""

import asyncio
import selectors
from collections.abc import Coroutine
from inspect import iscoroutine
from select import select
from typing import Any, Generic, NamedTuple, TypeVar

from concur.labs.gates.outside import Outside, deadlock, where_it_waits
from concur.labs.gates.verdict import Failed, require

T = TypeVar("T")
NEXT_S = 1e-9  # a clock that jumps goes on


class Timed(NamedTuple, Generic[T]):
    """What a program returned, and the virtual seconds that it took, to the nanosecond."""

    result: T
    elapsed_s: float


class VirtualClock:
    """A clock that goes only when somebody sleeps, for schedulers that are handed their clock.

        clock = VirtualClock()
        work.Scheduler(clock.monotonic, clock.sleep).run()
        require(clock.slept == [1.0, 2.0], "sleeps until the next timer", f"slept {clock.slept}")

    now_s: seconds since the start, a whole number of nanoseconds; slept: each
    sleep in turn, in seconds.
    """

    def __init__(self) -> None:
        self.now_s = 0.0
        self.slept: list[float] = []

    def monotonic(self) -> float:
        """Seconds, as time.monotonic."""
        return self.now_s

    def monotonic_ns(self) -> int:
        """Nanoseconds, as time.monotonic_ns."""
        return round(self.now_s * 1e9)

    def sleep(self, seconds: float) -> None:
        """Let so many seconds pass at once, as time.sleep does in its own way."""
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        self.slept.append(seconds)
        self.jump(seconds)

    def select(
        self, reading: Any, writing: Any, exceptional: Any = (), timeout: float | None = None
    ) -> tuple[list[Any], list[Any], list[Any]]:
        """As select.select, with real descriptors: if none is ready, the time-out passes at once, and was slept.

        Without a time-out it waits for real; raises Failed if there is nothing to wait for.
        """
        if timeout is None and not (reading or writing or exceptional):
            raise deadlock([])
        ready = select(reading, writing, exceptional, None if timeout is None else 0)
        if timeout and not any(ready):
            self.sleep(timeout)
        return ready

    def jump(self, seconds: float) -> None:
        """Let time pass, to the whole nanosecond: so 0.1 s ten times over is a second."""
        self.now_s = round(self.now_s + max(seconds, NEXT_S if seconds else 0), 9)


class VirtualSelector(selectors.DefaultSelector):
    """A selector whose time-outs pass at once. turns: how often a loop has asked it, which it does once a turn."""

    loop: asyncio.AbstractEventLoop

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__()
        self.clock, self.outside = clock, Outside()
        self.turns = 0
        self.passed = VirtualClock()  # of its own, for comparison: nobody else moves it
        self._deadlock: Failed | None = None

    def select(self, timeout: float | None = None) -> list[Any]:
        self.turns += 1
        patience_s = None if timeout is None else max(0.0, timeout)
        has_descriptors = len(self.get_map()) > 1  # beside the loop's own pipe
        if ready := self.outside.poll(super().select, patience_s, has_descriptors):
            return ready
        if patience_s is None:
            self._deadlock = self._deadlock or deadlock([describe(task) for task in asyncio.all_tasks(self.loop)])
            raise self._deadlock  # the first one: ending what is left may meet it again
        for clock in (self.clock, self.passed):
            clock.jump(patience_s)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """asyncio's own loop. Its time is the virtual clock's, which its selector moves."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.selector = VirtualSelector(self.clock)
        super().__init__(self.selector)
        self.selector.loop = self

    def time(self) -> float:
        return self.clock.now_s

    @property
    def turns(self) -> int:
        """How many turns it has taken."""
        return self.selector.turns

    def run_in_executor(self, *arguments: Any) -> "asyncio.Future[Any]":  # type: ignore[override] # handed on
        """As asyncio's; the clock stands until the call is over."""
        calls = self.selector.outside.calls
        future: asyncio.Future[Any] = super().run_in_executor(*arguments)
        calls.begin()
        future.add_done_callback(calls.end)
        return future


def run_virtual(main: Coroutine[Any, Any, T]) -> Timed[T]:
    """Run a coroutine on asyncio and a virtual clock: its result, and the virtual seconds that it took.

    Raises what it raises, and Failed if it deadlocks: nothing is ready, no timer
    is set, nothing is under way. That names each task that waits, and its line.
    """
    require(iscoroutine(main), "a coroutine, as an «async def» gives", f"{type(main).__name__}: {main!r}"[:200])
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        loop = runner.get_loop()
        assert isinstance(loop, VirtualLoop)
        result = runner.run(main)
        passed_s = loop.selector.passed.now_s
        require(loop.time() == passed_s, "the loop's clock is left alone", f"{loop.time()} s when it was {passed_s} s")
        return Timed(result, passed_s)


def describe(task: "asyncio.Task[Any]") -> str:
    """«Task-1: main, at work.py:12 in main»."""
    coroutine = task.get_coro()
    name = getattr(coroutine, "__qualname__", repr(coroutine))
    return f"{task.get_name()}: {name}, at {where_it_waits(coroutine)}"
