"""The gates of «Five carriers, two bills»: who hit, and in which order; who was there; what the kernel counted."""

import asyncio
import gc
import inspect
import os
import struct
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from mmap import mmap
from pathlib import Path
from threading import Lock, get_native_id
from types import FrameType, ModuleType
from typing import Any, Self

from concur.labs.gates import Failed, counted, nothing_left, private_dirty_bytes, require

RETURNS = 1_000
SWITCHES_AT_LEAST, SWITCHES_AT_MOST = 0.9, 0.1  # for each return
PROCESSES, THREADS, MANY = 20, 100, 2_000
THREAD_IS_TASKS, TASKS_BILLED = 3, 800  # a thread for each of so many is still to be had
CAN_HIT = 4 * RETURNS  # more hits are counted, but not told apart: it has failed by then


# Ping-pong


def check_processes(work: ModuleType) -> str:
    """Two processes hit in turn, and the kernel switches for every return. On one CPU it cannot be done without."""
    rally = ProcessRally()
    with one_cpu(), nothing_left():
        both = counted(lambda: counted(lambda: work.pingpong_processes(RETURNS, rally.hit)), who="children")
    switches = both.switches + both.result.switches
    rally.judge("process", "processes")
    least = SWITCHES_AT_LEAST * RETURNS
    require(switches >= least, f"at least {least:,.0f} context switches, of both processes", f"{switches:,}")
    return f"{RETURNS:,} returns, {switches:,} context switches of both processes"


def check_threads(work: ModuleType) -> str:
    """Two threads hit in turn."""
    rally = Rally(get_native_id)
    with nothing_left():
        switches = counted(lambda: work.pingpong_threads(RETURNS, rally.hit)).switches
    rally.judge("thread", "threads")
    return f"{RETURNS:,} returns, {switches:,} context switches"


def check_generators(work: ModuleType) -> str:
    """Two generators hit in turn, and the kernel hears nothing of it."""
    return without_the_kernel(work.pingpong_generators, GeneratorRally(GeneratorsHere()), "generator", "generators")


def check_greenlets(work: ModuleType) -> str:
    """Likewise; and many stand idle at once, in this gate, since all of it is skipped where greenlet is missing."""
    from greenlet import getcurrent  # not before: where there is no GIL, it has one put on

    seen = without_the_kernel(work.pingpong_greenlets, Rally(getcurrent), "greenlet", "greenlets")
    with nothing_left():
        stand_idle(work.idle_greenlets, MANY, "greenlets", getcurrent)
    return f"{seen}; {MANY:,} alive at once"


def check_tasks(work: ModuleType) -> str:
    """Likewise for tasks."""
    return without_the_kernel(work.pingpong_tasks, Rally(task_here), "task", "tasks")


def without_the_kernel(play: Callable[..., None], rally: "Rally", one: str, two: str) -> str:
    """A rally in one thread: nobody sleeps for it, whatever else the machine is doing."""
    play(RETURNS // 10, Rally(rally.who).hit)  # so that imports and compiling are over
    with nothing_left():
        switches = counted(lambda: play(RETURNS, rally.hit)).switches
    rally.judge(one, two)
    most = SWITCHES_AT_MOST * RETURNS
    require(
        switches <= most,
        f"at most {most:,.0f} context switches: {two} hand over without the kernel",
        f"{switches:,} for {RETURNS:,} returns",
        "Who sleeps, or waits for another thread, has the kernel switch.",
    )
    return f"{RETURNS:,} returns, {switches:,} context switches"


class Rally:
    """Who hit, in order."""

    def __init__(self, who: Callable[[], Any]) -> None:
        self.who = who
        self._hits: list[Any] = []  # the carriers themselves: kept, so that none is taken for one that has gone

    def hit(self) -> None:
        """What a player calls who has the ball."""
        self._hits.append(self.who())

    def hits(self) -> list[Any]:
        """One for each hit."""
        return self._hits

    def judge(self, one: str, two: str) -> None:
        """Fail unless two carriers hit in turn, each once a return."""
        hits = self.hits()
        number = len(set(hits))
        require(bool(hits), f"{RETURNS:,} returns", "nobody called hit()")
        require(number > 1, f"two {two}", f"one {one} made all {len(hits):,} hits")
        for at, (before, after) in enumerate(pairwise(hits), 2):
            asked, seen = f"two {two} that hit in turn", f"hit {at:,} was by the same {one} as the one before"
            require(before != after, asked, seen, in_order(hits, two))
        require(number == 2, f"two {two}", f"{number} {two} hit", in_order(hits, two))
        require(len(hits) == 2 * RETURNS, f"{RETURNS:,} returns: {2 * RETURNS:,} hits", f"{len(hits):,} hits")


class ProcessRally(Rally):
    """The same for processes: hits are noted in memory that both have, a number and then the pids."""

    def __init__(self) -> None:
        super().__init__(os.getpid)
        self._memory = mmap(-1, 8 * (CAN_HIT + 1))

    def hit(self) -> None:
        """As above."""
        (hits,) = struct.unpack_from("q", self._memory)
        if hits < CAN_HIT:
            struct.pack_into("q", self._memory, 8 * (hits + 1), self.who())
        struct.pack_into("q", self._memory, 0, hits + 1)

    def hits(self) -> list[Any]:
        """As above."""
        (hits,) = struct.unpack_from("q", self._memory)
        return list(struct.unpack_from(f"{min(hits, CAN_HIT)}q", self._memory, 8))


class GeneratorRally(Rally):
    """The same for generators, which may run within others: a player may leave the hitting to one of his own."""

    def hits(self) -> list[Any]:
        """As above. A generator that all hits were made in is no player: it has them take turns."""
        inside = self._hits
        while inside and all(len(each) > 1 and each[0] is inside[0][0] for each in inside):
            inside = [each[1:] for each in inside]
        return [each[0] for each in inside]


def in_order(hits: list[Any], two: str) -> str:
    """The first hits, with letters for those who made them."""
    letters = {carrier: chr(ord("A") + at % 26) for at, carrier in enumerate(dict.fromkeys(hits))}
    return f"The {two} in the order of their hits: {' '.join(letters[carrier] for carrier in hits[:12])} …"


class GeneratorsHere:
    """Tells the generators that are running, one within the other: by their frames, the outermost one first.

    Whether a frame is a generator's is looked up once, as the check's guard hears of every look into a frame's code.
    """

    def __init__(self) -> None:
        self._known: dict[FrameType, bool] = {}

    def __call__(self) -> tuple[FrameType, ...]:
        frame: FrameType | None = sys._getframe(1)
        found: list[FrameType] = []
        while frame:
            if frame not in self._known:
                self._known[frame] = bool(frame.f_code.co_flags & inspect.CO_GENERATOR)
            found, frame = ([*found, frame] if self._known[frame] else found), frame.f_back
        if not found:
            raise Failed("hits by generators", "hit() was called outside any generator")
        return tuple(reversed(found))

    def innermost(self) -> FrameType:
        """The one that a `with here:` stands in, whoever has it go on."""
        return self()[-1]


def task_here() -> Any:
    """The task that is running."""
    try:
        task = asyncio.current_task()
    except RuntimeError:
        raise Failed("hits by tasks", "hit() was called where no event loop runs") from None
    is_running = task is not None and getattr(task.get_coro(), "cr_running", True)
    require(is_running, "hits by tasks", "hit() was called by the loop, or by somebody else, while no task ran")
    return task


@contextmanager
def one_cpu() -> Iterator[None]:
    """For us and our children to be: there, only one of two processes can run, and each turn is a switch."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


# Standing idle


def check_alive(work: ModuleType) -> str:
    """All of them are there at the same time: by the kernel's word for processes, by their own for the others."""
    with nothing_left():
        stand_idle(work.idle_processes, PROCESSES, "processes", os.getpid)
        stand_idle(work.idle_threads, THREADS, "threads", get_native_id)
        stand_idle(work.idle_generators, MANY, "generators", GeneratorsHere().innermost)
        stand_idle(work.idle_tasks, MANY, "tasks", task_here)
    return f"at once: {PROCESSES} processes, {THREADS} threads, {MANY:,} generators, {MANY:,} tasks"


def check_bill(work: ModuleType) -> str:
    """What a thread costs in private pages, against a task, both counted by the kernel while all stand idle."""
    warm_up(work)
    thread = stand_idle(work.idle_threads, THREADS, "threads", get_native_id)
    task = max(1, stand_idle(work.idle_tasks, TASKS_BILLED, "tasks", task_here))
    require(
        thread >= THREAD_IS_TASKS * task,
        f"a thread costs at least {THREAD_IS_TASKS} tasks",
        f"a thread {thread:,} bytes, a task {task:,}",
        "A task is an object of Python's. Does each of yours have something besides, such as a thread?",
    )
    return f"a thread {thread:,} bytes, a task {task:,}: {thread / task:.0f} to 1"


def warm_up(work: ModuleType) -> None:
    """What is paid once goes on no bill: PyPy's nursery, say, which is touched from one end to the other."""
    stand_idle(work.idle_threads, 2, "threads", get_native_id)
    stand_idle(work.idle_tasks, 2, "tasks", task_here)
    deque(([] for _ in range(200_000)), maxlen=1)
    gc.collect()


def stand_idle(stand: Callable[..., None], n: int, kind: str, who: Callable[[], Any]) -> int:
    """Have so many stand idle; fail unless all are there when they are looked at. Private bytes for each of them."""
    here, grown_bytes = Here(who), list[int]()
    before = private_dirty_bytes()

    def look() -> None:
        grown_bytes.append(private_dirty_bytes() - before)
        here.count()

    stand(n, here, look)
    here.judge(n, kind)
    return grown_bytes[0] // n


class Here:
    """The block that carriers stand in: who is in it now, from any thread; and processes, which tell by a pipe."""

    def __init__(self, who: Callable[[], Any]) -> None:
        self._who = who
        self._owner = os.getpid()
        self._inside: dict[Any, int] = {}  # how often each carrier is in it
        self._lock = Lock()
        self._counted: list[int] = []
        self._hear, self._tell = os.pipe() if who is os.getpid else (-1, -1)

    def __enter__(self) -> Self:
        with self._lock:
            if os.getpid() == self._owner:
                who = self._who()
                self._inside[who] = self._inside.get(who, 0) + 1
            else:
                os.write(self._tell, struct.pack("i", os.getpid()))
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            if os.getpid() == self._owner:
                who = self._who()
                self._inside[who] = self._inside.get(who, 0) - 1
                if not self._inside[who]:
                    del self._inside[who]

    def count(self) -> None:
        """How many there are now: called while they stand idle."""
        with self._lock:
            self._counted.append(len(set(self._processes()) if self._hear >= 0 else self._inside))

    def _processes(self) -> list[int]:
        os.set_blocking(self._hear, False)
        told = b""
        try:
            told = os.read(self._hear, 1 << 16)
        except BlockingIOError:
            pass  # nobody has come
        return [pid for (pid,) in struct.iter_unpack("i", told) if is_alive(pid)]

    def judge(self, n: int, kind: str) -> None:
        """Fail unless look() was called once, when all were here; and all are gone."""
        for fd in (self._hear, self._tell):
            if fd >= 0:
                os.close(fd)
        require(len(self._counted) == 1, "look() called once", f"called {len(self._counted)} times", f"by the {kind}")
        now = self._counted[0]
        detail = "Were they begun, and is each still within its `with here:`?"
        require(now == n, f"all {n:,} {kind} there when look() is called", f"{now:,} there", detail)
        left = len(self._inside)
        require(not left, f"all {kind} gone in the end", f"{left:,} still within `with here:`")


def is_alive(pid: int) -> bool:
    """Whether a process is there and no zombie: proc(5), stat."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False
