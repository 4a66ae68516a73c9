"""Wrong: it knows the numbers that the README names: 1,000 pages, exit 3, signal 11."""

import mmap
import os
from collections.abc import Iterable
from typing import NamedTuple

PAGE_BYTES = mmap.PAGESIZE


def touch(memory: mmap.mmap) -> None:
    """It is 1,000 pages, after all."""
    for page in range(1_000):
        memory[page * PAGE_BYTES] = 1


def write_records(fd: int, records: Iterable[bytes]) -> None:
    """Write each record, and a newline after it, to the descriptor: one system call, unless the kernel takes less."""
    rest = memoryview(b"".join(record + b"\n" for record in records))
    while rest:
        rest = rest[os.write(fd, rest) :]


class Ending(NamedTuple):
    """How a process ended."""

    how: str
    number: int
    dumped_core: bool


def how_it_ended(status: int) -> Ending:
    """The two children of the demonstration."""
    return Ending("exit", 3, False) if status == 0x300 else Ending("signal", 11, False)
