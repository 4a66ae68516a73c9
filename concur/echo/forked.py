"""Forked workers: each is a copy of this process as it stands, does its work, reports, and exits.

Tier 0. What makes forks hard is dealt with here, once. A signal must not fall
between parent and child; a child must not act on what it has inherited of its
parent; whoever has ended must be waited for, or stays as a zombie. Fork before
there are loops and threads: of its parent's threads a child has one alone, but
of their locks all.
"""

import ctypes
import json
import os
import select
import signal
import traceback
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from concur.echo.contract import Service, Stop
from concur.echo.stop import AGAIN_S
from concur.errors import MachineError, TargetError

Work = Callable[[Service], dict[str, Any] | None]
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)  # what Stop handles
REPORT_BYTES = 64 * 1024  # asked of each read; a report has less than PIPE_BUF bytes, so it is never torn (pipe(7))
PR_SET_PDEATHSIG = 1  # prctl(2)
LOOK_S = 0.5  # between two looks for workers that were killed


class Children:
    """The forked workers of a service. Their parent tells them of the stop, and absorbs what they report.

    `fileno` becomes readable when one has ended: then `collect`.
    """

    def __init__(self, stop: Stop, service: Service) -> None:
        self._stop, self._service = stop, service
        self._readable, self._writable = os.pipe()
        self._unread = b""
        self._parent = os.getpid()
        self._running: set[int] = set()
        self._signalled: int | None = None  # what they were last told
        stop.on_request(lambda: self._signal(signal.SIGTERM))
        stop.on_grace_over(lambda: self._signal(signal.SIGALRM))
        stop.on_abort(lambda: self._signal(signal.SIGKILL))

    def fileno(self) -> int:
        """The descriptor that becomes readable when a worker has reported."""
        return self._readable

    def fork(self, work: Work, number: int | None = None) -> None:
        """Start a worker, which calls `work` with a service of its own; `number` makes its share of connections known.

        What `work` returns is added to its report. Raises OSError where no process is to be had.
        """
        held = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        try:
            pid = os.fork()
            if pid == 0:
                self._run(work, number, held)
            self._running.add(pid)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, held)

    def _run(self, work: Work, number: int | None, held: Any) -> NoReturn:
        """The child, from its birth to its end. It must not return into what its parent was doing."""
        status = 1
        try:
            die_with(self._parent)
            self._stop.renew_in_worker()
            service = self._service.another()
            service.follow(self._stop)
            signal.pthread_sigmask(signal.SIG_SETMASK, held)
            more = work(service) or {}
            service.end_offload()
            self._report(service, number, more)
            status = 0
        except BaseException:  # nobody is above to hear of it
            traceback.print_exc()
        finally:
            os._exit(status)

    def _report(self, service: Service, number: int | None, more: dict[str, Any]) -> None:
        report = service.report() | more | {"pid": os.getpid()}
        if number is not None:
            report["worker"] = number
        os.write(self._writable, json.dumps(report).encode() + b"\n")

    def _signal(self, number: int) -> None:
        """Send it to all, if this is their parent: a child has inherited this object, but not its children."""
        self._signalled = number
        if os.getpid() == self._parent:
            for pid in self._running:
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    pass  # it has been waited for a moment ago, and is about to be forgotten

    def fork_all(self, works: Sequence[Work]) -> None:
        """Start a fixed set of workers. Raises MachineError, and ends those that run, where there are not so many."""
        for number, work in enumerate(works):
            try:
                self.fork(work, number)
            except OSError as error:
                self._end_all()
                raise MachineError(
                    f"cannot fork worker {number + 1} of {len(works)}",
                    why=error.strerror or str(error),
                    do="Ask for fewer, or allow more processes (ulimit -u, the container's limit).",
                ) from None

    def collect(self) -> None:
        """Absorb what has been reported, and bury who reported it."""
        while select.select([self._readable], [], [], 0)[0]:
            *lines, self._unread = (self._unread + os.read(self._readable, REPORT_BYTES)).split(b"\n")
            for report in map(json.loads, lines):
                self._service.absorb(report)
                self._bury(report["pid"])

    def watch(self) -> None:
        """Block until the stop. Raises TargetError if a worker of a fixed set ends before it, and ends the others."""
        while not self._stop.wait(LOOK_S):
            died = self._bury_the_silent()
            if died and not self._stop.is_requested:
                self._end_all()
                pid, status = died[0]
                raise TargetError(f"worker {pid} has ended before it was asked to", why=f"with status {status}")

    def wait(self) -> None:
        """Wait until all have ended. One that a signal found just before a blocking call has not heard it: so again."""
        while self._running:
            has_news = select.select([self._readable], [], [], AGAIN_S)[0]
            self.collect()
            self._bury_the_silent()
            if self._signalled and not has_news:
                self._signal(self._signalled)
        self.collect()
        os.close(self._readable)
        os.close(self._writable)

    def _bury(self, pid: int) -> None:
        if pid in self._running:
            os.waitpid(pid, 0)
            self._running.discard(pid)

    def _bury_the_silent(self) -> list[tuple[int, int]]:
        """Bury those that have ended without a report that was read; (pid, status), -9 for one that was killed."""
        ends = [os.waitpid(pid, os.WNOHANG) for pid in self._running]
        ended = [(pid, os.waitstatus_to_exitcode(status)) for pid, status in ends if pid]
        self._running.difference_update(pid for pid, _ in ended)
        return ended

    def _end_all(self) -> None:
        self._signal(signal.SIGKILL)
        for pid in list(self._running):
            self._bury(pid)


def die_with(parent: int) -> None:
    """Be killed when the parent is, who could not take its children along then. Where there is prctl: on Linux."""
    if hasattr(libc := ctypes.CDLL(None), "prctl"):
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # killed before it was asked for
            os._exit(1)
