"""What a process tree holds in memory: what is resident, page tables, threads. Reads; keeps nothing.

The proportional set size divides pages that several processes share among them
(kernel doc filesystems/proc.rst), so that a sum over forked processes counts each
page once. Where it cannot be read, the resident set stands in, which counts
shared pages once for each process; results say which it was.
"""

import os
from collections.abc import Iterable
from typing import NamedTuple, Protocol

import psutil

from concur.bench import procfs

PSS, RSS = "pss", "rss"
GONE = (psutil.NoSuchProcess, psutil.ZombieProcess)


class Holding(NamedTuple):
    """A process tree's memory at a moment. page_tables_bytes is None where the system does not tell."""

    bytes: int
    threads: int
    processes: int
    page_tables_bytes: int | None = None


class Reader(Protocol):
    """Reads one process and all below it."""

    @property
    def source(self) -> str:
        """pss or rss."""

    def read(self) -> Holding:
        """As it is now; of processes that have ended, nothing."""

    def pids(self) -> list[int]:
        """The living processes of the tree."""


def reader(pid: int) -> Reader:
    """The best that there is; `CONCUR_COUNTERS=portable` forces the one that every Unix has."""
    can_tell = bool(rollup_bytes(procfs.read(f"/proc/{pid}/smaps_rollup")))
    return PssReader(pid) if can_tell and os.environ.get("CONCUR_COUNTERS") != "portable" else RssReader(pid)


class PssReader:
    """Linux: each process's smaps_rollup and status."""

    source = PSS

    def __init__(self, pid: int) -> None:
        self._root = pid

    def pids(self) -> list[int]:
        """The root, and all below it by parenthood, those left out that have ended and are not yet waited for."""
        return list(self._members())

    def _members(self) -> dict[int, dict[str, int]]:
        everything = procfs.stats(procfs.pids())
        found = procfs.descendants(everything, [self._root])
        return {pid: everything[pid] for pid in found if not everything[pid]["zombie"]}

    def read(self) -> Holding:
        """As it is now."""
        members = self._members()
        return Holding(
            sum(rollup_bytes(procfs.read(f"/proc/{pid}/smaps_rollup")) for pid in members),
            sum(numbers["threads"] for numbers in members.values()),
            len(members),
            sum(page_table_bytes(procfs.read(f"/proc/{pid}/status")) for pid in members),
        )


class RssReader:
    """Every Unix: the resident set, as psutil tells it."""

    source = RSS

    def __init__(self, pid: int) -> None:
        self._root = pid

    def pids(self) -> list[int]:
        """The root, and all below it."""
        return [one.pid for one in self._members()]

    def _members(self) -> list[psutil.Process]:
        try:
            root = psutil.Process(self._root)
            return [root, *root.children(recursive=True)]
        except GONE:
            return []

    def read(self) -> Holding:
        """As it is now."""
        found = [each for each in map(_resident, self._members()) if each]
        return Holding(sum(size for size, _ in found), sum(threads for _, threads in found), len(found))


def _resident(process: psutil.Process) -> tuple[int, int] | None:
    try:
        return process.memory_info().rss, process.num_threads()
    except GONE:
        return None


def rollup_bytes(text: bytes) -> int:
    """Of a smaps_rollup: the proportional set, and the same of what was swapped out. 0 for one that has ended."""
    return _kib_named(text, (b"Pss:", b"SwapPss:"))


def page_table_bytes(text: bytes) -> int:
    """Of a /proc/PID/status: the page tables, which no set size contains."""
    return _kib_named(text, (b"VmPTE:",))


def _kib_named(text: bytes, names: Iterable[bytes]) -> int:
    wanted = set(names)
    rows = (line.split() for line in text.splitlines())
    return sum(int(row[1]) * 1024 for row in rows if len(row) > 1 and row[0] in wanted)
