"""Queues and threads that hand on the baton where they would block: the controlled ones of `queue`, and Thread.

Tier 0. As in `controlled.py`, what one of them does is atomic.
"""

from collections import deque
from collections.abc import Callable, Iterable
from heapq import heappop, heappush
from queue import Empty, Full
from typing import Any

from concur.labs.gates.baton import Lane
from concur.labs.gates.conductor import Conductor, Controlled, limit
from concur.labs.gates.verdict import Failed


class Queue(Controlled):
    """queue.Queue."""

    kind = "Queue"

    def __init__(self, conductor: Conductor, maxsize: int = 0, label: str = "") -> None:
        super().__init__(conductor, label)
        self.maxsize, self.unfinished_tasks = maxsize, 0
        self.items: Any = deque()

    def _add(self, item: Any) -> None:
        self.items.append(item)

    def _remove(self) -> Any:
        return self.items.popleft()

    def _is_full(self) -> bool:
        return 0 < self.maxsize <= len(self.items)

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        self._begin("put in")
        limit_s = limit(block, -1 if timeout is None else timeout)
        if not self.conductor.wait(lambda: not self._is_full(), self, limit_s, "waits for room in"):
            raise Full
        self._add(item)
        self.unfinished_tasks += 1

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        self._begin("get from")
        limit_s = limit(block, -1 if timeout is None else timeout)
        if not self.conductor.wait(lambda: len(self.items) > 0, self, limit_s, "waits for an item of"):
            raise Empty
        return self._remove()

    def put_nowait(self, item: Any) -> None:
        self.put(item, block=False)

    def get_nowait(self) -> Any:
        return self.get(block=False)

    def qsize(self) -> int:
        self._begin("look at")
        return len(self.items)

    def empty(self) -> bool:
        return self.qsize() == 0

    def full(self) -> bool:
        return 0 < self.maxsize <= self.qsize()

    def task_done(self) -> None:
        self._begin("done in")
        if self.unfinished_tasks <= 0:
            raise ValueError("task_done() called too many times")
        self.unfinished_tasks -= 1

    def join(self) -> None:
        self._begin("join")
        self.conductor.wait(lambda: self.unfinished_tasks == 0, self, None, "waits for the end of")


class SimpleQueue(Queue):
    """queue.SimpleQueue."""

    kind = "SimpleQueue"

    def __init__(self, conductor: Conductor, label: str = "") -> None:
        super().__init__(conductor, 0, label)


class LifoQueue(Queue):
    """queue.LifoQueue."""

    kind = "LifoQueue"

    def _remove(self) -> Any:
        return self.items.pop()


class PriorityQueue(Queue):
    """queue.PriorityQueue."""

    kind = "PriorityQueue"

    def __init__(self, conductor: Conductor, maxsize: int = 0, label: str = "") -> None:
        super().__init__(conductor, maxsize, label)
        self.items = []

    def _add(self, item: Any) -> None:
        heappush(self.items, item)

    def _remove(self) -> Any:
        return heappop(self.items)


class Thread(Controlled):
    """threading.Thread: one more thread of the run."""

    kind = "Thread"

    def __init__(
        self,
        conductor: Conductor,
        group: None = None,
        target: Callable[..., object] | None = None,
        name: str | None = None,
        args: Iterable[Any] = (),
        kwargs: dict[str, Any] | None = None,
        *,
        daemon: bool | None = None,
    ) -> None:
        super().__init__(conductor)
        self._target, self._args, self._kwargs = target, tuple(args), kwargs or {}
        self.name, self.daemon = name or self.label, bool(daemon)
        self._lane: Lane | None = None

    def run(self) -> None:
        if self._target:
            self._target(*self._args, **self._kwargs)

    def start(self) -> None:
        self._begin("start")
        if self._lane:
            raise RuntimeError("threads can only be started once")
        if not self.conductor.run or not self.conductor.lane:
            raise Failed(
                "threads that are started by a thread of the scenario", f"{self.label} was started outside of it"
            )
        self._lane = self.conductor.run.spawn(self.run)

    @property
    def ident(self) -> int | None:
        return self._lane.ident if self._lane else None

    def is_alive(self) -> bool:
        return self._lane is not None and self._lane.is_alive

    def holders(self) -> list[str]:
        return [self._lane.name] if self._lane and self._lane.is_alive else []

    def join(self, timeout: float | None = None) -> None:
        self._begin("join")
        if not self._lane:
            raise RuntimeError("cannot join thread before it is started")
        self.conductor.wait(lambda: not self.is_alive(), self, timeout, "waits for the end of")
