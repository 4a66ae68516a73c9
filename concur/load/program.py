"""A load generator's process: which program it is, on which CPUs, and the JSON lines that come and go. Tier 1.

Each is there twice, in C and as a Python twin that takes and gives the same
lines. It is a process of its own session: Ctrl-C reaches it through its driver
alone. It ends when told to, when its pipe is closed, or by a kill. What must
not live here: what the lines say, but for `error` and `warning`.
"""

import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Collection
from typing import Any

import msgspec

from concur.errors import LoadError, MachineError, unknown

KINDS = ("native", "python")
PATIENCE_S = 20  # beyond what a thing takes by itself; a program that is silent for longer has hung


class Program:
    """A load generator in a process of its own, on CPUs of its own if `cpus` names some.

    kind is "native" or "python"; None asks CONCUR_ENGINE, and else takes the
    native one where it can be compiled. `warning` says what was not as asked.
    Every method raises LoadError if the program fails or dies.
    """

    def __init__(
        self, native: Callable[[], os.PathLike[str]], twin: str, *, cpus: Collection[int] | None, kind: str | None
    ) -> None:
        self.native, self.twin, self.cpus = native, [sys.executable, "-m", twin], cpus
        self.warning = ""
        self.kind, self.command = self._choose(kind or os.environ.get("CONCUR_ENGINE") or None)
        self.pid = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._input = b""

    def _choose(self, kind: str | None) -> tuple[str, list[str]]:
        if kind is not None and kind not in KINDS:
            raise unknown("engine", kind, KINDS)
        if kind == "python":
            return kind, self.twin
        try:
            return "native", [str(self._native_command())]
        except MachineError as error:
            if kind == "native":
                raise
            self._warn(f"the Python engine runs, since {error.what}: {error.why}")
            return "python", self.twin

    def _native_command(self) -> os.PathLike[str]:
        require_epoll()
        return self.native()

    def _warn(self, text: str) -> None:
        self.warning = f"{self.warning}; {text}" if self.warning else text

    def spawn(self) -> None:
        """Start it; `end` is to follow in any case. Raises MachineError where it cannot be started or pinned."""
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 (it lives as long as the process; end closes it)
        try:
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._stderr,
                bufsize=0,
                start_new_session=True,
            )
        except OSError as error:
            do = "Set CONCUR_CACHE to a folder that programs may run from, or CONCUR_ENGINE=python."
            raise MachineError("the engine cannot be started", why=error.strerror or str(error), do=do) from None
        self.pid = self._process.pid
        if self.cpus is not None:
            self._pin(self.cpus)

    def _pin(self, cpus: Collection[int]) -> None:
        if not hasattr(os, "sched_setaffinity"):
            return self._warn("the engine is not pinned: this system cannot")
        try:
            os.sched_setaffinity(self.pid, cpus)
        except OSError as error:
            why = error.strerror or str(error)
            raise MachineError(f"the engine cannot be pinned to CPUs {sorted(cpus)}", why=why) from None

    def send(self, message: Any) -> None:
        """One line to it."""
        pipe = self.running().stdin
        assert pipe is not None
        try:
            pipe.write(msgspec.json.encode(message) + b"\n")
        except BrokenPipeError:
            self.hear(time.monotonic() + PATIENCE_S)  # raises what it said before it died

    def hear(self, deadline: float) -> dict[str, Any]:
        """The next line from it, by that time on the monotonic clock."""
        said: dict[str, Any] = msgspec.json.decode(self._read_line(deadline))
        if said["event"] == "error":
            raise LoadError(said["what"], why=said["why"], do=said["do"])
        if said["event"] == "warning":
            self._warn(said["what"])
        return said

    def _read_line(self, deadline: float) -> bytes:
        pipe = self.running().stdout
        assert pipe is not None
        poll = select.poll()
        poll.register(pipe, select.POLLIN)
        while b"\n" not in self._input:
            if not poll.poll(max(deadline - time.monotonic(), 0) * 1000):
                raise LoadError("the load generator hangs", why="it said nothing for too long")
            data = pipe.read(1 << 16)
            if not data:
                raise self._death()
            self._input += data
        line, _, self._input = self._input.partition(b"\n")
        return line

    def _death(self) -> LoadError:
        status = self.running().wait()
        self._stderr.seek(0)
        last = self._stderr.read().decode(errors="replace").strip()[-2000:]
        how = f"killed by signal {-status}" if status < 0 else f"status {status}"
        return LoadError("the load generator died", why=f"{how}: {last}" if last else how)

    def running(self) -> subprocess.Popen[bytes]:
        """Its process."""
        if self._process is None:
            raise LoadError("the load generator does not run", why="it was not started, or has ended")
        return self._process

    def end(self) -> None:
        """Leave no process, pipe or file behind."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None
                pipe.close()
        self._stderr.close()


def require_epoll() -> None:
    """Raise MachineError where a native program cannot run, whatever compiler there is."""
    if sys.platform != "linux":
        raise MachineError("the native engine cannot run", why="it needs Linux's epoll", do="Set CONCUR_ENGINE=python.")
