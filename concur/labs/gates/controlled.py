"""Locks, conditions, semaphores, events and barriers that hand on the baton where they would block.

Tier 0. While exploring, they stand in the place of those of `threading` (see
`standins.py`), with the same methods and the same meaning, as far as that is
written here. What one of them does is atomic, as nothing of it is looked at.
Queues and threads are in `passing.py`.
"""

from collections.abc import Callable
from threading import BrokenBarrierError
from typing import Any

from concur.labs.gates.conductor import Conductor, Controlled, limit


class Lock(Controlled):
    """threading.Lock."""

    kind = "Lock"

    def __init__(self, conductor: Conductor, label: str = "") -> None:
        super().__init__(conductor, label)
        self.holder: str | None = None
        self.count = 0

    def holders(self) -> list[str]:
        return [self.holder] if self.holder else []

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        self._begin("acquire")
        is_mine = self.conductor.wait(self._is_free, self, limit(blocking, timeout))
        if is_mine:
            self._take(1)
        return is_mine

    def _is_free(self) -> bool:
        return self.holder is None

    def _take(self, count: int) -> None:
        self.holder, self.count = self.conductor.me, self.count + count

    def release(self) -> None:
        if self.conductor.is_ending:
            return
        self._begin("release")
        if self.holder is None:
            raise RuntimeError("release unlocked lock")
        self._give(1)

    def _give(self, count: int) -> None:
        self.count -= count
        if not self.count:
            self.holder = None

    def locked(self) -> bool:
        self._begin("look at")
        return self.holder is not None

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


class RLock(Lock):
    """threading.RLock: its holder may take it again."""

    kind = "RLock"

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        self._begin("acquire")
        me = self.conductor.me
        is_mine = self.conductor.wait(lambda: self.holder in (None, me), self, limit(blocking, timeout))
        if is_mine:
            self._take(1)
        return is_mine

    def release(self) -> None:
        if not self.conductor.is_ending and self.holder != self.conductor.me:
            raise RuntimeError("cannot release un-acquired lock")
        super().release()


class Condition(Controlled):
    """threading.Condition: `wait` gives the lock away, and takes it again once it was notified."""

    kind = "Condition"

    def __init__(self, conductor: Conductor, lock: Any = None, label: str = "") -> None:
        super().__init__(conductor, label)
        self.lock: Lock = RLock(conductor, self.label) if lock is None else lock
        self.waiting: list[list[bool]] = []

    def holders(self) -> list[str]:
        return [] if self.waiting else self.lock.holders()  # whoever was notified waits for the lock

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        return self.lock.acquire(blocking, timeout)

    def release(self) -> None:
        self.lock.release()

    def __enter__(self) -> bool:
        return self.lock.acquire()

    def __exit__(self, *_: object) -> None:
        self.lock.release()

    def _check_held(self, what: str) -> None:
        if self.lock.holder != self.conductor.me:
            raise RuntimeError(f"cannot {what} on un-acquired lock")

    def wait(self, timeout: float | None = None) -> bool:
        self._begin("wait for")
        self._check_held("wait")
        notified, count, lock = [False], self.lock.count, self.lock
        self.waiting.append(notified)
        lock._give(count)
        came = self.conductor.wait(lambda: notified[0] and lock._is_free(), self, timeout, "waits to be notified by")
        if not notified[0]:
            self.waiting.remove(notified)
        came = came or notified[0]
        self.conductor.wait(lock._is_free, lock, None)
        lock._take(count)
        return came

    def wait_for(self, predicate: Callable[[], Any], timeout: float | None = None) -> Any:
        result = predicate()
        while not result and self.wait(timeout):
            result = predicate()
        return result or predicate()

    def notify(self, n: int = 1) -> None:
        if self.conductor.is_ending:
            return
        self._begin("notify")
        self._check_held("notify")
        for notified in self.waiting[:n]:
            notified[0] = True
        del self.waiting[:n]

    def notify_all(self) -> None:
        self.notify(len(self.waiting))

    notifyAll = notify_all


class Semaphore(Controlled):
    """threading.Semaphore."""

    kind = "Semaphore"
    is_bounded = False

    def __init__(self, conductor: Conductor, value: int = 1, label: str = "") -> None:
        super().__init__(conductor, label)
        if value < 0:
            raise ValueError("semaphore initial value must be >= 0")
        self.value = self.first = value
        self.taken_by: list[str] = []

    def holders(self) -> list[str]:
        return list(dict.fromkeys(self.taken_by))

    def acquire(self, blocking: bool = True, timeout: float | None = None) -> bool:
        self._begin("acquire")
        limit_s = limit(blocking, -1 if timeout is None else timeout)
        is_mine = self.conductor.wait(lambda: self.value > 0, self, limit_s)
        if is_mine:
            self.value -= 1
            self.taken_by.append(self.conductor.me)
        return is_mine

    def release(self, n: int = 1) -> None:
        if self.conductor.is_ending:
            return
        self._begin("release")
        if n < 1:
            raise ValueError("n must be one or more")
        if self.is_bounded and self.value + n > self.first:
            raise ValueError("Semaphore released too many times")
        self.value += n
        for _ in range(n):
            if self.taken_by:
                self.taken_by.remove(self.conductor.me if self.conductor.me in self.taken_by else self.taken_by[0])

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()


class BoundedSemaphore(Semaphore):
    """threading.BoundedSemaphore."""

    kind = "BoundedSemaphore"
    is_bounded = True


class Event(Controlled):
    """threading.Event."""

    kind = "Event"

    def __init__(self, conductor: Conductor, label: str = "") -> None:
        super().__init__(conductor, label)
        self.is_up = False

    def is_set(self) -> bool:
        self._begin("look at")
        return self.is_up

    isSet = is_set

    def set(self) -> None:
        self._begin("set")
        self.is_up = True

    def clear(self) -> None:
        self._begin("clear")
        self.is_up = False

    def wait(self, timeout: float | None = None) -> bool:
        self._begin("wait for")
        return self.conductor.wait(lambda: self.is_up, self, timeout)


class Barrier(Controlled):
    """threading.Barrier."""

    kind = "Barrier"

    def __init__(
        self,
        conductor: Conductor,
        parties: int,
        action: Callable[[], object] | None = None,
        timeout: float | None = None,
        label: str = "",
    ) -> None:
        super().__init__(conductor, label)
        self.parties, self.action, self.timeout = parties, action, timeout
        self.n_waiting, self.broken = 0, False
        self.round = Round()

    def wait(self, timeout: float | None = None) -> int:
        self._begin("wait for")
        if self.broken:
            raise BrokenBarrierError
        place, mine = self.n_waiting, self.round
        self.n_waiting += 1
        if self.n_waiting == self.parties:
            self._open()
        elif not self.conductor.wait(lambda: mine.is_over, self, self.timeout if timeout is None else timeout):
            self.abort()
        if mine.is_broken:
            raise BrokenBarrierError
        return place

    def _open(self) -> None:
        try:
            if self.action:
                self.action()
        except BaseException:
            self.abort()
            raise
        self._next_round(is_broken=False)

    def _next_round(self, *, is_broken: bool) -> None:
        self.round.is_over, self.round.is_broken = True, is_broken
        self.n_waiting, self.round = 0, Round()

    def abort(self) -> None:
        self.broken = True
        self._next_round(is_broken=True)

    def reset(self) -> None:
        self.broken = False
        if self.n_waiting:
            self._next_round(is_broken=True)


class Round:
    """Those who wait at a barrier together."""

    is_over = is_broken = False
