"""Wrong: when a write comes back short, it sleeps until things have calmed down, and writes all again."""

import mmap
import os
import time
from collections.abc import Iterable
from typing import NamedTuple

PAGE_BYTES = mmap.PAGESIZE


def touch(memory: mmap.mmap) -> None:
    """Write one byte to every page of the memory. The first write to each is a trap; the second is not."""
    for at in range(0, len(memory), PAGE_BYTES):
        memory[at] = 1


def write_records(fd: int, records: Iterable[bytes]) -> None:
    """Until it works."""
    data = b"".join(record + b"\n" for record in records)
    while os.write(fd, data) < len(data):
        time.sleep(0.05)


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
