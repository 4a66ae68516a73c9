"""One target's life: start it, know when it is ready, stop it, and leave no process behind. Tier 1."""

import json
import os
import select
import shlex
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any, Self

from concur.bench.placement import Placement, pin, usable_cpus
from concur.bench.plan import Target
from concur.bench.scenarios import Scenario
from concur.errors import TargetError
from concur.interpreters.tree import tier0_tree

START_S = 20.0  # a target that is not ready by then never will be
GRACE_S = 3.0  # it has this long to drain
AFTER_GRACE_S = 2.0  # and this long to notice that the grace period is over
TAIL_BYTES = 2000  # of what it wrote, kept where it failed
POLL_S = 0.005  # between two looks at a command's port

_running: set[int] = set()  # process groups under way, for whoever must end at once


class RunningTarget:
    """A target that serves: where, what it said of itself, and how to end it. A context: at its end nobody is left."""

    def __init__(self, process: subprocess.Popen[bytes], output: IO[bytes], control: IO[str] | None) -> None:
        self.process, self._output, self._control = process, output, control
        self.pid = process.pid
        self.host, self.port = "127.0.0.1", 0
        self.ready: dict[str, Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._kill_group()
        self.process.wait()
        _running.discard(self.pid)
        self._output.close()
        if self._control:
            self._control.close()

    def is_alive(self) -> bool:
        """Whether its process has not ended."""
        return self.process.poll() is None

    def said(self) -> str:
        """The last lines that it wrote to standard output and error."""
        self._output.seek(0, os.SEEK_END)
        self._output.seek(max(0, self._output.tell() - TAIL_BYTES))
        return self._output.read().decode(errors="replace").strip()

    def how_it_ended(self) -> str:
        """In words, with the last line that it wrote."""
        status = self.process.poll()
        if status is None:
            how = "is running"
        elif status < 0:
            how = f"was killed by {signal.Signals(-status).name}"
        else:
            how = f"exited with status {status}"
        last = self.said().splitlines()[-1:]
        return f"it {how}" + (f", and said: {last[0]}" if last else "")

    def stop(self) -> dict[str, Any]:
        """SIGTERM; it drains and exits 0. Returns its last report. Raises TargetError if it does anything else."""
        if not self.is_alive():
            raise TargetError("the target ended by itself", why=self.how_it_ended())
        self.process.terminate()
        try:
            status = self.process.wait(GRACE_S + AFTER_GRACE_S)
        except subprocess.TimeoutExpired:
            raise TargetError(
                "the target did not stop", why=f"it ignored SIGTERM for {GRACE_S + AFTER_GRACE_S:.0f} s and was killed"
            ) from None
        if status not in (0, -signal.SIGTERM if self._control is None else 0):
            raise TargetError("the target did not drain", why=self.how_it_ended())
        return self._last_report()

    def _last_report(self) -> dict[str, Any]:
        line = self._control.readline() if self._control else ""
        return json.loads(line) if line else {}

    def _kill_group(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)


def kill_all() -> None:
    """End every target at once: for a second Ctrl-C."""
    for group in list(_running):
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


@contextmanager
def running_on(cpus: tuple[int, ...] | None) -> Iterator[None]:
    """This thread, and what it starts, on these CPUs for a while: a child is pinned before its first instruction."""
    before = usable_cpus()
    pin(0, cpus)
    try:
        yield
    finally:
        pin(0, before)


def start(target: Target, scenario: Scenario, placement: Placement) -> RunningTarget:
    """A fresh process, pinned, ready to serve. Raises TargetError with what it said if it does not get there."""
    begin = _start_command if target.kind == "command" else _start_model
    with running_on(placement.target):
        running = begin(target, scenario)
    try:
        _await_ready(running, target)
    except BaseException:
        running.__exit__()
        raise
    return running


def _start_model(target: Target, scenario: Scenario) -> RunningTarget:
    read_end, write_end = os.pipe()
    words = [target.interpreter.executable, "-P", "-m", "concur.serve", target.name]
    words += ["--control", str(write_end), "--grace", str(GRACE_S)]
    words += ["--cpu", str(scenario.cpu_units), "--wait", str(scenario.wait_s)]
    env = os.environ | target.interpreter.env | target.env | {"PYTHONPATH": str(tier0_tree())}
    try:
        return _spawn(words, env, os.fdopen(read_end), pass_fds=(write_end,))
    finally:
        os.close(write_end)


def _start_command(target: Target, scenario: Scenario) -> RunningTarget:
    port = _free_port()
    words = [word.replace("{port}", str(port)) for word in shlex.split(target.name)]
    running = _spawn(words, os.environ | target.env, None)
    running.port = port
    return running


def _spawn(
    words: list[str], env: dict[str, str], control: IO[str] | None, pass_fds: tuple[int, ...] = ()
) -> RunningTarget:
    """Its output goes to a file, not a pipe: a server that prints must not block, nor print over our table."""
    output = tempfile.TemporaryFile()  # noqa: SIM115 # it lives as long as the target
    try:
        process = subprocess.Popen(
            words,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            pass_fds=pass_fds,
            start_new_session=True,
        )
    except OSError as error:
        output.close()
        if control:
            control.close()
        raise TargetError(f"{words[0]} cannot be started", why=error.strerror or str(error)) from None
    _running.add(process.pid)
    return RunningTarget(process, output, control)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await_ready(running: RunningTarget, target: Target) -> None:
    if running._control is None:
        _await_port(running)
        return
    if not select.select([running._control], [], [], START_S)[0]:
        raise TargetError(f"{target.label} never said that it is ready", why=f"nothing came for {START_S:.0f} s")
    line = running._control.readline()
    if not line:
        running.process.wait(AFTER_GRACE_S)
        raise TargetError(f"{target.label} did not start", why=running.how_it_ended())
    running.ready = json.loads(line)
    running.host, running.port = running.ready["host"], running.ready["port"]


def _await_port(running: RunningTarget) -> None:
    """A command is ready when its port accepts."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if not running.is_alive():
            raise TargetError("the command ended before it listened", why=running.how_it_ended())
        try:
            socket.create_connection((running.host, running.port), timeout=1).close()
            return
        except OSError:
            time.sleep(POLL_S)
    raise TargetError(
        f"the command never listened on port {running.port}", why=f"nothing accepted there for {START_S:.0f} s"
    )
