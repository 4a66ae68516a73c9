"""What lab 11 measures: what an await costs, when it waits and when it does not, and who sees it.

It needs nothing of the learner's but her Loop, which is complete from the start.
"""

import asyncio
import time
import types
from collections.abc import Callable, Coroutine, Generator
from types import ModuleType
from typing import Any

from concur.labs.gates import VirtualClock, run_virtual

DEEP = 10
ROUNDS = 7
TIMES = 5_000


def measure(work: ModuleType) -> dict[str, float | list[float]]:
    """Everything; about a second."""
    call, await_, own, theirs = (
        _least_ns(_call),
        _least_ns(_drive(_awaiting)),
        _least_ns(lambda: work.Loop().run(_turns(_own_turn))),
        _least_ns(lambda: asyncio.run(_turns(lambda: asyncio.sleep(0)))),
    )
    return {
        "traps_seen": _traps_seen(work),
        "comprehension_s": run_virtual(_comprehension()).elapsed_s,
        "call_ns": call,
        "await_ns": await_,
        "own_turn_ns": own,
        "asyncio_turn_ns": theirs,
        "costs_ns": [own, call, theirs, await_],  # as the prediction's choices stand
    }


def _least_ns(run: Callable[[], object]) -> float:
    """Of one of the TIMES that `run` does it: the least of some rounds."""
    least = float("inf")
    for _ in range(ROUNDS):
        began = time.perf_counter_ns()
        run()
        least = min(least, (time.perf_counter_ns() - began) / TIMES)
    return least


def _nothing() -> None:
    pass


async def _nothing_async() -> None:
    pass


def _call() -> None:
    for _ in range(TIMES):
        _nothing()


async def _awaiting() -> None:
    for _ in range(TIMES):
        await _nothing_async()


def _drive(make: Callable[[], Coroutine[Any, Any, None]]) -> Callable[[], None]:
    """Run a coroutine that never waits: no loop is needed for that."""

    def run() -> None:
        try:
            make().send(None)
        except StopIteration:
            pass

    return run


@types.coroutine
def _own_turn() -> Generator[Any, Any, None]:
    yield lambda loop, task: loop.make_ready(task)


async def _turns(turn: Callable[[], Any]) -> None:
    for _ in range(TIMES):
        await turn()


async def _comprehension() -> None:
    [await asyncio.sleep(1) for _ in range(100)]


def _traps_seen(work: ModuleType) -> float:
    """How many traps the loop gets from a sleep at the bottom of ten coroutines."""
    seen = 0

    @types.coroutine
    def bottom() -> Generator[Any, Any, None]:
        def trap(loop: Any, task: Any) -> None:
            nonlocal seen
            seen += 1
            loop.make_ready(task)

        yield trap

    async def level(depth: int) -> None:
        await (level(depth - 1) if depth else bottom())

    clock = VirtualClock()
    work.Loop(clock.monotonic, clock.sleep).run(level(DEEP - 1))
    return seen
