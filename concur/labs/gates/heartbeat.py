"""Whether others went on meanwhile: the heartbeats of a loop, or of a thread. Tier 0.

    async def request():
        return await heartbeats_during(work.handle(payload))

    answer, beats = asyncio.run(request())
    require(beats > 0, "the loop goes on while a request is handled", "no turn of it: the handler blocked it")

A beat is counted, never timed. None at all is certain: the loop had no turn. Many
differ from machine to machine, so ask for a few.
"""

import asyncio
import threading
from collections.abc import Awaitable
from typing import Any, Self, TypeVar

from concur.labs.gates.outside import OwnThread

T = TypeVar("T")

BEAT_S = 0.001  # at most so often does a thread beat


async def heartbeats_during(awaitable: Awaitable[T]) -> tuple[T, int]:
    """Await something; its result, and the turns of the asyncio loop meanwhile: 0 if it blocked throughout.

    On a real clock the loop is kept turning, so that there are thousands in a
    second. On a virtual one (`run_virtual`) only the turns that happen are counted,
    as no time may pass for counting's sake. Awaited as it is, in no task of its
    own: what never gives way has no beat. Raises what it raises.
    """
    loop = asyncio.get_running_loop()
    if hasattr(loop, "turns"):
        before: int = loop.turns
        return await awaitable, loop.turns - before
    heart = LoopHeart(loop)
    try:
        return await awaitable, heart.beats
    finally:
        heart.stop()


class LoopHeart:
    """Beats once in each turn of a loop, and so lets it never wait."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.beats = 0
        self._handle: Any = loop.call_soon(self._beat)

    def _beat(self) -> None:
        self.beats += 1
        self._handle = self._loop.call_soon(self._beat)

    def stop(self) -> None:
        self._handle.cancel()


class ThreadHeartbeat:
    """A thread that beats while a block runs, at most once a millisecond: few beats if it is kept from running.

        with ThreadHeartbeat() as heart:
            work.compute()
        require(heart.beats > 0, "another thread runs meanwhile", "it had no turn")

    beats: so far; the block begins when it has beaten once, which does not count.
    """

    def __init__(self) -> None:
        self._count = 0
        self._has_begun, self._is_over = threading.Event(), threading.Event()
        self._thread = OwnThread(self._live, "heartbeat", is_watched=False)

    def _live(self) -> None:
        self._has_begun.set()
        while not self._is_over.wait(BEAT_S):
            self._count += 1

    @property
    def beats(self) -> int:
        return self._count

    def __enter__(self) -> Self:
        self._thread.start()
        self._has_begun.wait()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()
