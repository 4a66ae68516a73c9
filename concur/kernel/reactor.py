"""The reactor: it waits for everything at once, and calls back what became possible.

Tier 0. All that follows in this package stands on this loop. One turn of it is:
wait for descriptors, at most until the next timer is due; call whoever waits
for those that are ready; call the timers that are due; call what was put off.
"""

import heapq
from collections import deque
from collections.abc import Callable
from itertools import count
from time import monotonic_ns
from typing import TYPE_CHECKING, Any

from concur.kernel.poller import FOR_EVER, READABLE, WRITABLE, make_poller
from concur.kernel.waker import Waker

if TYPE_CHECKING:
    from concurrent.futures import Future

    from _typeshed import HasFileno

Callback = Callable[[], object]
MANY_TIMERS = 1000
LONGEST_S = 86_400  # of one sleep: epoll counts milliseconds, in 32 bits
Events = list[tuple[int, int]]  # descriptors that are ready, each with its mask


class Call:
    """A call to be made once. `cancel` makes it a call never made."""

    __slots__ = ("callback",)

    def __init__(self, callback: Callback) -> None:
        self.callback: Callback | None = callback

    def cancel(self) -> None:
        """Drop the call. A timer's entry in the heap stays until it is due: finding it would cost more."""
        self.callback = None


class Timer(Call):
    """A call to be made at a time."""

    __slots__ = ("due_ns",)

    def __init__(self, due_ns: int, callback: Callback) -> None:
        super().__init__(callback)
        self.due_ns = due_ns


class Reactor:
    """Callbacks for descriptors and for times. Everything runs in the thread that called `run`."""

    def __init__(self, on_events: Callable[[Events], object] | None = None) -> None:
        """on_events takes the place of `_call_back` for whoever can do it in fewer calls, as the trampoline does."""
        self._poller = make_poller()
        self._on_events = on_events or self._call_back
        self._interest: dict[int, int] = {}  # what the poller watches, by descriptor
        self._readers: dict[int, Callback] = {}
        self._writers: dict[int, Callback] = {}
        self._timers: list[tuple[int, int, Timer]] = []  # a heap; the number keeps equal times in order
        self._now_ns = monotonic_ns  # a virtual clock takes its place in tests and labs
        self._numbers = count()
        self._much = MANY_TIMERS  # in the heap: then those that were cancelled go
        self._soon: deque[tuple[Callable[..., object], tuple[Any, ...]]] = deque()
        self._waker: Waker[Call] | None = None
        self._is_stopped = False

    @property
    def poller(self) -> str:
        """The name of what it waits with: epoll, select, kqueue …"""
        return self._poller.name

    # Descriptors

    def on_readable(self, descriptor: "HasFileno | int", callback: Callback | None) -> None:
        """Call back, again and again, whenever there is something to read; None ends it.

        Ending makes no system call. Should an event come that nobody wants any
        more, its interest is dropped then; mostly somebody waits again before.
        """
        self._want(self._readers, READABLE, descriptor, callback)

    def on_writable(self, descriptor: "HasFileno | int", callback: Callback | None) -> None:
        """The same for room to write. A socket nearly always has it, so try to write first."""
        self._want(self._writers, WRITABLE, descriptor, callback)

    def _want(
        self, waiting: dict[int, Callback], mask: int, descriptor: "HasFileno | int", callback: Callback | None
    ) -> None:
        fd = descriptor if isinstance(descriptor, int) else descriptor.fileno()
        if callback is None:
            waiting.pop(fd, None)
            return
        interest = self._interest.get(fd, 0)
        if not interest & mask:
            self._poller.watch(fd, interest | mask)  # raises OSError or ValueError for what cannot be watched
            self._interest[fd] = interest | mask
        waiting[fd] = callback

    def forget(self, descriptor: "HasFileno | int") -> None:
        """The descriptor is about to be closed: its number may soon mean another."""
        fd = descriptor if isinstance(descriptor, int) else descriptor.fileno()
        self._readers.pop(fd, None)
        self._writers.pop(fd, None)
        if self._interest.pop(fd, 0):
            self._poller.forget(fd)

    def _lose_interest(self, fd: int, mask: int) -> None:
        """An event came that nobody waits for. Being level triggered, it would come at once again."""
        interest = self._interest.pop(fd, 0) & ~mask
        if interest:
            self._interest[fd] = interest
            self._poller.watch(fd, interest)
        else:
            self._poller.unwatch(fd)

    # Times

    def call_soon(self, callback: Callable[..., object], *arguments: Any) -> None:
        """Call in this turn's end, or the next turn's if this one's end has begun."""
        self._soon.append((callback, arguments))

    def call_later(self, delay_s: float, callback: Callback) -> Timer:
        """Call when so many seconds have passed. epoll counts whole milliseconds and rounds up."""
        timer = Timer(self._now_ns() + int(delay_s * 1e9), callback)
        if len(self._timers) >= self._much:
            self._drop_cancelled()
        heapq.heappush(self._timers, (timer.due_ns, next(self._numbers), timer))
        return timer

    def _drop_cancelled(self) -> None:
        """For whoever sets far more timers than come due, as for a time-out of each request."""
        self._timers = [each for each in self._timers if each[2].callback]
        heapq.heapify(self._timers)
        self._much = max(MANY_TIMERS, 2 * len(self._timers))

    # Other threads

    def on_done(self, future: "Future[Any]", callback: Callback) -> Call:
        """Call back, once, when a future is done that other threads work for."""
        waker = self._waker = self._waker or self._make_waker()
        call = Call(callback)
        future.add_done_callback(lambda _: waker.wake(call))  # in their thread
        return call

    def _make_waker(self) -> "Waker[Call]":
        """At first use: who has no need of it pays no descriptor."""
        waker = Waker[Call]()
        self.on_readable(waker, self._call_woken)
        return waker

    def _call_woken(self) -> None:
        for call in self._waker.take():  # type: ignore[union-attr] # it is what became readable
            callback = call.callback
            call.cancel()  # the future holds the call: together with what holds the future they would be a cycle
            if callback:
                callback()

    # The loop

    def run(self) -> None:
        """Turn until `stop` is called."""
        wait, on_events = self._poller.wait, self._on_events
        self._is_stopped = False
        while not self._is_stopped:
            on_events(wait(self._patience_s()))
            if self._timers:
                self._call_due()
            if self._soon:
                self._call_soon()

    def _call_back(self, events: Events) -> None:
        readers = self._readers
        for fd, mask in events:
            if mask == READABLE and fd in readers:  # nearly every event there is
                readers[fd]()
            else:
                self.dispatch(fd, mask)

    def stop(self) -> None:
        """Let `run` return at the end of this turn."""
        self._is_stopped = True

    def close(self) -> None:
        """Give its own descriptors back."""
        if self._waker:
            self._waker.close()
        self._poller.close()

    def _patience_s(self) -> float:
        """How long the poller may sleep: not at all, until the first timer, or for ever."""
        if self._soon:
            return 0
        if self._timers:
            return min(max(0, self._timers[0][0] - self._now_ns()) / 1e9, LONGEST_S)
        return FOR_EVER

    def dispatch(self, fd: int, mask: int) -> None:
        """The less frequent events. An error or a hang-up wakes both sides: their next call will tell them."""
        if fd not in self._interest:
            return  # forgotten earlier in this turn
        for waiting, mine, other in ((self._readers, READABLE, WRITABLE), (self._writers, WRITABLE, READABLE)):
            if not mask & ~other:
                continue
            if callback := waiting.get(fd):
                callback()
            elif self._interest.get(fd, 0) & mine:
                self._lose_interest(fd, mine)

    def _call_due(self) -> None:
        now_ns = self._now_ns()
        while self._timers and self._timers[0][0] <= now_ns:
            if callback := heapq.heappop(self._timers)[2].callback:
                callback()

    def _call_soon(self) -> None:
        for _ in range(len(self._soon)):
            callback, arguments = self._soon.popleft()
            callback(*arguments)
