"""What the kernel counted while a function ran: faults, switches, writes, private pages. Tier 0, Linux.

    pages = mmap.mmap(-1, 1000 * mmap.PAGESIZE)
    keep_out_huge_pages(pages)
    first, second = (counted(lambda: work.touch(pages)).minor_faults for _ in range(2))
    require(1000 <= first <= 1100, "a fault for each page", f"{first}")
    require(second <= 50, "none for pages that are there", f"{second}")

Four traps. Huge pages: one fault brings 512 pages, where the kernel chooses; keep
them out. Switches: how many are voluntary changes with the machine's load, so gate
`switches`, their sum. Anything else that runs in the process is counted too: a
collection of garbage, another thread; keep margins, or count one thread. And a JIT:
where there is one, call the function once before, or count its work too.
"""

import mmap
import os
import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Generic, Literal, NamedTuple, TypeVar

from concur.labs.gates.verdict import Skipped

T = TypeVar("T")

RUSAGE_THREAD = 1  # getrusage(2); PyPy has no name for it
Who = Literal["self", "thread", "children"]


class Counts(NamedTuple, Generic[T]):
    """What a function returned, and what the kernel counted meanwhile.

    writes: system calls that write to a descriptor as to a file, of this process and
    of children that were waited for meanwhile; send and sendto, for sockets alone,
    are not among them (proc(5), /proc/pid/io: syscw).
    private_dirty_growth_bytes: of this process; negative if it shrank.
    """

    result: T
    minor_faults: int
    major_faults: int
    voluntary_switches: int
    involuntary_switches: int
    writes: int
    private_dirty_growth_bytes: int

    @property
    def switches(self) -> int:
        """Voluntary and involuntary ones: their sum is what a program determines."""
        return self.voluntary_switches + self.involuntary_switches


def counted(function: Callable[[], T], *, who: Who = "self") -> Counts[T]:
    """Call a function, and count meanwhile. Raises what it raises; Skipped where the kernel does not tell.

    who: whose faults and switches are counted: those of all this process's threads,
    of the calling thread, or of children that were waited for meanwhile.
    """
    whose = resource_of(who)
    dirty_bytes = private_dirty_bytes()
    writes, before = count_writes(who), resource.getrusage(whose)
    result = function()
    after, writes = resource.getrusage(whose), count_writes(who) - writes
    return Counts(
        result,
        after.ru_minflt - before.ru_minflt,
        after.ru_majflt - before.ru_majflt,
        after.ru_nvcsw - before.ru_nvcsw,
        after.ru_nivcsw - before.ru_nivcsw,
        writes,
        private_dirty_bytes() - dirty_bytes,
    )


def resource_of(who: Who) -> int:
    if sys.platform != "linux":
        raise Skipped("only Linux counts writes and private pages")
    return {"self": resource.RUSAGE_SELF, "thread": RUSAGE_THREAD, "children": resource.RUSAGE_CHILDREN}[who]


def count_writes(who: Who) -> int:
    """Calls so far. Reading them makes none."""
    return figure(Path("/proc/thread-self/io" if who == "thread" else "/proc/self/io"), "syscw:")


def private_dirty_bytes(pid: int | None = None) -> int:
    """The memory that a process has written to and shares with nobody; of this process if none is named.

    After a fork it is what the two no longer share (proc(5), smaps_rollup).
    """
    return figure(Path("/proc", str(pid or os.getpid()), "smaps_rollup"), "Private_Dirty:") * 1024


def figure(file: Path, name: str) -> int:
    """A figure of a file of /proc. Raises Skipped where it is not to be had."""
    try:
        words = file.read_text().split()
        return int(words[words.index(name) + 1])
    except (OSError, ValueError) as error:
        raise Skipped(f"the kernel does not tell {name.rstrip(':')} in {file}: {error}") from None


def keep_out_huge_pages(mapping: mmap.mmap) -> None:
    """Let each of a mapping's pages fault by itself. Nothing to do where the kernel has no huge pages of its choice."""
    if hasattr(mmap, "MADV_NOHUGEPAGE"):
        try:
            mapping.madvise(mmap.MADV_NOHUGEPAGE)
        except OSError:
            pass  # EINVAL: built without them
