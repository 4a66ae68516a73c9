"""CPU-bound work beside a service: threads, processes or interpreters that do nothing but compute. Tier 0.

It is what a service shares its process with, or its machine: it begins before
the service says that it is ready, and ends after it. A worker computes in small
pieces and looks between two of them whether it shall end. Threads look at a
flag, so that one never lets go of the GIL but when it is told to; the others,
which share no object with us, look at a pipe. What must not live here: the
dose's computing itself, and a pool that computes for a service.
"""

import json
import os
import select
import signal
import threading
import time
from collections.abc import Callable
from typing import Any, NoReturn, Protocol

from concur import catalog
from concur.echo.dose import KINDS
from concur.errors import MachineError, UsageError

PIECE_UNITS = 50  # of the dose's computing, between two looks: about 0.5 ms
END_S = 2.0  # a process that has not ended by then is killed
REPORT_BYTES = 64 * 1024  # asked of each read; a report has less than PIPE_BUF bytes, so it is never torn (pipe(7))
NO_MORE = "Ask for fewer, or allow more (ulimit -u, the container's limit)."
Died = tuple[int, str]  # a worker's number, and why


class Beside:
    """So many workers that compute from now on, as threads, processes or interpreters, each on a task of `dose.KINDS`.

    Raises UsageError for what this Python has not, MachineError where the system gives no more of them.
    """

    def __init__(self, count: int, kind: str, task: str) -> None:
        if reason := catalog.not_as("", kind):
            raise UsageError(f"there can be no work beside the service as {kind}", why=reason)
        self._count, self._kind, self._task = count, kind, task
        self._began_ns = time.monotonic_ns()
        self._workers: Workers = WORKERS[kind](count, task)

    def facts(self) -> dict[str, Any]:
        """What it is, with the kernel's numbers of its threads in this process, and of its processes."""
        threads, pids = self._workers.threads, self._workers.pids
        return {"count": self._count, "kind": self._kind, "task": self._task, "threads": threads, "pids": pids}

    def end(self) -> dict[str, Any]:
        """End all of them, and wait for it.

        Returns the units that each computed (0 where it died), the seconds since they began, and why those
        died that ended before they were asked to.
        """
        units, died = self._workers.end()
        seconds = (time.monotonic_ns() - self._began_ns) / 1e9
        told = [f"{self._kind}, worker {number + 1} of {self._count}: {why}" for number, why in sorted(died)]
        return {"units": units, "seconds": seconds, "died": told}


class Workers(Protocol):
    """Workers of one kind: begun when they are made, with the kernel's numbers of what they run as."""

    threads: list[int]
    pids: list[int]

    def end(self) -> tuple[list[int], list[Died]]: ...


def compute_until(is_over: Callable[[], bool], task: str) -> int:
    """Compute piece by piece until then; how many units that were. Work that raises has died."""
    compute, units = KINDS[task], 0
    while not is_over():
        compute(PIECE_UNITS)
        units += PIECE_UNITS
    return units


# Threads


class InThreads:
    """Threads of this process. They hold the GIL, where there is one, but for the switches that others ask for."""

    def __init__(self, count: int, task: str) -> None:
        self._task, self._is_over = task, False
        self._units = [0] * count
        self._died: list[Died] = []
        self._threads = [threading.Thread(target=self._run, args=(number,)) for number in range(count)]
        self.pids: list[int] = []
        self.threads = self._begin()

    def _begin(self) -> list[int]:
        try:
            for thread in self._threads:
                thread.start()
        except RuntimeError as error:
            self.end()
            raise MachineError("cannot start a CPU-bound thread", why=str(error), do=NO_MORE) from None
        return [thread.native_id or 0 for thread in self._threads]

    def _run(self, number: int) -> None:
        try:
            self._units[number] = self._work(number)
        except Exception as error:  # whatever it is: the trial has to know
            self._died.append((number, reason(error)))

    def _work(self, _number: int) -> int:
        return compute_until(lambda: self._is_over, self._task)

    def end(self) -> tuple[list[int], list[Died]]:
        """Raise the flag, and wait for those that were started."""
        self._is_over = True
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()
        return self._units, self._died


# Interpreters


class InInterpreters(InThreads):
    """Subinterpreters of this process, each behind a GIL of its own, and run by a thread of ours.

    They are made and ended one after the other, by one thread (`echo/isolated.py` says why).
    """

    def __init__(self, count: int, task: str) -> None:
        from concurrent import interpreters  # type: ignore[attr-defined] # of 3.14

        self._readable, self._writable = os.pipe()
        self._interpreters = [interpreters.create() for _ in range(count)]
        for one in self._interpreters:
            one.call(preload)  # now: later there may be no descriptors left to import by
        super().__init__(count, task)

    def _work(self, number: int) -> int:
        units: int = self._interpreters[number].call(compute_until_told, self._readable, self._task)
        return units

    def end(self) -> tuple[list[int], list[Died]]:
        """Tell them through the pipe, wait, and give interpreters and pipe back."""
        os.write(self._writable, b"!")  # it stays readable, so that all of them see it
        found = super().end()
        for one in self._interpreters:
            one.close()
        os.close(self._readable)
        os.close(self._writable)
        return found


def preload() -> None:
    """Nothing; but to be called, it has to be imported first."""


def compute_until_told(descriptor: int, task: str) -> int:
    """The same until a descriptor becomes readable, or its other end is closed."""
    look = select.poll()
    look.register(descriptor, select.POLLIN)
    return compute_until(lambda: bool(look.poll(0)), task)


# Processes


class InProcesses:
    """Forked processes, in this one's group. They end with it in every case: by the pipe if not by the kernel.

    Made before there are threads here: of a parent's threads a fork has one alone, but of their locks all.
    """

    def __init__(self, count: int, task: str) -> None:
        from concur.echo.forked import die_with  # ctypes, which it uses, opens a descriptor for good

        self._die_with = die_with
        self._parent = os.getpid()
        self._readable, self._writable = os.pipe()
        self._reports, self._reporting = os.pipe()
        self.threads: list[int] = []
        self.pids: list[int] = []
        try:
            for number in range(count):
                self.pids.append(self._fork(number, task))
        except OSError as error:
            self.end()
            why = error.strerror or str(error)
            raise MachineError(f"cannot fork CPU-bound process {number + 1} of {count}", why=why, do=NO_MORE) from None

    def _fork(self, number: int, task: str) -> int:
        """Signals are held, so that none finds the child with its parent's handlers."""
        held = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            pid = os.fork()
            if pid == 0:
                self._run(number, task)
            return pid
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, held)

    def _run(self, number: int, task: str) -> NoReturn:
        """The child, which keeps nothing of its parent but the pipes and standard error, and leaves signals to it.

        So they stay held: what kills it is SIGKILL.
        """
        report: dict[str, Any] = {"number": number, "units": 0}
        try:
            self._die_with(self._parent)
            signal.set_wakeup_fd(-1)
            close_all_but({2, self._readable, self._reporting})
            report["units"] = compute_until_told(self._readable, task)
        except BaseException as error:  # nobody is above to hear of it
            report["died"] = reason(error)
        finally:
            os.write(self._reporting, json.dumps(report).encode() + b"\n")
            os._exit(0)

    def end(self) -> tuple[list[int], list[Died]]:
        """Who is no more has died; tell the others, hear them out, and wait for all."""
        ended = {number: status for number, pid in enumerate(self.pids) if (status := _ended(pid)) is not None}
        os.write(self._writable, b"!")
        os.close(self._reporting)
        heard, is_in_time = self._hear_out()
        reports = {each["number"]: each for each in map(json.loads, heard.splitlines())}
        for number, pid in enumerate(self.pids):
            if number not in ended:
                status = _bury(pid, kill=not is_in_time)
                if is_in_time and number not in reports:
                    ended[number] = status
        for descriptor in (self._readable, self._writable, self._reports):
            os.close(descriptor)
        return self._accounted(ended, reports)

    def _accounted(self, ended: dict[int, int], reports: dict[int, dict[str, Any]]) -> tuple[list[int], list[Died]]:
        """ended: the status of each that was not asked, or did not answer."""
        died = {number: report["died"] for number, report in reports.items() if "died" in report}
        for number in range(len(self.pids)):
            if number in ended:
                died.setdefault(number, how_it_ended(ended[number]))
            elif number not in reports:
                died[number] = f"it did not end within {END_S:g} s"
        return [reports.get(number, {}).get("units", 0) for number in range(len(self.pids))], list(died.items())

    def _hear_out(self) -> tuple[bytes, bool]:
        """All reports, and whether the last one came in time, or the end of all who have the pipe."""
        heard, deadline = b"", time.monotonic() + END_S
        while heard.count(b"\n") < len(self.pids):
            if not select.select([self._reports], [], [], max(deadline - time.monotonic(), 0))[0]:
                return heard, False
            data = os.read(self._reports, REPORT_BYTES)
            if not data:
                break
            heard += data
        return heard, True


def _bury(pid: int, *, kill: bool) -> int:
    if kill:
        os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _ended(pid: int) -> int | None:
    """The exit code of a child that is no more, which is buried with this; None while it runs."""
    found, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


def close_all_but(kept: set[int]) -> None:
    """Give back every descriptor of a forked process but these, with nothing imported for it."""
    first = 0
    for descriptor in sorted(kept):
        os.closerange(first, descriptor)
        first = descriptor + 1
    os.closerange(first, os.sysconf("SC_OPEN_MAX"))


def how_it_ended(status: int) -> str:
    """In words, of an exit code as `os.waitstatus_to_exitcode` has it."""
    return f"it was killed by {signal.Signals(-status).name}" if status < 0 else f"it exited with status {status}"


def reason(error: BaseException) -> str:
    """An error in one line."""
    return f"{type(error).__name__}: {error}".partition("\n")[0]


WORKERS: dict[str, Callable[[int, str], Workers]] = {
    catalog.THREADS: InThreads,
    catalog.PROCESSES: InProcesses,
    catalog.INTERPRETERS: InInterpreters,
}
