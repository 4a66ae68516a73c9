"""One target's life: start it, know when it is ready, stop it, and leave no process behind. Tier 1."""

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import IO, Any, Self

from concur.bench.launch import Launch, command_words, environment, model_words
from concur.bench.placement import Placement, pin, usable_cpus
from concur.bench.plan import Target
from concur.bench.scenarios import Scenario
from concur.errors import ConcurError, TargetError

START_S = 20.0  # a target that is not ready by then never will be
GRACE_S = 3.0  # it has this long to drain
AFTER_GRACE_S = 2.0  # and this long to notice that the grace period is over
TAIL_BYTES = 2000  # of what it wrote, kept where it failed
POLL_S = 0.005  # between two looks at a command's port
DYING_S = 0.5  # from the end of its connections to its own
ANSWER_S = 5.0  # a target that is asked answers by then, however busy

Files = tuple[IO[bytes], IO[bytes]]  # what it writes to standard output, and to standard error

_running: set[int] = set()  # process groups under way, for whoever must end at once


class RunningTarget:
    """A target that serves: where, what it said of itself, and how to end it. A context: at its end nobody is left."""

    def __init__(self, process: subprocess.Popen[bytes], files: Files, control: IO[str] | None, grace_s: float) -> None:
        self.process, self._control, self.grace_s = process, control, grace_s
        self._output, self._errors = files
        self._errors_at_start = 0
        self.pid = process.pid
        self.host, self.port = "127.0.0.1", 0
        self.ready: dict[str, Any] = {}
        self.asking: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._kill_group()
        self.process.wait()
        _running.discard(self.pid)
        self._output.close()
        self._errors.close()
        if self._control:
            self._control.close()
        if self.asking:
            self.asking.close()

    def is_alive(self) -> bool:
        """Whether its process has not ended."""
        return self.process.poll() is None

    def said(self) -> str:
        """The last lines that it wrote to standard output, and then those to standard error."""
        return "\n".join(filter(None, (_tail(file) for file in (self._output, self._errors))))

    def complaints(self) -> str:
        """The last lines that it wrote to standard error since it was ready."""
        return _tail(self._errors, self._errors_at_start)

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

    @contextmanager
    def blamed(self, what: str = "died under its load") -> Iterator[None]:
        """What goes wrong within is the target's fault if that has ended: TargetError, with how it did."""
        try:
            yield
        except ConcurError as error:
            with suppress(subprocess.TimeoutExpired):  # its connections end before it does
                self.process.wait(DYING_S)
            if self.is_alive():
                raise
            raise TargetError(f"the target {what}", why=self.how_it_ended()) from error

    def stop(self) -> dict[str, Any]:
        """SIGTERM; it drains and exits 0. Returns its last report. Raises TargetError if it does anything else."""
        if not self.is_alive():
            raise TargetError("the target ended by itself", why=self.how_it_ended())
        self.process.terminate()
        try:
            status = self.process.wait(self.grace_s + AFTER_GRACE_S)
        except subprocess.TimeoutExpired:
            raise TargetError(
                "the target did not stop",
                why=f"it ignored SIGTERM for {self.grace_s + AFTER_GRACE_S:.0f} s and was killed",
            ) from None
        if status not in (0, -signal.SIGTERM if self._control is None else 0):
            raise TargetError("the target did not drain", why=self.how_it_ended())
        report = self.last_report()
        if died := report.get("beside", {}).get("died"):
            raise TargetError("the CPU-bound work beside the target died", why=died[0])
        return report

    def last_report(self) -> dict[str, Any]:
        """What it said of itself before it ended; empty where it said nothing. Raises TargetError for rubbish.

        It is not waited for: a child that lives on would keep the pipe open for ever.
        """
        if self._control is None or not select.select([self._control], [], [], 0)[0]:
            return {}
        line = self._control.readline()
        try:
            return json.loads(line) if line else {}
        except ValueError as error:
            raise TargetError("the target's last report is not understood", why=f"{error}: {line[:100]!r}") from None

    def ask(self) -> dict[str, Any]:
        """What it counts of itself so far: `inside.Asked.snapshot`. Raises TargetError where it gives no answer."""
        if self.asking is None:
            raise TargetError("the target cannot be asked", why="it was not started to be")
        try:
            self.asking.sendall(b"?")
            with self.asking.makefile("rb") as answers:
                answer: dict[str, Any] = json.loads(answers.readline())
        except (OSError, ValueError) as error:
            raise TargetError("the target does not answer what it is asked", why=str(error)) from None
        return answer

    def _kill_group(self) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)


@atexit.register
def kill_all() -> None:
    """End every target at once: for a second Ctrl-C, and for a first that came between a target's start and its use."""
    while _running:
        group = _running.pop()
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitid(os.P_PID, group, os.WEXITED | os.WNOWAIT)


@contextmanager
def running_on(cpus: tuple[int, ...] | None) -> Iterator[None]:
    """This thread, and what it starts, on these CPUs for a while: a child is pinned before its first instruction."""
    before = usable_cpus()
    pin(0, cpus)
    try:
        yield
    finally:
        pin(0, before)


def start(target: Target, scenario: Scenario, placement: Placement, *, ask: bool = False) -> RunningTarget:
    """A fresh process, pinned, ready to serve, and to be asked. Raises TargetError with what it said if it is not."""
    how = Launch(
        cpu_units=scenario.cpu_units,
        cpu_kind=scenario.cpu_kind,
        wait_s=scenario.wait_s,
        heavy_units=scenario.heavy_units,
        offload=scenario.offload,
        beside=scenario.beside,
        switch_interval_s=scenario.switch_interval_s,
        grace_s=GRACE_S,
        ask=ask,
    )
    with running_on(placement.target):
        running = spawn(target, how)
    return _ready(running, target)


def launch(target: Target, how: Launch) -> RunningTarget:
    """The same without a scenario, anywhere."""
    return _ready(spawn(target, how), target)


def _ready(running: RunningTarget, target: Target) -> RunningTarget:
    try:
        _await_ready(running, target)
    except BaseException:
        running.__exit__()
        raise
    return running


def spawn(target: Target, how: Launch) -> RunningTarget:
    """A fresh process, which may not be ready yet, nor ever. Raises TargetError where there can be none."""
    return (_spawn_command if target.kind == "command" else _spawn_model)(target, how)


def _spawn_model(target: Target, how: Launch) -> RunningTarget:
    with ExitStack() as ours, ExitStack() as theirs:
        read_end, write_end = os.pipe()
        ours.callback(os.close, read_end)
        theirs.callback(os.close, write_end)
        asking, asked = socket.socketpair() if how.ask else (None, None)
        passed = [write_end]
        if asking and asked:
            ours.enter_context(asking).settimeout(ANSWER_S)
            passed.append(theirs.enter_context(asked).fileno())
        process, files = _popen(model_words(target, how, *passed), environment(target), tuple(passed))
        running = RunningTarget(process, files, os.fdopen(read_end), how.grace_s)
        running.asking = asking
        ours.pop_all()
    return running


def _spawn_command(target: Target, how: Launch) -> RunningTarget:
    port = how.port or _free_port()
    process, files = _popen(command_words(target, how, port), environment(target), ())
    running = RunningTarget(process, files, None, how.grace_s)
    running.port = port
    return running


def _popen(words: list[str], env: dict[str, str], pass_fds: tuple[int, ...]) -> tuple[subprocess.Popen[bytes], Files]:
    """Its output goes to files, not pipes: a server that prints must not block, nor print over our table."""
    with ExitStack() as files:  # which live as long as it does
        output, errors = (files.enter_context(tempfile.TemporaryFile()) for _ in range(2))
        with _interrupted_later(), _refused(words[0]):
            process = subprocess.Popen(
                words,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                pass_fds=pass_fds,
                start_new_session=True,
            )
            _running.add(process.pid)
        files.pop_all()
    return process, (output, errors)


@contextmanager
def _refused(word: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise TargetError(f"{word} cannot be started", why=error.strerror or str(error)) from None


@contextmanager
def _interrupted_later() -> Iterator[None]:
    """Ctrl-C waits for the end: within, it would leave a process that nobody knows.

    The signal is not blocked, which the process would inherit. In no other
    thread than the main one is anything interrupted.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    for number in came[:1]:
        signal.raise_signal(number)


def _tail(file: IO[bytes], start: int = 0) -> str:
    """What was written last. Seeking would move the writer too: it shares the file's offset."""
    at = max(start, _size_bytes(file) - TAIL_BYTES)
    return os.pread(file.fileno(), TAIL_BYTES, at).decode(errors="replace").strip()


def _size_bytes(file: IO[bytes]) -> int:
    return os.fstat(file.fileno()).st_size


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await_ready(running: RunningTarget, target: Target) -> None:
    if running._control is None:
        _await_port(running)
    else:
        _await_word(running, target)
    running._errors_at_start = _size_bytes(running._errors)


def _await_word(running: RunningTarget, target: Target) -> None:
    assert running._control
    if not select.select([running._control], [], [], START_S)[0]:
        raise TargetError(f"{target.label} never said that it is ready", why=f"nothing came for {START_S:.0f} s")
    line = running._control.readline()
    if not line:
        with suppress(subprocess.TimeoutExpired):  # it has closed the pipe, and may live
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
