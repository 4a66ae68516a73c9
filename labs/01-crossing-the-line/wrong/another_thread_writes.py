"""Wrong: as many calls as before, by a thread that joins in."""

import mmap
import os
import threading
from collections.abc import Iterable
from typing import NamedTuple

PAGE_BYTES = mmap.PAGESIZE


def touch(memory: mmap.mmap) -> None:
    for at in range(0, len(memory), PAGE_BYTES):
        memory[at] = 1


def write_records(fd: int, records: Iterable[bytes]) -> None:
    def write() -> None:
        for record in records:
            os.write(fd, record + b"\n")

    writer = threading.Thread(target=write)
    writer.start()
    writer.join()


class Ending(NamedTuple):
    how: str
    number: int
    dumped_core: bool


def how_it_ended(status: int) -> Ending:
    signal_number = status & 0x7F
    if signal_number:
        return Ending("signal", signal_number, bool(status & 0x80))
    return Ending("exit", status >> 8, False)
