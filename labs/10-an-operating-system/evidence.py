"""What lab 10 measures: a loop that spins against one that sleeps, and how many tasks are ready, turn by turn.

It runs on the learner's own Scheduler, however much of it is done: what may be missing yet (`sleep`, `patience`) is
here too.
"""

import heapq
import time
from collections.abc import Generator
from types import ModuleType
from typing import Any

from concur.kernel.poller import FOR_EVER, make_poller

Body = Generator[Any, Any, Any]
Points = list[list[float]]
TASKS = 12
SHOWN_TURNS = 150
NAP_S = 0.2


def measure(work: ModuleType) -> dict[str, float | Points]:
    """Everything; under 2 s."""
    spinning = _nap(work, spins=True)
    sleeping = _nap(work, spins=False)
    computing, waiting = _ready_lengths(work, _compute), _ready_lengths(work, _wait)
    return {
        "polls_spinning": spinning[0],
        "cpu_spinning_ms": spinning[1],
        "polls_sleeping": sleeping[0],
        "cpu_sleeping_ms": sleeping[1],
        "hundred_sleepers_ms": _hundred_sleepers_ms(work),
        "ready_computing": computing,
        "ready_waiting": waiting,
        "ready_waiting_mean": _mean(waiting),
    }


class CountingPoller:
    """A real poller that counts how often it is asked."""

    def __init__(self) -> None:
        self.real = make_poller()
        self.watch, self.unwatch = self.real.watch, self.real.unwatch
        self.asked = 0

    def wait(self, timeout_s: float) -> list[tuple[int, int]]:
        self.asked += 1
        return self.real.wait(timeout_s)


def _nap(work: ModuleType, spins: bool) -> tuple[float, float]:
    """One task sleeps for NAP_S: how often the poller is asked, and the CPU's milliseconds."""

    class Loop(work.Scheduler):  # type: ignore[name-defined, misc] # the learner's
        def patience(self) -> float:
            return 0 if spins else _patience(self)

    def body() -> Body:
        yield _sleep(NAP_S)

    poller = CountingPoller()
    loop = Loop(poller=poller)
    loop.start(body())
    began_ns = time.process_time_ns()
    loop.run()
    cpu_ms = (time.process_time_ns() - began_ns) / 1e6
    poller.real.close()
    return poller.asked, cpu_ms


def _hundred_sleepers_ms(work: ModuleType) -> float:
    """100 tasks, each of which sleeps ten times for 10 ms."""

    class Loop(work.Scheduler):  # type: ignore[name-defined, misc] # the learner's
        def patience(self) -> float:
            return _patience(self)

    def body() -> Body:
        for _ in range(10):
            yield _sleep(0.01)

    loop = Loop()
    for _ in range(100):
        loop.start(body())
    began_ns = time.perf_counter_ns()
    loop.run()
    took_ms = (time.perf_counter_ns() - began_ns) / 1e6
    loop.poller.close()
    return took_ms


def _ready_lengths(work: ModuleType, body: Any) -> Points:
    """[turn, how many tasks were ready in it], for the first turns of twelve tasks."""
    points: Points = []

    class Loop(work.Scheduler):  # type: ignore[name-defined, misc] # the learner's
        def patience(self) -> float:
            return _patience(self)

        def step(self, task: Any) -> None:
            turn = self.poller.asked
            if not points or points[-1][0] != turn:
                points.append([turn, len(self.ready) + 1])
            super().step(task)

    poller = CountingPoller()
    loop = Loop(poller=poller)
    for number in range(1, TASKS + 1):
        loop.start(body(work, number))
    loop.run()
    poller.real.close()
    return points[:SHOWN_TURNS]


def _compute(work: ModuleType, number: int) -> Body:
    for _ in range(12 * number):
        yield work.turn()


def _wait(_work: ModuleType, number: int) -> Body:
    for _ in range(24):
        yield _sleep(0.004 + 0.0007 * number)


def _mean(points: Points) -> float:
    return sum(length for _, length in points) / len(points)


def _sleep(seconds: float) -> Any:
    """A trap: it needs nothing but the heap that every Scheduler has."""

    def trap(scheduler: Any, task: Any) -> None:
        heapq.heappush(scheduler.sleepers, (scheduler.clock() + seconds, next(scheduler.numbers), task))

    return trap


def _patience(scheduler: Any) -> float:
    if scheduler.ready:
        return 0
    if scheduler.sleepers:
        return float(max(0, scheduler.sleepers[0][0] - scheduler.clock()))
    return FOR_EVER
