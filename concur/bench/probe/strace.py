"""Counting by `strace -c`: each call of each thread stops at the tracer, which made servers 10 to 80 times slower here.

Tier 1. The second choice, for where perf is forbidden. It attaches under load,
thread by thread, so its span is a little vague: it begins when all are traced.
"""

import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from concur.bench import procfs
from concur.bench.probe.tracing import Counted, Members
from concur.errors import MachineError

PATIENCE_S = 15.0
POLL_S = 0.005
TRY_S = 60  # a process to be tried on lives at most that long


class Strace:
    """One strace on the processes that are there at `begin`, their threads, and their children to come."""

    source = "strace"

    def __init__(self, members: Members) -> None:
        self._members = members
        self._process: subprocess.Popen[bytes] | None = None
        self._began_ns = 0

    def __enter__(self) -> Self:
        with ExitStack() as held:
            self._table = held.enter_context(tempfile.NamedTemporaryFile("r"))
            self._errors = held.enter_context(tempfile.TemporaryFile())
            self._held = held.pop_all()
        return self

    def begin(self) -> None:
        """Attach, and wait until every thread is traced."""
        pids = self._members()
        words = ["strace", "-f", "-c", "-o", self._table.name, *(word for pid in pids for word in ("-p", str(pid)))]
        try:
            self._process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self._errors, start_new_session=True
            )
        except OSError as error:
            raise MachineError("strace cannot be started", why=error.strerror or str(error)) from None
        self._held.callback(_end, self._process)
        self._await_attached(pids)
        self._began_ns = time.monotonic_ns()

    def _await_attached(self, pids: list[int]) -> None:
        assert self._process
        deadline = time.monotonic() + PATIENCE_S
        while not all(is_traced_by(pid, self._process.pid) for pid in pids):
            if self._process.poll() is not None:
                raise MachineError("strace could not attach", why=self._complaint())
            if time.monotonic() > deadline:
                raise MachineError("strace did not attach", why=f"not to all threads within {PATIENCE_S:.0f} s")
            time.sleep(POLL_S)

    def end(self) -> Counted:
        """Detach, and read its table. Calls that were under way are not in it."""
        assert self._process
        ended_ns = time.monotonic_ns()
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            raise MachineError("strace did not end", why=f"it ignored SIGINT for {PATIENCE_S:.0f} s") from None
        calls = parse(self._table.read())
        if not calls:
            raise MachineError("strace counted no system calls", why=self._complaint())
        return Counted(calls=calls, began_ns=self._began_ns, ended_ns=ended_ns)

    def _complaint(self) -> str:
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").splitlines()
        told = [line.removeprefix("strace: ") for line in lines if not line.endswith(("attached", "detached"))]
        return told[0] if told else "it did not say why"

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    """A tracer that is killed lets its threads run on (ptrace(2)): seized ones are not stopped."""
    if process.poll() is None:
        process.kill()
    process.wait()


def is_traced_by(pid: int, tracer: int) -> bool:
    """Whether that process traces every thread of this one (proc(5), TracerPid); true of one that has ended."""
    wanted = f"\nTracerPid:\t{tracer}\n".encode()
    statuses = [procfs.read(f"{folder}/status") for folder in _threads(pid)]
    return all(not status or wanted in status for status in statuses)


def _threads(pid: int) -> list[Path]:
    try:
        return list(Path(f"/proc/{pid}/task").iterdir())
    except (FileNotFoundError, ProcessLookupError):
        return []


def parse(table: str) -> dict[str, int]:
    """The table of `strace -c`: «% time, seconds, usecs/call, calls, [errors,] syscall» a line (strace(1), -c).

    Lines of another shape are headings and its total. A name that comes twice is summed.
    """
    counts: dict[str, int] = {}
    for line in table.splitlines():
        words = line.split()
        if len(words) in (5, 6) and words[3].isascii() and words[3].isdigit() and words[-1] != "total":
            counts[words[-1]] = counts.get(words[-1], 0) + int(words[3])
    return counts


def refusal() -> str:
    """Why strace cannot trace a process of this user's, by trying; empty if it can."""
    if shutil.which("strace") is None:
        return "there is no strace"
    with subprocess.Popen(["sleep", str(TRY_S)], start_new_session=True) as subject:
        try:
            with Strace(lambda: [subject.pid]) as attempt:
                attempt.begin()
        except MachineError as error:
            return f"{error.what}: {error.why}"
        finally:
            subject.kill()
    return ""
