"""The gates of «Crossing the line». The kernel counts; no clock decides."""

import fcntl
import mmap
import os
import random
import resource
import signal
import struct
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType

from concur.labs.gates import Failed, counted, keep_out_huge_pages, nothing_left, require

FAULTS_OVER = 1.1  # the interpreter may touch a few fresh pages of its own meanwhile
FAULTS_AGAIN = 0.05
RECORDS = 1_000
RECORD_BYTES = 900  # 1,000 of them are more than three of the largest default buffers (128 KiB since 3.15)
MOST_WRITES = 3
DUMPED_CORE = 0x80  # of a wait status, as wait(2) and bits/waitstatus.h have it
NULL_POINTER = "import ctypes; ctypes.memmove(0, b'x', 1)"


# Touching


def check_first_touch(work: ModuleType) -> str:
    """The first pass faults once a page, the second not at all; and the pages are there for writing."""
    pages = random.randrange(1_500, 2_500)
    work.touch(fresh(pages))  # once beforehand: what the interpreter needs to run it is then there
    memory = fresh(pages)
    first = counted(lambda: work.touch(memory), who="thread").minor_faults
    again = counted(lambda: work.touch(memory), who="thread").minor_faults
    rest = counted(lambda: write_each(memory), who="thread").minor_faults
    seen = f"{first:,} fault{'s' * (first != 1)} in the first pass"
    asked = f"{pages:,} to {FAULTS_OVER * pages:,.0f} faults for {pages:,} fresh pages"
    require(pages <= first <= FAULTS_OVER * pages, asked, seen, why_not(first, pages))
    most = FAULTS_AGAIN * pages
    require(again <= most, f"at most {most:,.0f} in the second pass: every page is there by then", f"{again:,} faults")
    require(rest <= most, "every page there for writing afterwards", f"{rest:,} faults when each was written to", READ)
    return f"{pages:,} pages: {first:,} faults, then {again:,}"


READ = "A page that was only read is the one page of zeroes, shared by all. The first write to it faults again."


def why_not(faults: int, pages: int) -> str:
    """A guess at what touch() does, from the number of faults."""
    if faults < 5:
        return "Nearly no fault: which bytes are written to, and on which page is byte 999?"
    if faults < pages:
        return f"About {faults:,} of the {pages:,} pages were touched. How many are there is for len(memory) to say."
    if faults >= 2 * pages:
        return "Two faults for each page, or more: is a byte read before it is written, or other fresh memory touched?"
    return "More faults than pages: is other fresh memory written to besides?"


def fresh(pages: int) -> mmap.mmap:
    """Memory of its own, so that it does not matter what became of the function in start.py."""
    memory = mmap.mmap(-1, pages * mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    keep_out_huge_pages(memory)
    return memory


def write_each(memory: mmap.mmap) -> None:
    """Write to every page: what touch() is for."""
    for at in range(0, len(memory), mmap.PAGESIZE):
        memory[at] = 1


# Writing


def check_few_writes(work: ModuleType) -> str:
    """1,000 records reach a file byte by byte, in at most three system calls."""
    records = some_records()
    with tempfile.TemporaryFile() as file, nothing_left("threads", "children"):
        writes = counted(lambda: work.write_records(file.fileno(), iter(records))).writes
        file.seek(0)
        same_bytes(file.read(), records)
    require(writes > 0, "calls of this process, or of children that it waits for", "the kernel counted none")
    require(
        writes <= MOST_WRITES,
        f"{RECORDS:,} records in at most {MOST_WRITES} system calls that write",
        f"the kernel counted {writes:,}",
        "What was one call for each record can be one for all of them: put the bytes together first.",
    )
    return f"{RECORDS:,} records, {writes} write{'s' * (writes != 1)}"


def check_short_write(work: ModuleType) -> str:
    """A signal interrupts a write half-way into a full pipe; nothing is lost, and nothing is there twice."""
    records = some_records()
    with hit_by_a_signal() as (fd, received):
        work.write_records(fd, iter(records))
    same_bytes(bytes(received), records)
    return f"{len(received):,} bytes, interrupted by a signal half-way: all there, once"


def some_records() -> list[bytes]:
    """Records of about the same length, which nobody can know beforehand."""
    return [random.randbytes(RECORD_BYTES // 2 - random.randrange(20)).hex().encode() for _ in range(RECORDS)]


def same_bytes(received: bytes, records: list[bytes]) -> None:
    """Fail unless exactly the records came, each with a newline after it."""
    expected = b"".join(record + b"\n" for record in records)
    if received != expected:
        asked = f"each record and a newline after it: {len(expected):,} bytes"
        raise Failed(asked, *how_they_differ(received, expected))


def how_they_differ(received: bytes, expected: bytes) -> tuple[str, str]:
    """What was seen, and a guess at the cause."""
    size = f"{len(received):,} bytes"
    pairs = zip(received, expected, strict=False)
    if (at := next((at for at, (one, other) in enumerate(pairs) if one != other), None)) is not None:
        return f"{size}, of which byte {at:,} is the first wrong one", ""
    if len(received) == len(expected) - 1:
        return f"{size}: the last newline is missing", ""
    if len(received) < len(expected):
        return f"{size}: the rest is missing", "os.write returns how many bytes it took. What becomes of the others?"
    return f"{size}: all there, and then some more", ""


@contextmanager
def hit_by_a_signal() -> Iterator[tuple[int, bytearray]]:
    """A pipe to write to, and what came out of it. Its reader waits till it is full, sends signals, then reads on.

    A write that has filled the pipe and sleeps is interrupted, and returns what it
    has written until then: pipe(7), signal(7).
    """
    reading, writing = os.pipe()
    received = bytearray()
    before = signal.signal(signal.SIGUSR1, lambda *_: None)

    def read() -> None:
        wait_until_full(reading)
        for each in threading.enumerate():  # whichever of them writes
            if each is not reader and each.ident:
                signal.pthread_kill(each.ident, signal.SIGUSR1)
        while data := os.read(reading, 1 << 16):
            received.extend(data)

    reader = threading.Thread(target=read)
    reader.start()
    try:
        yield writing, received
    finally:
        close_quietly(writing)
        reader.join()
        os.close(reading)
        signal.signal(signal.SIGUSR1, before)


def wait_until_full(reading: int, looks: int = 200) -> None:
    """Until the pipe holds all it can; or, where records leave gaps in its pages, until it has long held as much."""
    capacity = fcntl.fcntl(reading, fcntl.F_GETPIPE_SZ)
    held, same = -1, 0
    while held < capacity and same < looks:
        now = struct.unpack("i", fcntl.ioctl(reading, termios.FIONREAD, b"\0\0\0\0"))[0]
        same = same + 1 if now == held else 0
        held = now
        time.sleep(0.001)


def close_quietly(fd: int) -> None:
    """Close a descriptor that the learner's code may have closed."""
    try:
        os.close(fd)
    except OSError:
        pass


# A child's status


def check_status(work: ModuleType) -> str:
    """Statuses of children that ended in each way, one by a real segmentation fault, and with the core flag."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    endings = 0
    for what, status in real_endings():
        decoded_rightly(work.how_it_ended, what, status)
        endings += 1
    for number in (signal.SIGSEGV, signal.SIGABRT, signal.SIGFPE):
        for core in (0, DUMPED_CORE):
            words = "and its core was dumped" if core else "without a core"
            decoded_rightly(work.how_it_ended, f"killed by {number.name}, {words}", number | core)
            endings += 1
    return f"{endings} endings read, a real SIGSEGV among them"


def real_endings() -> Iterator[tuple[str, int]]:
    """Children that end, and what waitpid says of each."""
    shell = ("exit 0", "exit 3", "exit 139", "kill -TERM $$", "kill -KILL $$", "kill -SEGV $$")
    for command in shell:
        yield f"sh -c '{command}'", status_of(["/bin/sh", "-c", command])
    yield "a child that wrote through a null pointer", status_of([sys.executable, "-I", "-S", "-c", NULL_POINTER])


def status_of(command: list[str]) -> int:
    """Run a command in a child of ours, and wait for it."""
    return os.waitpid(os.spawnv(os.P_NOWAIT, command[0], command), 0)[1]


def decoded_rightly(how_it_ended: Callable[[int], object], what: str, status: int) -> None:
    """Fail unless the function says what the standard library's own macros say."""
    if os.WIFSIGNALED(status):
        expected = ("signal", os.WTERMSIG(status), os.WCOREDUMP(status))
    else:
        expected = ("exit", os.WEXITSTATUS(status), False)
    found = how_it_ended(status)
    require(
        isinstance(found, tuple) and tuple(found) == expected,
        f"of {what}, status {status:#06x}: Ending{expected!r}",
        f"Ending{tuple(found)!r}" if isinstance(found, tuple) else f"{found!r}, which is no Ending",
    )
