"""Wrong: newlines between the records, and none after the last."""

import mmap
import os
from collections.abc import Iterable
from typing import NamedTuple

PAGE_BYTES = mmap.PAGESIZE


def touch(memory: mmap.mmap) -> None:
    """Write one byte to every page of the memory. The first write to each is a trap; the second is not."""
    for at in range(0, len(memory), PAGE_BYTES):
        memory[at] = 1


def write_records(fd: int, records: Iterable[bytes]) -> None:
    """Join, and write until all is taken."""
    rest = memoryview(b"\n".join(records))
    while rest:
        rest = rest[os.write(fd, rest) :]


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
