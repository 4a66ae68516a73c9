"""Where the threads of a target wait, by looking at all of them again and again; among it, who waits for the GIL.

Tier 1. /proc/PID/task/TID/syscall (proc(5)) says «running», or the system call
in which a thread sleeps, with its arguments. The first argument of a futex is
the address slept on, and that tells the GIL from other locks: CPython's main
GIL and PyPy's are static, so they lie in the writable data of the interpreter's
image, while a program's locks are on the heap or on stacks.

Looking stops nobody: the kernel reads a thread that sleeps, and answers
«running» for one that does not. It costs the looker 10 to 20 µs a thread, on
the engine's CPU: a server of 64 threads lost 5 to 10 % of its rate to it here,
one of a single thread nothing that was to be told from noise. What must not
live here: system calls counted (`tracing.py`).
"""

import os
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from concur.bench import procfs
from concur.bench.probe.blocking_calls import call_name
from concur.bench.probe.urgent import urgent
from concur.errors import MachineError

RUNNING, GIL, LOCK = "running", "gil", "lock"
EVERY_S = 0.004  # between two looks, on average: not a divisor of the GIL's 5 ms, and jittered besides
MOST_SHARE = 0.1  # of a CPU, spent looking
TREE_EVERY_NS = 100_000_000  # the tree is asked for new children; one that lives for less is hardly ever seen
GIL_BYTES = 256  # its lock, its condition and those of switching lie together (Include/internal/pycore_gil.h)
FUTEX_TIMEOUT = 3  # which argument of futex(2) is its time-out; none is 0
_IMAGE = re.compile(r"(libpython|libpypy|python|pypy)[^/]*$")


class Look(NamedTuple):
    """One thread at one moment: the name of the call it slept in, or "running"; for a futex its address."""

    call: str
    address: int = 0
    is_timed: bool = False


class Range(NamedTuple):
    """Addresses from start up to end, without it."""

    start: int
    end: int


class Waiting(NamedTuple):
    """The mean number of threads by what they waited in, as results.Probe has it, over so many looks at all of them."""

    threads: dict[str, float]
    looks: int


class Watch:
    """Looks at every thread of a tree but `without`, those that are not the program's own (thread ids).

    has_gil: whether a futex in the interpreter's data is the GIL; in a
    free-threaded build it is not. has_own_gils: whether there are
    subinterpreters, each with a GIL of its own on the heap. Raises MachineError
    where /proc does not tell.
    """

    def __init__(self, root: int, *, has_gil: bool, has_own_gils: bool = False, without: Iterable[int] = ()) -> None:
        self._root, self._without = root, frozenset(without)
        self.has_gil, self._has_own_gils = has_gil, has_own_gils
        self._seen: Counter[tuple[int, Look]] = Counter()
        self._sleepers: defaultdict[tuple[int, int], set[int]] = defaultdict(set)  # by process and address, thread ids
        self._images: dict[int, list[Range]] = {}
        self._members: list[int] = []
        self._looks = self._tree_ends_ns = 0
        self._jitter = random.Random(root)
        self.is_urgent = True  # whether looks need not wait for the engine to be idle
        try:
            Path(f"/proc/{root}/task/{root}/syscall").read_text()
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or str(error)
            raise MachineError("where threads wait cannot be seen", why=f"/proc/PID/task/TID/syscall: {why}") from None

    def until(self, end_ns: int) -> None:
        """Look until then, on the monotonic clock, ahead of the engine where they share a CPU."""
        with urgent() as self.is_urgent:
            while time.monotonic_ns() < end_ns:
                began_ns = time.thread_time_ns()
                self._look()
                took_s = (time.thread_time_ns() - began_ns) / 1e9
                pause_s = max(self._jitter.uniform(0.5, 1.5) * EVERY_S, took_s / MOST_SHARE)
                time.sleep(max(min(pause_s, (end_ns - time.monotonic_ns()) / 1e9), 0))

    def _look(self) -> None:
        if time.monotonic_ns() >= self._tree_ends_ns:
            self._find_members()
        self._looks += 1
        for pid in self._members:
            for thread, look in looks_at(pid, self._without):
                self._note(pid, thread, look)

    def _note(self, pid: int, thread: int, look: Look) -> None:
        self._seen[pid, look] += 1
        if look.address and pid not in self._images:
            self._images[pid] = image_data(mappings(pid))  # once: an image does not move
        if look.is_timed:
            self._sleepers[pid, look.address].add(thread)

    def _find_members(self) -> None:
        self._tree_ends_ns = time.monotonic_ns() + TREE_EVERY_NS
        self._members = list(procfs.descendants(procfs.stats(procfs.pids()), [self._root]))

    def result(self) -> Waiting:
        """What was seen so far."""
        found: Counter[str] = Counter({GIL: 0} if self.has_gil else {})
        for (pid, look), count in self._seen.items():
            found[self._called(pid, look)] += count
        return Waiting({name: count / max(self._looks, 1) for name, count in found.items()}, self._looks)

    def _called(self, pid: int, look: Look) -> str:
        if look.call != "futex":
            return look.call
        ranges = [*self._images.get(pid, ()), *self._own_gils(pid)] if self.has_gil else []
        return GIL if any(start <= look.address < end for start, end in ranges) else LOCK

    def _own_gils(self, pid: int) -> list[Range]:
        """Where the GILs of subinterpreters are: several threads slept there for a bounded time, each at one address.

        So does take_gil (CPython's Python/ceval_gil.c), for the switch interval; then it asks the holder to let go.
        Python's own timed waits have an address for each thread.
        """
        found = [
            address
            for (owner, address), threads in self._sleepers.items()
            if self._has_own_gils and owner == pid and len(threads) > 1
        ]
        return [Range(address - GIL_BYTES, address + GIL_BYTES) for address in found]


def looks_at(pid: int, without: frozenset[int]) -> list[tuple[int, Look]]:
    """Each thread of a process now; nothing where it has ended."""
    try:
        threads = [int(name) for name in os.listdir(f"/proc/{pid}/task")]
    except (FileNotFoundError, ProcessLookupError):
        return []
    lines = ((thread, procfs.read(f"/proc/{pid}/task/{thread}/syscall")) for thread in threads if thread not in without)
    return [(thread, look) for thread, line in lines if (look := parse(line))]


def parse(line: bytes) -> Look | None:
    """The line of /proc/PID/task/TID/syscall: «running», or «number arg0 … arg5 sp pc», a number of -1 for no call.

    None for an empty one, of a thread that has ended. Raises MachineError for rubbish.
    """
    words = line.split()
    if not words:
        return None
    if words == [b"running"]:
        return Look(RUNNING)
    try:
        number, arguments = int(words[0]), [int(word, 16) for word in words[1:]]
    except ValueError:
        raise MachineError("/proc/PID/task/TID/syscall is not understood", why=repr(line[:80])) from None
    name = call_name(number)
    if name != "futex" or len(arguments) <= FUTEX_TIMEOUT:
        return Look(name)
    return Look(name, arguments[0], bool(arguments[FUTEX_TIMEOUT]))


def mappings(pid: int) -> str:
    """The mappings of a process; empty where it has ended, or may not be looked into."""
    try:
        return Path(f"/proc/{pid}/maps").read_text()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return ""


def image_data(maps: str) -> list[Range]:
    """The writable data of the interpreter's image by /proc/PID/maps (proc(5)): of python or pypy and their library.

    The unnamed mapping that follows one without a gap is its zeroed part, .bss.
    """
    found: list[Range] = []
    last_end = -1
    for line in maps.splitlines():
        words = line.split(maxsplit=5)
        start, end = (int(word, 16) for word in words[0].split("-"))
        path = words[5] if len(words) > 5 else ""
        is_bss = not path and start == last_end
        if is_interpreter(path) or is_bss:
            last_end = end
            found += [Range(start, end)] if "w" in words[1] else []
    return found


def is_interpreter(path: str) -> bool:
    """Whether a mapped file is an interpreter's image, by its name."""
    return path.startswith("/") and bool(_IMAGE.match(path.rpartition("/")[2]))


def interpreter_images(maps: str) -> list[str]:
    """The files of the interpreter's image, its library first."""
    paths = {words[5] for line in maps.splitlines() if len(words := line.split(maxsplit=5)) > 5}
    return sorted((path for path in paths if is_interpreter(path)), key=lambda path: ("/lib" not in path, path))
