"""One crawler's life in a trial: started on its CPUs, told to begin, heard out, ended. Tier 1.

What must not live here: what it crawls, and what is counted of it.
"""

import json
import os
import select
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import IO, Any

from concur.bench import target as targets
from concur.bench.launch import environment
from concur.bench.plan import Target
from concur.bench.target import RunningTarget, running_on
from concur.errors import TargetError

Order = dict[str, Any]
ENDS_S = 5.0  # from the end of its crawl to its own


class Crawler:
    """A process of `concur.fetch` that is ready. `ready` is what it said when it was, `pid` the tree's root."""

    def __init__(self, running: RunningTarget, process: "subprocess.Popen[bytes]", control: IO[str]) -> None:
        assert process.stdin
        self.running, self._stdin, self._control = running, process.stdin, control
        self.pid = process.pid
        self.ready: dict[str, Any] = {}

    def say(self, line: str) -> None:
        """Write a line to its standard input; what has ended does not hear it."""
        with suppress(BrokenPipeError):
            self._stdin.write(line.encode() + b"\n")
            self._stdin.flush()

    def has_said(self, within_s: float) -> bool:
        """Whether it says something, or ends, within that time."""
        return bool(select.select([self._control], [], [], within_s)[0])

    def heard(self, event: str) -> dict[str, Any]:
        """The line that it says next. Raises TargetError where that is another event, or none since it has ended."""
        line = self._control.readline()
        if not line:
            with suppress(subprocess.TimeoutExpired):
                self.running.process.wait(targets.DYING_S)
            raise TargetError("the crawler ended too soon", why=self.running.how_it_ended())
        try:
            said: dict[str, Any] = json.loads(line)
        except ValueError as error:
            raise TargetError("the crawler's report is not understood", why=f"{error}: {line[:100]!r}") from None
        if said.get("event") != event:
            raise TargetError(f"the crawler said {said.get('event')!r} instead of {event!r}")
        return said

    def end(self) -> None:
        """It has crawled and may end. Raises TargetError where it does not, or not well."""
        with suppress(BrokenPipeError):
            self._stdin.close()
        try:
            status = self.running.process.wait(ENDS_S)
        except subprocess.TimeoutExpired:
            raise TargetError("the crawler did not end", why=f"it had crawled, and ran on for {ENDS_S:g} s") from None
        if status:
            raise TargetError("the crawler did not end well", why=self.running.how_it_ended())


@contextmanager
def started(target: Target, order: Order, cpus: tuple[int, ...] | None) -> Iterator[Crawler]:
    """A fresh crawler on these CPUs, which waits for a line to begin. At the end of the context nobody is left.

    Raises TargetError with what it said where it does not start.
    """
    with ExitStack() as stack:
        reading, writing = os.pipe()
        control = stack.enter_context(os.fdopen(reading))
        files = stack.enter_context(tempfile.TemporaryFile()), stack.enter_context(tempfile.TemporaryFile())
        try:
            with running_on(cpus):
                process = _spawn(target, writing, files)
        finally:
            os.close(writing)
        stack.callback(_close, process)
        running = stack.enter_context(RunningTarget(process, files, None, targets.GRACE_S))
        crawler = Crawler(running, process, control)
        crawler.say(json.dumps(order))
        if not crawler.has_said(targets.START_S):
            raise TargetError(f"{target.label} never said that it is ready", why=f"nothing for {targets.START_S:.0f} s")
        crawler.ready = crawler.heard("ready")
        yield crawler


def _close(process: "subprocess.Popen[bytes]") -> None:
    """Its input, which a killed process leaves unread."""
    with suppress(BrokenPipeError):
        if process.stdin:
            process.stdin.close()


def _spawn(target: Target, control: int, files: tuple[IO[bytes], IO[bytes]]) -> "subprocess.Popen[bytes]":
    """It leads a group of its own, and is known to whoever must end all at once."""
    words = [target.interpreter.python, "-P", "-m", "concur.fetch", target.name, "--control", str(control)]
    with targets._interrupted_later(), targets._refused(words[0]):
        process = subprocess.Popen(
            words,
            env=environment(target),
            stdin=subprocess.PIPE,
            stdout=files[0],
            stderr=files[1],
            pass_fds=(control,),
            start_new_session=True,
        )
        targets._running.add(process.pid)
    return process
