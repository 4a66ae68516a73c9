"""Wrong: an exit code over 128 is taken for a signal, as shells print it. A child may exit 139 itself."""

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
    """128 + n is signal n."""
    code = status >> 8
    if code > 128:
        return Ending("signal", code - 128, False)
    return Ending("exit", code, False)
