"""The two bills of each carrier on this machine. It decides nothing.

Each game is played by the learner's own function where that is right, and else by
the one of its name here, so that there is something to compare predictions with
from the beginning; `games_of_yours` counts hers. A game is played in a process of
its own, which an alarm ends if it hangs; what could not be played has no figure.
"""

import asyncio
import os
import select
import signal
import struct
import sys
import threading
import time
from collections.abc import Callable, Generator
from importlib import import_module
from importlib.util import find_spec
from itertools import pairwise
from mmap import mmap
from types import ModuleType
from typing import Any

from concur.labs.gates import counted, private_dirty_bytes

CARRIERS = ("processes", "threads", "generators", "greenlets", "tasks")  # as lab.toml lists the choices
RETURNS = {"processes": 500, "threads": 300, "generators": 10_000, "greenlets": 5_000, "tasks": 1_000}
STANDING = {"processes": 10, "threads": 100, "generators": 10_000, "greenlets": 2_000, "tasks": 5_000}
ALARM_S = 2
RUNS = 3
Game = Callable[..., None]
Figures = dict[str, "float | list[list[float]]"]


def measure(work: ModuleType) -> Figures:
    """ns a switch, bytes an idle carrier, switches by the kernel a return, the orders of both bills."""
    found: Figures = {"games_of_yours": 0.0}
    for carrier in CARRIERS:
        if carrier == "greenlets" and find_spec("greenlet") is None:
            continue
        take(found, work, f"pingpong_{carrier}", lambda game, carrier=carrier: play(game, carrier))
        take(found, work, f"idle_{carrier}", lambda game, carrier=carrier: stand(game, carrier))
    found["switch_order"] = order(found, "ns_switch_")
    found["stay_order"] = order(found, "bytes_idle_")
    if "switches_per_return_processes" in found:
        found["process_switches_per_return"] = found["switches_per_return_processes"]
    thread, task = (found.get(f"bytes_idle_{carrier}") for carrier in ("threads", "tasks"))
    if isinstance(thread, float) and isinstance(task, float) and task > 0:
        found["tasks_a_thread"] = round(thread / task, 1)
    return found


def take(found: Figures, work: ModuleType, name: str, measured: Callable[[Game], list[float]]) -> None:
    """Note a game's figures: of hers if it was played right, else of the one here."""
    hers = getattr(work, name, None)
    figures = in_a_fork(lambda: measured(hers)) if hers else []
    found["games_of_yours"] += bool(figures)  # type: ignore[operator] # a float
    figures = figures or in_a_fork(lambda: measured(globals()[name]))
    kind, _, carrier = name.partition("_")
    names = ("ns_switch_", "switches_per_return_") if kind == "pingpong" else ("bytes_idle_",)
    found.update({f"{prefix}{carrier}": figure for prefix, figure in zip(names, figures, strict=False)})


def order(found: Figures, prefix: str) -> list[list[float]]:
    """[position of the choice, figure] pairs of what was measured."""
    return [[float(at), found[prefix + name]] for at, name in enumerate(CARRIERS) if prefix + name in found]  # type: ignore[list-item] # floats


def in_a_fork(measured: Callable[[], list[float]]) -> list[float]:
    """What a function returns in a child; nothing, if it raises, hangs or finds the game played wrongly."""
    hear, tell = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            signal.alarm(ALARM_S)
            figures = measured()
            os.write(tell, struct.pack(f"{len(figures)}d", *figures))
        finally:
            os._exit(0)
    os.close(tell)
    is_told = select.select([hear], [], [], 2 * ALARM_S)[0]
    told = os.read(hear, 1 << 10) if is_told else b""
    os.close(hear)
    os.waitpid(child, 0)
    return [figure for (figure,) in struct.iter_unpack("d", told)]


# The first bill


def play(game: Game, carrier: str) -> list[float]:
    """ns a switch and the kernel's switches a return, with all on one CPU; nothing, if it was not played in turn."""
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    if not is_in_turn(game, carrier):
        return []
    returns = RETURNS[carrier]
    runs = [timed(game, returns) for _ in range(RUNS)]
    both = counted(lambda: counted(lambda: game(returns, nothing)), who="children")
    return [min(runs) / (2 * returns), (both.switches + both.result.switches) / returns]


def nothing() -> None:
    """A hit that is not recorded, or a look that sees nothing."""


def timed(game: Game, returns: int) -> int:
    """ns for so many returns."""
    began = time.perf_counter_ns()
    game(returns, nothing)
    return time.perf_counter_ns() - began


def is_in_turn(game: Game, carrier: str, returns: int = 50) -> bool:
    """Whether two carriers hit in turn."""
    memory = mmap(-1, 8 * (2 * returns + 2))

    def hit() -> None:
        (hits,) = struct.unpack_from("q", memory)
        struct.pack_into("q", memory, 0, hits + 1)
        struct.pack_into("q", memory, 8 * (hits + 1), hash(who()))

    who: Callable[[], Any] = {
        "processes": os.getpid,
        "threads": threading.get_native_id,
        "generators": lambda: sys._getframe(2),  # of who calls hit, as a rule the generator
        "greenlets": lambda: import_module("greenlet").getcurrent(),
        "tasks": asyncio.current_task,
    }[carrier]
    game(returns, hit)
    (hits,) = struct.unpack_from("q", memory)
    noted = struct.unpack_from(f"{hits}q", memory, 8)
    return hits == 2 * returns and all(one != other for one, other in pairwise(noted))


# The second bill


def stand(game: Game, carrier: str) -> list[float]:
    """Private bytes of one that stands idle; nothing, if not all were there when they were looked at."""
    n, here, bytes_each = STANDING[carrier], Here(), list[float]()
    game(2, Here(), nothing)  # a fork's pages are copied as they are first written to: most of them here
    before = private_dirty_bytes()

    def look() -> None:
        pids = here.pids()
        taken = sum(map(private_dirty_bytes, pids)) if pids else private_dirty_bytes() - before
        if len(pids) + here.now == n:
            bytes_each.append(taken / n)

    game(n, here, look)
    return bytes_each[:1]


class Here:
    """The block that carriers stand in: how many of this process are in it, and which children."""

    def __init__(self) -> None:
        self.now, self._owner = 0, os.getpid()
        self._hear, self._tell = os.pipe()
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        if os.getpid() == self._owner:
            with self._lock:
                self.now += 1
        else:
            os.write(self._tell, struct.pack("i", os.getpid()))

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self.now -= 1

    def pids(self) -> list[int]:
        """The children that have come, all of which are there still."""
        if not select.select([self._hear], [], [], 0)[0]:
            return []
        return [pid for (pid,) in struct.iter_unpack("i", os.read(self._hear, 1 << 16))]


# The games, for as long as the learner's own are not right


def pingpong_processes(n: int, hit: Callable[[], None]) -> None:
    """By two pipes."""
    there, back = os.pipe(), os.pipe()
    if not (child := os.fork()):
        for _ in range(n):
            os.read(there[0], 1)
            hit()
            os.write(back[1], b".")
        os._exit(0)
    for _ in range(n):
        hit()
        os.write(there[1], b".")
        os.read(back[0], 1)
    os.waitpid(child, 0)
    for fd in (*there, *back):
        os.close(fd)


def pingpong_threads(n: int, hit: Callable[[], None]) -> None:
    """By two semaphores."""
    balls = threading.Semaphore(1), threading.Semaphore(0)

    def play(mine: threading.Semaphore, yours: threading.Semaphore) -> None:
        for _ in range(n):
            mine.acquire()
            hit()
            yours.release()

    other = threading.Thread(target=play, args=balls[::-1])
    other.start()
    play(*balls)
    other.join()


def pingpong_generators(n: int, hit: Callable[[], None]) -> None:
    """By a loop around two of them."""

    def play() -> Generator[None, None, None]:
        for _ in range(n):
            hit()
            yield

    for _ in zip(play(), play(), strict=True):
        pass


def pingpong_greenlets(n: int, hit: Callable[[], None]) -> None:
    """By their own word."""
    from greenlet import greenlet  # here: where there is no GIL, it has one put on

    def play(me: int) -> None:
        for _ in range(n):
            hit()
            players[1 - me].switch(1 - me)

    players = [greenlet(play), greenlet(play)]
    players[0].switch(0)
    players[1].switch(1)


def pingpong_tasks(n: int, hit: Callable[[], None]) -> None:
    """By two semaphores of asyncio's."""

    async def play(mine: asyncio.Semaphore, yours: asyncio.Semaphore) -> None:
        for _ in range(n):
            await mine.acquire()
            hit()
            yours.release()

    async def main() -> None:
        balls = asyncio.Semaphore(1), asyncio.Semaphore(0)
        await asyncio.gather(play(*balls), play(*balls[::-1]))

    asyncio.run(main())


def idle_processes(n: int, here: Here, look: Callable[[], None]) -> None:
    """Until a pipe has an end."""
    arrived, stay = os.pipe(), os.pipe()
    children = [os.fork() or _stay(here, arrived, stay) for _ in range(n)]
    for _ in children:
        os.read(arrived[0], 1)
    look()
    for fd in (*arrived, *stay):
        os.close(fd)
    for child in children:
        os.waitpid(child, 0)


def _stay(here: Here, arrived: tuple[int, int], stay: tuple[int, int]) -> int:
    os.close(stay[1])
    here.__enter__()
    os.write(arrived[1], b".")
    os.read(stay[0], 1)
    os._exit(0)


def idle_threads(n: int, here: Here, look: Callable[[], None]) -> None:
    """Until an event is set."""
    everyone, leave = threading.Barrier(n + 1), threading.Event()

    def live() -> None:
        with here:
            everyone.wait()
            leave.wait()

    threads = [threading.Thread(target=live) for _ in range(n)]
    for thread in threads:
        thread.start()
    everyone.wait()
    look()
    leave.set()
    for thread in threads:
        thread.join()


def idle_generators(n: int, here: Here, look: Callable[[], None]) -> None:
    """At a yield."""

    def live() -> Generator[None, None, None]:
        with here:
            yield

    carriers = [live() for _ in range(n)]
    for carrier in carriers:
        next(carrier)
    look()


def idle_greenlets(n: int, here: Here, look: Callable[[], None]) -> None:
    """Away from who made them."""
    from greenlet import getcurrent, greenlet

    maker = getcurrent()

    def live() -> None:
        with here:
            maker.switch()

    carriers = [greenlet(live) for _ in range(n)]
    for carrier in carriers * 2:
        carrier.switch()
        if carrier is carriers[-1] and not carrier.dead:
            look()


def idle_tasks(n: int, here: Here, look: Callable[[], None]) -> None:
    """Until an event is set."""

    async def main() -> None:
        leave = asyncio.Event()

        async def live() -> None:
            with here:
                await leave.wait()

        tasks = [asyncio.create_task(live()) for _ in range(n)]
        await asyncio.sleep(0)
        look()
        leave.set()
        await asyncio.gather(*tasks)

    asyncio.run(main())
