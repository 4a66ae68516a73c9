"""Who did the work: which process, which thread, which interpreter. Tier 0.

def check_other_process(work):
    workers = Workers()
    for worker in work.run_all(who, times=8):        # the learner's program calls `who` where it works
        workers.note(worker)
    require(os.getpid() not in workers.pids, "no CPU work in this process", f"processes {workers.pids}")
"""

import os
import sys
from threading import Lock, get_native_id
from typing import NamedTuple

if sys.version_info >= (3, 14) and sys.implementation.name == "cpython":
    from _interpreters import get_current  # type: ignore[import-not-found, unused-ignore] # known since 3.13

    interpreter_id = int(get_current()[0])
else:
    interpreter_id = 0  # of this interpreter: a module is imported once in each


class Worker(NamedTuple):
    """Who worked. Can be pickled, and sent from one interpreter to another as a tuple.

    thread_id is the system's, so that two processes never share one; interpreter_id
    is 0 for the main interpreter, and for each before CPython 3.14.
    """

    pid: int
    thread_id: int
    interpreter_id: int


def who() -> Worker:
    """The process, thread and interpreter that call this."""
    return Worker(os.getpid(), get_native_id(), interpreter_id)


class Workers:
    """All who worked, as they are noted, from any thread."""

    def __init__(self) -> None:
        self._noted: list[Worker] = []
        self._lock = Lock()

    def note(self, worker: Worker | tuple[int, int, int] | None = None) -> Worker:
        """Note one: who calls this, or whom another process or interpreter told of. Returns it."""
        worker = Worker(*worker) if worker else who()
        with self._lock:
            self._noted.append(worker)
        return worker

    @property
    def noted(self) -> list[Worker]:
        """One for each piece of work, in the order in which they were noted."""
        with self._lock:
            return list(self._noted)

    @property
    def pids(self) -> set[int]:
        return {worker.pid for worker in self.noted}

    @property
    def threads(self) -> set[int]:
        return {worker.thread_id for worker in self.noted}

    @property
    def interpreters(self) -> set[int]:
        return {worker.interpreter_id for worker in self.noted}
