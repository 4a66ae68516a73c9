"""concur's kernel and trampoline on a virtual clock, as `virtual_time.py` has asyncio. Tier 0.

def check_sleepers(work):
    timed = run_virtual_kernel(work.main())
    require(timed.elapsed_s == 1.0, "100 sleepers at a time", f"{timed.elapsed_s} s")
"""

import heapq
from collections.abc import Callable, Coroutine, Generator
from inspect import iscoroutine, isgenerator
from typing import Any, TypeVar

from concur.kernel.poller import Poller
from concur.kernel.reactor import Reactor
from concur.kernel.tasks import Kernel
from concur.kernel.trampoline import Stepper, Trampoline, Trap
from concur.labs.gates.outside import Outside, deadlock, where_it_waits
from concur.labs.gates.verdict import Failed, require
from concur.labs.gates.virtual_time import Timed, VirtualClock

T = TypeVar("T")


class VirtualPoller:
    """A poller whose time-outs pass at once. waiting: says who waits, for a deadlock."""

    def __init__(self, poller: Poller, clock: VirtualClock, waiting: Callable[[], list[str]]) -> None:
        self._poller, self._clock, self._waiting = poller, clock, waiting
        self._outside = Outside()
        self._deadlock: Failed | None = None
        self._watched: set[int] = set()
        self.name = poller.name
        self.close = poller.close

    def watch(self, fd: int, interest: int) -> None:
        self._watched.add(fd)
        self._poller.watch(fd, interest)

    def unwatch(self, fd: int) -> None:
        self._watched.discard(fd)
        self._poller.unwatch(fd)

    def forget(self, fd: int) -> None:
        self._watched.discard(fd)
        self._poller.forget(fd)

    def wait(self, timeout_s: float) -> list[tuple[int, int]]:
        patience_s = None if timeout_s < 0 else timeout_s
        if ready := self._outside.poll(self._poller.wait, patience_s, bool(self._watched)):
            return ready
        if patience_s is None:
            self._deadlock = self._deadlock or deadlock(self._waiting())
            raise self._deadlock  # the first one: ending what is left may meet it again
        self._clock.jump(patience_s)
        return []


class VirtualReactor(Reactor):
    """The reactor on a virtual clock, which never jumps to a timer that was cancelled."""

    def __init__(self, stepper: Stepper, waiting: Callable[[], list[str]]) -> None:
        super().__init__(stepper._resume_readers)
        self.clock = VirtualClock()
        self._now_ns = self.clock.monotonic_ns
        self._poller = VirtualPoller(self._poller, self.clock, waiting)

    def _patience_s(self) -> float:
        while self._timers and not self._timers[0][2].callback:
            heapq.heappop(self._timers)
        return super()._patience_s()


def run_virtual_kernel(main: Coroutine[Trap, Any, T]) -> Timed[T]:
    """Run a coroutine on `concur.kernel.tasks.Kernel` and a virtual clock: its result, and the virtual seconds.

    Raises what it raises, and Failed if it deadlocks, which names each task that waits.
    """
    require(iscoroutine(main), "a coroutine, as an «async def» gives", f"{type(main).__name__}: {main!r}"[:200])
    kernel = Kernel()
    clock = put_on_virtual_time(kernel, lambda: [describe(task.coroutine) for task in kernel.tasks])
    result = kernel.run(main)
    return Timed(result, clock.now_s)


def run_virtual_trampoline(*generators: Generator[Trap, Any, Any]) -> Timed[None]:
    """Run generators on `concur.kernel.trampoline.Trampoline` and a virtual clock until the last has ended.

    Raises what one of them raises, and Failed if they deadlock, which names each that waits.
    """
    for one in generators:
        require(isgenerator(one) or iscoroutine(one), "a generator", f"{type(one).__name__}: {one!r}"[:200])
    trampoline = Trampoline()
    clock = put_on_virtual_time(trampoline, lambda: [describe(one) for one in trampoline._alive])
    for one in generators:
        trampoline.spawn(one)
    trampoline.run()
    return Timed(None, clock.now_s)


def put_on_virtual_time(stepper: Stepper, waiting: Callable[[], list[str]]) -> VirtualClock:
    """Give a kernel or trampoline that has not begun a reactor of the virtual kind. Returns its clock."""
    stepper.reactor.close()
    stepper.reactor = reactor = VirtualReactor(stepper, waiting)
    return reactor.clock


def describe(waiting: Any) -> str:
    """«fetch, at work.py:12 in fetch»."""
    return f"{getattr(waiting, '__qualname__', waiting)}, at {where_it_waits(waiting)}"
