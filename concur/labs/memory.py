"""What a tree of processes holds, watched without being held up by it. Tier 1.

Resident sets count a page once for each process that shares it: after a fork, nearly
all of them. Where their sum is over the limit, shared pages are counted in
proportion (PSS, proc(5)), by a thread of its own: to be told, the kernel waits for
the process's memory map, which a fork bomb keeps locked.
"""

import os
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")


class MemoryWatch:
    """Whether processes hold more than a limit, in bytes."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes, self._is_over = limit_bytes, False
        self._weighing: threading.Thread | None = None

    def is_over(self, pids: Sequence[int]) -> bool:
        """As far as it is known by now: the answer comes within a few calls."""
        is_idle = self._weighing is None or not self._weighing.is_alive()
        if is_idle and not self._is_over and sum(map(resident_bytes, pids)) > self._limit_bytes:
            self._weighing = threading.Thread(target=self._weigh, args=(tuple(pids),), daemon=True)
            self._weighing.start()
        return self._is_over

    def _weigh(self, pids: Iterable[int]) -> None:
        total = 0
        for pid in pids:
            total += proportional_bytes(pid)
            if total > self._limit_bytes:
                self._is_over = True
                return


def resident_bytes(pid: int) -> int:
    """Its resident set; 0 where it has ended."""
    try:
        return int((PROC / str(pid) / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return 0 if (PROC / "self").exists() else _resident_by_psutil(pid)


def _resident_by_psutil(pid: int) -> int:
    import psutil

    with suppress(psutil.Error):
        return int(psutil.Process(pid).memory_info().rss)
    return 0


def proportional_bytes(pid: int) -> int:
    """The same, of each shared page its part; the resident set where the kernel does not tell."""
    try:
        lines = (PROC / str(pid) / "smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("Pss:"))
    except (OSError, StopIteration):
        return resident_bytes(pid)
