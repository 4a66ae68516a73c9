"""Forked workers of a crawl: what `processes` and `prefork` share. Tier 0.

What must not live here: how many there are, and how long they live.
"""

import os
import signal
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from concur.crawl.blocking import Lines
from concur.crawl.contract import Crawl
from concur.echo.forked import SIGNALS, die_with
from concur.echo.stop import Stop
from concur.errors import MachineError

if TYPE_CHECKING:
    from multiprocessing.context import ForkProcess

_FORK = get_context("fork")


class Processes:
    """The processes of one crawl. At the end of the grace period they are killed, and so are they with their parent."""

    def __init__(self, crawl: Crawl, stop: Stop, work: Callable[[Connection, Lines], None]) -> None:
        self._crawl, self._work, self._parent = crawl, work, os.getpid()
        self._running: set[ForkProcess] = set()
        self._ours: list[Connection] = []
        stop.on_grace_over(self._kill)
        stop.on_abort(self._kill)

    def fork(self) -> Connection:
        """A new one, and the line to it. Raises MachineError where there are no more to be had."""
        self._bury()
        ours, theirs = _FORK.Pipe()
        process = _FORK.Process(target=self._run, args=(theirs, ours))
        held = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            process.start()
        except OSError as error:
            raise MachineError(
                f"cannot fork worker {len(self._running) + 1}",
                why=error.strerror or str(error),
                do="Have fewer requests under way, or allow more processes (ulimit -u, the container's limit).",
            ) from None
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, held)
            theirs.close()
        self._running.add(process)
        self._ours = [line for line in self._ours if not line.closed] + [ours]
        return ours

    def _run(self, line: Connection, other_end: Connection) -> None:
        """In the child. A stop is its parent's to hear; the parent's ends of all lines are not its own."""
        die_with(self._parent)
        signal.set_wakeup_fd(-1)
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
        for parents in (other_end, *self._ours):
            parents.close()
        self._work(line, Lines(self._crawl))

    def _kill(self) -> None:
        if os.getpid() == self._parent:
            for process in list(self._running):
                if process.exitcode is None:
                    process.kill()

    def _bury(self) -> None:
        for process in [each for each in self._running if each.exitcode is not None]:
            process.join()
            process.close()
            self._running.discard(process)

    def end(self) -> None:
        """Wait for all: their lines have ended."""
        for line in self._ours:
            line.close()
        for process in self._running:
            process.join()
        self._bury()
