"""A command with a time limit, which ends with what it started when all is to end. Tier 1."""

import errno
import os
import shutil
import signal
import subprocess
import tempfile
import threading
from concurrent.futures import CancelledError
from contextlib import suppress
from pathlib import Path
from typing import IO, NamedTuple

from concur.errors import MachineError

REFUSED = (errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE)  # by the system, whatever the command
TAIL_BYTES = 200_000  # of what a build wrote: enough for its last error


class Outcome(NamedTuple):
    """How a command ended: output is the end of what it wrote."""

    succeeded: bool
    output: str
    timed_out: bool = False


class Halt:
    """Ends what runs, and lets nothing more begin, once it is called; for all environments that are worked on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._groups: set[int] = set()
        self.called = threading.Event()

    def call(self) -> None:
        """Kill every command under way with its children."""
        with self._lock:
            self.called.set()
            for group in self._groups:
                _kill(group)

    def check(self) -> None:
        """Raises CancelledError once it has been called."""
        if self.called.is_set():
            raise CancelledError

    def start(
        self, command: list[str], *, env: dict[str, str], cwd: Path, output: IO[bytes], held: int
    ) -> "subprocess.Popen[bytes]":
        """A process in a group of its own, known to this."""
        with self._lock:
            self.check()
            process = subprocess.Popen(
                command,
                env=env,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=(held,),
                start_new_session=True,
            )
            self._groups.add(process.pid)
            return process

    def finish(self, process: "subprocess.Popen[bytes]") -> None:
        """Forget a process; one that has not ended is killed, with what it started."""
        with self._lock:
            self._groups.discard(process.pid)
            if process.returncode is None:
                _kill(process.pid)
        process.wait()


def _kill(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # it has ended (macOS says EPERM for a group of zombies)
        os.killpg(group, signal.SIGKILL)


def run(
    command: list[str],
    env: dict[str, str],
    cwd: Path,
    limit_s: float,
    *,
    halt: Halt,
    held: int,
    log: IO[bytes] | None = None,
) -> Outcome:
    """Run a command to its end, and copy what it writes to a log.

    held is a descriptor that it inherits: whoever locked it keeps the lock until
    the command has ended, even if this process is killed. Raises MachineError if
    the system refuses another process, CancelledError if all is to end.
    """
    with tempfile.TemporaryFile() as output:
        outcome = _run_into(output, command, env, cwd, limit_s, halt, held)
        if log:
            output.seek(0)
            shutil.copyfileobj(output, log)
    halt.check()
    return outcome


def _run_into(
    output: IO[bytes], command: list[str], env: dict[str, str], cwd: Path, limit_s: float, halt: Halt, held: int
) -> Outcome:
    try:
        process = halt.start(command, env=env, cwd=cwd, output=output, held=held)
    except OSError as error:
        why = error.strerror or str(error)
        if error.errno in REFUSED:
            raise MachineError(f"{command[0]} cannot be started", why=why, do="`concur doctor` says more.") from None
        return Outcome(False, f"{command[0]}: {why}")
    try:
        status = process.wait(limit_s)
    except subprocess.TimeoutExpired:
        return Outcome(False, _tail(output), timed_out=True)
    finally:
        halt.finish(process)
    return Outcome(status == 0, _tail(output))


def _tail(output: IO[bytes]) -> str:
    output.seek(0, os.SEEK_END)
    output.seek(max(0, output.tell() - TAIL_BYTES))
    return output.read().decode(errors="replace")
