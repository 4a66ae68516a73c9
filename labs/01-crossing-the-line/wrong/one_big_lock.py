"""Wrong: a lock around all the writes. It keeps others out; they are as many calls as before."""

import mmap
import os
import threading
from collections.abc import Iterable
from typing import NamedTuple

PAGE_BYTES = mmap.PAGESIZE

_writing = threading.Lock()


def touch(memory: mmap.mmap) -> None:
    """Write one byte to every page of the memory. The first write to each is a trap; the second is not."""
    for at in range(0, len(memory), PAGE_BYTES):
        memory[at] = 1


def write_records(fd: int, records: Iterable[bytes]) -> None:
    """All of them as one, since nobody can come between."""
    with _writing:
        for record in records:
            os.write(fd, record + b"\n")


class Ending(NamedTuple):
    """How a process ended."""

    how: str
    number: int
    dumped_core: bool


def how_it_ended(status: int) -> Ending:
    """Read the status that `os.waitpid` returned for a child."""
    signal_number = status & 0x7F
    if signal_number:
        return Ending("signal", signal_number, bool(status & 0x80))
    return Ending("exit", status >> 8, False)
