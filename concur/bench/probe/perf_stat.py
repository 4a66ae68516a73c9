"""Counting by `perf stat`: a counter in the kernel for each tracepoint, so that no event is ever lost. Tier 1.

It is attached before there is a load. Threads and children that are born later
inherit the counters, and leave what they counted when they end. perf is told
to enable and to disable them (perf-stat(1), --control, since perf 5.9). A
closed loop of 1 KiB messages lost about 6 % of its rate to it here.
"""

import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from concur.bench.probe.tracing import Counted, Members, known_to_kernel, tracefs, with_other
from concur.bench.probe.urgent import urgent
from concur.errors import MachineError

TOTAL, SWITCHES, FAULTS = "raw_syscalls:sys_enter", "sched:sched_switch", "page-faults"
ENTER = "syscalls:sys_enter_"
PATIENCE_S = 15.0  # for an answer; with thousands of threads it enables for seconds
END_S = 5.0
PARANOID = Path("/proc/sys/kernel/perf_event_paranoid")
UNCOUNTED = "<not counted>"  # no thread ran while it was enabled


class PerfStat:
    """One `perf stat` on the processes that are there when the context begins; see `tracing.Tracer`.

    takes, if not empty, names a tracepoint that is to be counted besides.
    """

    source = "perf"

    def __init__(self, members: Members, names: Sequence[str], takes: str = "") -> None:
        self._members, self._takes = members, takes
        self._events = [TOTAL, SWITCHES, FAULTS, *([takes] if takes else [])]
        self._events += [f"{ENTER}{name}" for name in known_to_kernel(names)]
        self._process: subprocess.Popen[bytes] | None = None
        self._began_ns = 0

    def __enter__(self) -> Self:
        with ExitStack() as held:
            self._start(held)
            self._tell("disable")  # answered when all is attached
            self._held = held.pop_all()
        return self

    def _start(self, held: ExitStack) -> None:
        self._output = _file(held)
        self._errors = _file(held)
        with ExitStack() as theirs:
            their_control, self._control = _pipe(theirs, held)
            self._answers, their_answers = _pipe(held, theirs)
            words = self._words(self._output.fileno(), their_control, their_answers)
            passed = (self._output.fileno(), their_control, their_answers)
            try:
                with urgent():  # so that it enables at once; else it sleeps
                    self._process = subprocess.Popen(
                        words, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self._errors,
                        pass_fds=passed, start_new_session=True, env=os.environ | {"LC_ALL": "C"},
                    )  # fmt: skip
            except OSError as error:
                raise MachineError("perf cannot be started", why=error.strerror or str(error)) from None
        held.callback(_end, self._process)

    def _words(self, output: int, control: int, answers: int) -> list[str]:
        words = ["perf", "stat", "-x", ",", "--log-fd", str(output), "-D", "-1", "--control", f"fd:{control},{answers}"]
        group = "{" + ",".join(self._events) + "}"  # so that they begin and end together, for a thread
        return [*words, "-e", group, "-p", ",".join(map(str, self._members()))]

    def begin(self) -> None:
        """Enable every counter. The beginning is taken as the middle between asking and answer."""
        self._began_ns = self._tell("enable")

    def end(self) -> Counted:
        """Disable them, let perf end, and read what it says."""
        ended_ns = self._tell("disable")
        assert self._process
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            raise MachineError("perf did not end", why=f"it ignored SIGINT for {PATIENCE_S:.0f} s") from None
        self._output.seek(0)
        return self._counted(parse(self._output.read().decode()), ended_ns)

    def _counted(self, counts: dict[str, int], ended_ns: int) -> Counted:
        if TOTAL not in counts:
            raise MachineError("perf counted no system calls", why=self._complaint() or "its table has none")
        named = {event.removeprefix(ENTER): count for event, count in counts.items() if event.startswith(ENTER)}
        return Counted(
            calls=with_other(counts[TOTAL], named),
            began_ns=self._began_ns,
            ended_ns=ended_ns,
            switches=counts.get(SWITCHES),
            page_faults=counts.get(FAULTS),
            gil_takes=counts.get(self._takes),
        )

    def _tell(self, word: str) -> int:
        """One command, and its answer; when it was done, on the monotonic clock: half-way between them."""
        began_ns = time.monotonic_ns()
        try:
            os.write(self._control, f"{word}\n".encode())
        except BrokenPipeError:
            raise self._death() from None
        if not select.select([self._answers], [], [], PATIENCE_S)[0]:
            raise MachineError("perf hangs", why=f"it did not {word} within {PATIENCE_S:.0f} s")
        if not os.read(self._answers, 64):
            raise self._death()
        return (began_ns + time.monotonic_ns()) // 2

    def _death(self) -> MachineError:
        return MachineError("perf ended too early", why=self._complaint() or "it did not say why")

    def _complaint(self) -> str:
        self._errors.seek(0)
        return complaint(self._errors.read().decode(errors="replace"))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._held.close()


def _pipe(reader: ExitStack, writer: ExitStack) -> tuple[int, int]:
    """A pipe, each end of which is closed by its own side."""
    reading, writing = os.pipe()
    reader.callback(os.close, reading)
    writer.callback(os.close, writing)
    return reading, writing


def _file(held: ExitStack) -> IO[bytes]:
    return held.enter_context(tempfile.TemporaryFile())


def _end(process: subprocess.Popen[bytes]) -> None:
    """Whatever it was doing, it does no more."""
    if process.poll() is None:
        process.kill()
    process.wait(END_S)


def parse(table: str) -> dict[str, int]:
    """`perf stat -x ,`: «count,unit,event,…» a line (perf-stat(1), CSV FORMAT).

    An event that no thread was there for is 0, one that is not supported is left out. Raises MachineError for rubbish.
    """
    counts: dict[str, int] = {}
    for line in table.splitlines():
        words = line.split(",")
        if len(words) < 3 or line.startswith("#"):
            continue
        value, _, event = words[:3]
        if value.isascii() and value.isdigit():
            counts[event] = int(value)
        elif value == UNCOUNTED:
            counts[event] = 0
        elif not value.startswith("<"):
            raise MachineError("perf's table is not understood", why=repr(line[:100]))
    return counts


def complaint(said: str) -> str:
    """The line in which perf says what is wrong: the one after «Error:», else its first."""
    lines = [line.strip() for line in said.splitlines() if line.strip() and not line.startswith("Events ")]
    for number, line in enumerate(lines):
        if line.startswith("Error:"):
            return line.removeprefix("Error:").strip() or " ".join(lines[number + 1 : number + 2])
    return lines[0] if lines else ""


def refusal() -> str:
    """Why perf cannot count system calls here, by trying; empty if it can."""
    if shutil.which("perf") is None:
        return "there is no perf"
    if tracefs() is None:
        return "perf may not read the kernel's tracepoints (/sys/kernel/tracing)"
    try:
        tried = subprocess.run(
            ["perf", "stat", "-x", ",", "-e", TOTAL, "true"], stdin=subprocess.DEVNULL, capture_output=True,
            text=True, timeout=PATIENCE_S, check=False, start_new_session=True, env=os.environ | {"LC_ALL": "C"},
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"perf does not run: {error}"
    if tried.returncode == 0 and parse(tried.stderr).get(TOTAL):
        return ""
    return f"perf may not count: {complaint(tried.stderr) or f'status {tried.returncode}'}{_paranoia()}"


def _paranoia() -> str:
    try:
        return f" (kernel.perf_event_paranoid is {PARANOID.read_text().strip()})"
    except OSError:
        return ""
