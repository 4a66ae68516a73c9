"""Wrong: as many calls as before, by a process that nobody waits for."""

import mmap
import os
import time
from collections.abc import Iterable
from typing import NamedTuple

PAGE_BYTES = mmap.PAGESIZE


def touch(memory: mmap.mmap) -> None:
    for at in range(0, len(memory), PAGE_BYTES):
        memory[at] = 1


def write_records(fd: int, records: Iterable[bytes]) -> None:
    child = os.fork()
    if child == 0:
        if os.fork() == 0:
            for record in records:
                os.write(fd, record + b"\n")
        os._exit(0)
    os.waitpid(child, 0)
    time.sleep(0.5)


class Ending(NamedTuple):
    how: str
    number: int
    dumped_core: bool


def how_it_ended(status: int) -> Ending:
    signal_number = status & 0x7F
    if signal_number:
        return Ending("signal", signal_number, bool(status & 0x80))
    return Ending("exit", status >> 8, False)
