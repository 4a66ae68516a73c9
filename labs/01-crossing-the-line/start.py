"""Crossing the line: three functions, and what each of them makes the kernel do.

All three run, and none does what it promises. Mend one, check, mend the next.
`python work.py` shows what they do now.
"""

import mmap
import os
from collections.abc import Iterable
from typing import NamedTuple

PAGE_BYTES = mmap.PAGESIZE  # what the kernel hands out memory in; mostly 4096


def fresh_memory(pages: int) -> mmap.mmap:
    """So many pages of memory that nobody has touched. This one is finished: read it."""
    memory = mmap.mmap(-1, pages * PAGE_BYTES, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if hasattr(mmap, "MADV_NOHUGEPAGE"):
        memory.madvise(mmap.MADV_NOHUGEPAGE)  # else one fault may bring 512 pages at once, and there is less to count
    return memory


def touch(memory: mmap.mmap) -> None:
    """Write one byte to every page of the memory, so that each page is really there afterwards.

    `memory[i] = 1` writes byte i. Page 0 begins at byte 0, page 1 at byte PAGE_BYTES, and so on.
    """
    # TODO: this writes a byte for each page. On how many pages are they?
    for page in range(len(memory) // PAGE_BYTES):
        memory[page] = 1


def write_records(fd: int, records: Iterable[bytes]) -> None:
    """Write each record, and a newline after it, to the descriptor, in as few system calls as possible.

    `os.write(fd, data)` is one system call. It returns how many bytes it took, which may be fewer than it was given.
    """
    # TODO: one crossing for each record. Two or three are enough for all of them.
    for record in records:
        os.write(fd, record + b"\n")


class Ending(NamedTuple):
    """How a process ended."""

    how: str  # "exit", if it ended itself, or "signal", if it was killed
    number: int  # the exit code, or the signal's number
    dumped_core: bool  # whether the kernel left an image of its memory; never, after an exit


def how_it_ended(status: int) -> Ending:
    """Read the status that `os.waitpid` returned for a child.

    On Linux it is 16 bits, coded as README.md shows; `os.WIFSIGNALED` and its neighbours read them, too.
    """
    # TODO: the status is not the exit code.
    return Ending("exit", status, False)


if __name__ == "__main__":
    import resource

    def faults_so_far() -> int:
        return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

    def writes_so_far() -> int:
        with open("/proc/self/io") as file:
            return int(file.read().split("syscw:")[1].split()[0])

    memory = fresh_memory(1_000)
    for which in ("first", "second"):
        before = faults_so_far()
        touch(memory)
        print(f"touch(1,000 pages), {which} pass: {faults_so_far() - before} faults")

    with open(os.devnull, "wb") as sink:
        before = writes_so_far()
        write_records(sink.fileno(), [b"a record"] * 1_000)
        print(f"write_records(1,000 records): {writes_so_far() - before} system calls that write")

    for command in ("exit 3", "kill -SEGV $$"):
        _, status = os.waitpid(os.spawnv(os.P_NOWAIT, "/bin/sh", ["sh", "-c", command]), 0)
        print(f"sh -c '{command}': status {status:#06x}, {how_it_ended(status)}")
