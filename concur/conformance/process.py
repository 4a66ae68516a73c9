"""A process under check: looked at from outside, with all its descendants, for a model may be several; its end. Tier 1.

What must not live here: what is said to it, and what it promises.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

import psutil

from concur.bench.target import AFTER_GRACE_S, RunningTarget
from concur.errors import TargetError

SETTLED_S = 2.0  # what has not gone so long after its work stays
LOOK_S = 0.05  # between two looks at whether it has
DYING_S = 0.2  # from the end of its connections to that of the process


class Census(NamedTuple):
    """How much there is of a process and its descendants."""

    processes: int
    threads: int
    descriptors: int

    def __str__(self) -> str:
        return ", ".join(f"{name} {count}" for name, count in zip(self._fields, self, strict=True))

    def is_within(self, other: "Census") -> bool:
        """Whether nothing is more than there."""
        return all(mine <= theirs for mine, theirs in zip(self, other, strict=True))


class Ending(NamedTuple):
    """How it ended: status is None for one that did not, below 0 for one that a signal killed."""

    status: int | None
    report: dict[str, Any]
    words: str


class Process:
    """A target that runs."""

    def __init__(self, running: RunningTarget) -> None:
        self._running = running

    @property
    def is_alive(self) -> bool:
        """Whether it has not ended."""
        return self._running.is_alive()

    def how_it_ended(self) -> str:
        """In words, or that it has not."""
        return self._running.how_it_ended()

    def how_it_died(self) -> str:
        """The same, empty if it has not. It is given a moment: its sockets are closed before it is gone."""
        with suppress(subprocess.TimeoutExpired):
            self._running.process.wait(DYING_S)
        return "" if self.is_alive else self.how_it_ended()

    def complaints(self) -> str:
        """What it wrote to standard error since it was ready."""
        return self._running.complaints()

    def census(self) -> Census:
        """What there is of it now."""
        tree = self.tree()
        threads = sum(asked(process.num_threads, 0) for process in tree)
        return Census(len(tree), threads, sum(asked(process.num_fds, 0) for process in tree))

    def census_at_rest(self) -> Census:
        """What there is of it as soon as that stays the same from one look to the next, or after a while."""
        return self._census_when(lambda before, now: now == before)

    def census_within(self, limit: Census) -> Census:
        """What there is of it as soon as it is no more than that, or after a while."""
        return self._census_when(lambda _, now: now.is_within(limit))

    def _census_when(self, is_it: Callable[[Census, Census], bool]) -> Census:
        ends_at = time.monotonic() + SETTLED_S
        now = self.census()
        while time.monotonic() < ends_at:
            time.sleep(LOOK_S)
            before, now = now, self.census()
            if is_it(before, now):
                break
        return now

    def cpu_s(self) -> float:
        """CPU time that it has used, its descendants included, in seconds."""
        return sum(sum(asked(process.cpu_times, (0.0, 0.0))[:4]) for process in self.tree())

    def memory_bytes(self) -> int:
        """The memory it occupies; shared pages are divided among their users where the system can, else left out."""
        return sum(_memory_bytes(process) for process in self.tree())

    def tree(self) -> list[psutil.Process]:
        """Itself and all its descendants; none where it has ended."""
        try:
            root = psutil.Process(self._running.pid)
            return [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    # Its end

    @contextmanager
    def paused(self) -> Iterator[None]:
        """All of its processes stopped: what is done meanwhile comes to them at once.

        A process that is being forked just then may miss the signal to go on, so that it is repeated.
        """
        self.census_at_rest()
        self._signal_all(signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal_all(signal.SIGCONT)
            while any(asked(process.status, "") == psutil.STATUS_STOPPED for process in self.tree()):
                self._signal_all(signal.SIGCONT)

    def _signal_all(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):  # none is left
            os.killpg(self._running.pid, number)

    def ask_to_stop(self) -> None:
        """SIGTERM."""
        self._running.process.terminate()

    def ending(self) -> Ending:
        """How it ends, at the latest a while after its grace period."""
        running = self._running
        try:
            status = running.process.wait(running.grace_s + AFTER_GRACE_S)
        except subprocess.TimeoutExpired:
            words = f"it was running still, {running.grace_s + AFTER_GRACE_S:g} s after SIGTERM"
            return Ending(None, {}, words)
        try:
            return Ending(status, running.last_report(), running.how_it_ended())
        except TargetError as error:
            return Ending(status, {}, str(error))


def asked(ask: Any, otherwise: Any, *arguments: Any) -> Any:
    """An answer about a process, or what stands for one that has ended meanwhile or is not to be looked into."""
    try:
        return ask(*arguments)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return otherwise


def _memory_bytes(process: psutil.Process) -> int:
    memory = asked(process.memory_full_info, None)
    return int(getattr(memory, "pss", 0) or memory.uss) if memory else 0
