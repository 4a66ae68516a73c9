"""The process between the runner and the learner's code: it keeps limits, and ends everything when it ends. Tier 1.

`python -m concur.labs.warden` reads a job from standard input, runs it, and writes
how it ended to standard output. Standard input stays open as long as the runner
lives: when it closes, the job is abandoned. Her code can kill its parent, but its
parent is this. What must not live here: what an ending means (`endings.py`).
"""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from concur.labs import fence, tree
from concur.labs.gates.stacks import WAKE
from concur.labs.job import (
    ABANDONED,
    CLOSED,
    EXIT,
    GRACE_S,
    MEMORY,
    NO_START,
    OUTPUT,
    PROCESSES,
    RESULT,
    START_S,
    TIME,
    Ended,
    Job,
    job_from,
)
from concur.labs.limits import hard_limits, set_limit
from concur.labs.memory import MemoryWatch
from concur.labs.reports import Output, Reports

LOOK_S = 0.03  # between two looks at the tree
STACKS_S = 2.0  # for a child to write its stacks
NICENESS = -15
DRAIN_S = 2.0  # for what is left in the pipes when everything has ended
READ_BYTES = 1 << 16
STACKS_BYTES = 1 << 20  # of them that are read
STATUS_CLOSED = 77  # `gates/program.py`, CLOSED
DEAF_TO = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGALRM)


class Warden:
    """One job, from its start to the end of all its processes."""

    def __init__(self, job: Job) -> None:
        self._job, self._limits = job, job.limits
        self._niceness = os.getpriority(os.PRIO_PROCESS, 0)  # the child's
        take_turns()
        self._output, self._reports = Output(), Reports(job.order["nonce"])
        self._memory = MemoryWatch(self._limits.memory_bytes)
        self._fence = fence.make(self._limits.tasks)
        self._began_ns = time.monotonic_ns()
        self._loaded_ns = self._told_ns = 0
        self._stacks = ""

    def run(self) -> Ended:
        """Start it, watch it, end it."""
        readable, output = os.pipe()
        hears, control = os.pipe()
        try:
            child = self._start(output, control)
        except (OSError, subprocess.SubprocessError) as error:
            return Ended(NO_START, problem=str(error))
        finally:
            os.close(output)
            os.close(control)
        with selectors.DefaultSelector() as selector:
            for descriptor, take in ((readable, self._output.take), (hears, self._reports.take), (0, None)):
                selector.register(descriptor, selectors.EVENT_READ, take)
            try:
                why = self._watch(child, selector)
            finally:
                self._end_all(child)
            self._drain(selector)
        return self._ended(why, child.returncode)

    def _start(self, output: int, control: int) -> "subprocess.Popen[bytes]":
        child = subprocess.Popen(
            self._job.command,
            env=self._job.env,
            cwd=self._job.folder,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            pass_fds=(control,),
            preexec_fn=self._preparing(),
            start_new_session=True,
        )
        order = self._job.order | {"control": control, "watchers": [*self._job.order["watchers"], os.getpid()]}
        assert child.stdin
        with suppress(BrokenPipeError), child.stdin:
            if "function" in order:  # a plain program is told nothing: its standard input is empty
                child.stdin.write(json.dumps(order).encode() + b"\n")
        return child

    def _preparing(self) -> Any:
        """What the child does before it becomes the interpreter: it runs between fork and exec."""
        dying, limits, own = (
            tree.dying_with(os.getpid()),
            hard_limits(self._limits, is_fenced=self._fence is not None),
            self._fence,
        )
        niceness = self._niceness

        def prepare() -> None:
            dying()
            if own:
                own.enter()
            os.setpriority(os.PRIO_PROCESS, 0, niceness)
            for heard in DEAF_TO:
                signal.signal(heard, signal.SIG_DFL)
            for number, most in limits:
                set_limit(number, most)

        return prepare

    def _watch(self, child: "subprocess.Popen[bytes]", selector: selectors.BaseSelector) -> str:
        """Until it ends or oversteps; one of job.py's words."""
        look_s = 0.0
        while True:
            if not self._hear(selector, LOOK_S):
                return ABANDONED
            if has_ended(child.pid):
                self._drain(selector, wait_s=0)
                return EXIT
            if self._output.bytes > self._limits.output_bytes:
                return OUTPUT
            now_s = time.monotonic()
            if now_s > look_s:
                look_s = now_s + LOOK_S
                if overstepped := self._overstepped(child, now_s):
                    return overstepped

    def _hear(self, selector: selectors.BaseSelector, timeout_s: float) -> bool:
        """Take what came, at most one piece of each. False once the runner is gone."""
        for key, _ in selector.select(timeout_s):
            if key.data is not None:
                self._take(selector, key)
            elif not os.read(key.fd, READ_BYTES):
                return False
        now_ns = time.monotonic_ns()
        if self._reports.phase not in ("", "preparing") and not self._loaded_ns:
            self._loaded_ns = now_ns
        if self._reports.told and not self._told_ns:
            self._told_ns = now_ns
        return True

    def _take(self, selector: selectors.BaseSelector, key: selectors.SelectorKey) -> None:
        if data := os.read(key.fd, READ_BYTES):
            key.data(data)
        else:
            selector.unregister(key.fd)

    def _overstepped(self, child: "subprocess.Popen[bytes]", now_s: float) -> str:
        if self._fence and len(self._fence.members()) > self._limits.processes:
            return PROCESSES  # soon: each further look would take longer
        pids = self._pids()
        if len(pids) > self._limits.processes:
            return PROCESSES
        if self._memory.is_over(pids):
            return MEMORY
        if now_s * 1e9 > self._deadline_ns():
            if self._reports.told:
                return RESULT
            self._stacks = self._ask_for_stacks(child)
            return TIME
        return ""

    def _deadline_ns(self) -> float:
        if self._told_ns:
            return self._told_ns + GRACE_S * 1e9
        if self._loaded_ns:
            return self._loaded_ns + self._limits.seconds * 1e9
        return self._began_ns + START_S * 1e9

    def _ask_for_stacks(self, child: "subprocess.Popen[bytes]") -> str:
        """Each thread's stack, as far as it answers the signal in time."""
        file = Path(self._job.order["stacks"])
        tree.send(child.pid, WAKE)
        until_s, text = time.monotonic() + STACKS_S, ""
        while time.monotonic() < until_s:
            time.sleep(LOOK_S)
            before, text = text, file.read_text(errors="replace") if file.exists() else ""
            if text and text == before:
                break
        return text[:STACKS_BYTES]

    def _pids(self) -> list[int]:
        members = self._fence.members() if self._fence else []
        return list({*members, *tree.below(os.getpid())})

    def _end_all(self, child: "subprocess.Popen[bytes]") -> None:
        """Nothing of the job is alive afterwards; the child's own status is kept."""
        if self._fence:
            self._fence.shut()
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)  # while it is not buried, its number is nobody else's
        child.wait()
        tree.end(self._pids)
        if self._fence:
            self._fence.remove()

    def _drain(self, selector: selectors.BaseSelector, wait_s: float = DRAIN_S) -> None:
        """What is left in the pipes. Nobody writes any more, so that they have an end."""
        until_s = time.monotonic() + wait_s
        while len(selector.get_map()) > 1 and self._output.bytes <= 2 * self._limits.output_bytes:
            ready = [key for key, _ in selector.select(0.0 if wait_s == 0 else LOOK_S) if key.data is not None]
            if not ready and time.monotonic() >= until_s:
                break
            for key in ready:
                self._take(selector, key)

    def _reason(self, why: str, status: int | None) -> str:
        if self._reports.told and why in (EXIT, TIME):
            return RESULT
        return CLOSED if why == EXIT and status == STATUS_CLOSED else why

    def _ended(self, why: str, status: int | None) -> Ended:
        reports = self._reports
        return Ended(
            why=self._reason(why, status),
            status=status,
            told=reports.told,
            phase=reports.phase,
            threads=reports.threads,
            offences=reports.offences,
            is_forged=reports.is_forged,
            output=self._output.text(),
            output_bytes=self._output.bytes,
            stacks=self._stacks,
            took_ns=(self._told_ns or time.monotonic_ns()) - (self._loaded_ns or self._began_ns),
        )


def take_turns() -> None:
    """Whoever watches a fork bomb must get its turn, where the system allows it.

    Niceness alone counts among the processes of a session (sched(7), autogroups), and a bomb may open many.
    """
    try:
        os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(1))
    except (AttributeError, OSError):  # no Linux, or no right to
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, 0, NICENESS)


def has_ended(pid: int) -> bool:
    """Whether a child has; it is not buried yet."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def main(source: IO[bytes], sink: IO[bytes]) -> None:
    """The job of one line, and its end in another."""
    for number in DEAF_TO:
        signal.signal(number, signal.SIG_IGN)
    tree.become_subreaper()
    job = job_from(source.readline())
    sink.write(json.dumps(Warden(job).run()._asdict()).encode() + b"\n")
    sink.flush()


if __name__ == "__main__":
    main(open(0, "rb", buffering=0, closefd=False), sys.stdout.buffer)  # noqa: SIM115 # it stays open
