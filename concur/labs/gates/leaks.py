"""What a program leaves behind: threads, children, descriptors, tasks, greenlets. Tier 0.

    with nothing_left():
        work.serve_and_stop()

    async def supervised():
        async with nothing_left():       # within a loop: tasks that outlive the block are found too
            await work.crawl(...)

What is about to end is waited for, a second at most. A child that ended and was
not waited for, a zombie, is left behind as much as one that runs. What only the
garbage collector still held is not: it is collected before.
"""

import asyncio
import gc
import os
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from time import monotonic, sleep
from typing import Any, Self

from concur.accounting import descriptors
from concur.labs.gates.outside import OwnThread, children, where_it_waits
from concur.labs.gates.verdict import Failed

GRACE_S = 1.0
LOOK_S = 0.005
ZOMBIE = "a zombie: ended, but nobody waited for it"

Things = dict[Any, str]  # what is there, by what it is known by, and how it is called


class nothing_left:  # a context that reads as a claim
    """A block after which nothing is there that was not before; else Failed, which names it.

    kinds: what to look for, of threads, children, descriptors, tasks and greenlets;
    all of them if none is named. An error that comes out of the block goes on.
    """

    def __init__(self, *kinds: str) -> None:
        self._looks = {kind: KINDS[kind] for kind in kinds or KINDS}
        self._before: dict[str, Things] = {}

    def __enter__(self) -> Self:
        self._before = {kind: look() for kind, look in self._looks.items()}
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._await_ends()
            self._say(self.left())

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(self, kind: object, *_: object) -> None:
        if kind is None:
            for _turn in range(3):  # for tasks that have ended but for their last turn
                await asyncio.sleep(0)
            self._await_ends()
            self._say(self.left())

    def _await_ends(self) -> None:
        until_s = monotonic() + GRACE_S
        while self._may_end() and monotonic() < until_s:
            sleep(LOOK_S)

    def _may_end(self) -> bool:
        """Without a thread or a child that runs still, nothing ends by itself."""
        children = [name for name in self._new("children") if not is_zombie(name)]
        return bool(self._new("threads") or children)

    def left(self) -> dict[str, list[str]]:
        """What is there now and was not before, by kind."""
        gc.collect()
        return {kind: names for kind in self._looks if (names := self._new(kind))}

    def _new(self, kind: str) -> list[str]:
        if kind not in self._looks:
            return []
        return [name for key, name in self._looks[kind]().items() if key not in self._before[kind]]

    def _say(self, left: dict[str, list[str]]) -> None:
        if left:
            seen = ", ".join(f"{len(names)} {kind if len(names) > 1 else ONE[kind]}" for kind, names in left.items())
            raise Failed("nothing is left behind", seen, "\n".join(name for names in left.values() for name in names))


def find_threads() -> Things:
    found = [one for one in threading.enumerate() if not isinstance(one, OwnThread)]
    return {one: f"thread {one.name}, {of_function(one)}" for one in found}


def of_function(thread: threading.Thread) -> str:
    target = getattr(thread, "_target", None) or type(thread).run
    return f"which runs {getattr(target, '__qualname__', target)}"


def find_children() -> Things:
    return {pid: describe_child(pid) for pid in children() - of_multiprocessing("_pid", "_forkserver_pid")}


def describe_child(pid: int) -> str:
    try:
        state = Path("/proc", str(pid), "stat").read_text().rpartition(")")[2].split()[0]
        command = Path("/proc", str(pid), "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return f"child {pid}"
    return f"child {pid}, {ZOMBIE}" if state == "Z" else f"child {pid}, {command[:80]}"


def is_zombie(child: str) -> bool:
    return child.endswith(ZOMBIE)


def of_multiprocessing(*names: str) -> set[int]:
    """What belongs to multiprocessing's own servants, which live as long as the process does."""
    homes = [("resource_tracker", "_resource_tracker"), ("forkserver", "_forkserver")]
    servants = [getattr(sys.modules.get(f"multiprocessing.{module}"), name, None) for module, name in homes]
    return {number for one in servants for name in names if (number := getattr(one, name, None)) is not None}


def find_descriptors() -> Things:
    """By number and what they mean, since numbers are used again."""
    found: Things = {}
    for number in descriptors() - of_multiprocessing("_fd", "_forkserver_alive_fd"):
        try:
            about = os.fstat(number)
            found[number, about.st_dev, about.st_ino] = f"descriptor {number}, {target_of(number)}"
        except OSError:
            pass  # closed meanwhile
    return found


def target_of(number: int) -> str:
    try:
        return os.readlink(f"/proc/self/fd/{number}")
    except OSError:
        return "open"


def find_tasks() -> Things:
    """The tasks of the loop that runs; where none does, those of any loop that were never ended."""
    try:
        found: Iterable[Any] = asyncio.all_tasks() - {asyncio.current_task()}
    except RuntimeError:
        found = instances_of(asyncio.Task)
    return {
        id(one): f"task {one.get_name()}: {getattr(one.get_coro(), '__qualname__', '')}, "
        f"at {where_it_waits(one.get_coro())}"
        for one in found
        if not one.done()
    }


def find_greenlets() -> Things:
    """Greenlets that have begun and not ended, but for those in which threads live."""
    library = sys.modules.get("greenlet")
    if library is None:
        return {}
    found = instances_of(library.greenlet)
    return {id(one): f"greenlet {one!r}" for one in found if one and one.parent is not None}


def instances_of(kind: type) -> list[Any]:
    """All there are, those of its subclasses too, as the collector knows them."""
    kinds = [kind]
    for each in kinds:
        kinds += each.__subclasses__()
    wanted = set(kinds)
    return [one for one in gc.get_objects() if type(one) in wanted]


KINDS: dict[str, Callable[[], Things]] = {
    "threads": find_threads,
    "children": find_children,
    "descriptors": find_descriptors,
    "tasks": find_tasks,
    "greenlets": find_greenlets,
}
ONE = {"threads": "thread", "children": "child", "descriptors": "descriptor", "tasks": "task", "greenlets": "greenlet"}
