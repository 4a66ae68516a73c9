"""The crawler under check: started afresh, told what to crawl, looked at from outside, and ended. Tier 1.

What must not live here: the webs that it crawls, and what it promises.
"""

import atexit
import json
import os
import select
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from concur import catalog
from concur.bench.launch import environment
from concur.bench.plan import Target
from concur.bench.target import RunningTarget
from concur.conformance.process import Ending, Process
from concur.echo.stop import GRACE_S
from concur.errors import TargetError
from concur.web.running import Running

PAGES = 120  # of a hostile web: enough for each fault to be in it
PATIENCE_S = 20.0  # a crawl that takes longer than this, or what its web takes beside, hangs
START_S = 20.0
DYING_S = 2.0  # from the end of its control pipe to its own
LOOK_S = 0.02  # between two looks at its memory
Order = dict[str, Any]

# In the program's place, where the crawler shall not find some libraries.
STAND_IN = """
import sys
sys.modules.update(dict.fromkeys(sys.argv.pop(1).split()))
from concur import fetch
sys.exit(fetch.main())
"""

_running: set[RunningTarget] = set()  # under way, for whoever must end at once


def order_of(served: Running, **more: Any) -> Order:
    """What tells a crawler to crawl a web, all its hosts; more is what `fetch` takes beside."""
    origins = [list(origin) for origin in served.addresses.origins]
    return {"seeds": [served.seed], "origins": origins, "backoff_s": 0.01} | more


class CrawlSubject:
    """A target as a crawler.

    pages and seeds are those of the hostile webs that it is to crawl; patience_s
    is how long any other crawl may take.
    """

    def __init__(
        self, target: Target, *, pages: int = PAGES, seeds: Sequence[int] = (1,), patience_s: float = PATIENCE_S
    ) -> None:
        self.target, self.pages, self.seeds, self.patience_s = target, pages, seeds, patience_s
        self.row = catalog.model(target.name) if target.kind == "model" else None

    @contextmanager
    def start(self, order: Order, *, grace_s: float = GRACE_S, saved: Path | None = None) -> Iterator["Crawler"]:
        """A fresh process of it, that waits for its beginning. Raises TargetError if there is none.

        saved is the journal, begun where it is not there and resumed where it is.
        """
        with tempfile.TemporaryDirectory() as folder:
            records = Path(folder, "records")
            with self.spawn(order, grace_s=grace_s, saved=saved, records=records) as crawler:
                crawler.await_ready()
                yield crawler

    @contextmanager
    def spawn(
        self,
        order: object,
        *,
        model: str = "",
        grace_s: float = GRACE_S,
        saved: Path | None = None,
        records: Path | None = None,
        without: Sequence[str] = (),
    ) -> Iterator["Crawler"]:
        """A fresh process, which may not be ready yet, nor ever; model is another name than its own."""
        program = ["-c", STAND_IN, " ".join(without)] if without else ["-m", "concur.fetch"]
        words = [self.target.interpreter.python, "-P", *program, model or self.target.name, "--grace", str(grace_s)]
        words += ["--records", str(records)] if records else []
        words += ["--save", str(saved)] if saved else []
        with _process(words, environment(self.target), grace_s) as (running, process):
            crawler = Crawler(running, process, records, self.patience_s)
            crawler.say(json.dumps(order))
            try:
                yield crawler
            finally:
                crawler.let_go()


@contextmanager
def _process(
    words: list[str], env: dict[str, str], grace_s: float
) -> Iterator[tuple[RunningTarget, "subprocess.Popen[bytes]"]]:
    """It leads a group of its own, all of which is killed in the end."""
    with ExitStack() as stack:
        files = stack.enter_context(tempfile.TemporaryFile()), stack.enter_context(tempfile.TemporaryFile())
        reading, writing = os.pipe()
        control = stack.enter_context(os.fdopen(reading))
        try:
            process = subprocess.Popen(
                [*words, "--control", str(writing)],
                env=env,
                stdin=subprocess.PIPE,
                stdout=files[0],
                stderr=files[1],
                pass_fds=(writing,),
                start_new_session=True,
            )
        except OSError as error:
            raise TargetError(f"{words[0]} cannot be started", why=error.strerror or str(error)) from None
        finally:
            os.close(writing)
        running = stack.enter_context(RunningTarget(process, files, control, grace_s))
        stack.callback(_running.discard, running)
        _running.add(running)
        yield running, process


@atexit.register
def kill_all() -> None:
    """End every crawler at once: for Ctrl-C, at which they would be waited for."""
    for running in list(_running):
        with suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)


class Crawler(Process):
    """A running crawler. It never raises for what the crawler does, once that is ready."""

    def __init__(
        self, running: RunningTarget, process: "subprocess.Popen[bytes]", records: Path | None, patience_s: float
    ) -> None:
        super().__init__(running)
        self.patience_s = patience_s
        assert process.stdin
        self._stdin, self._records = process.stdin, records
        self.group, self.peak_bytes = process.pid, 0
        assert running._control
        self._control = running._control

    # Its work

    def say(self, line: str) -> None:
        """Write a line to its standard input; what has ended does not hear it."""
        with suppress(BrokenPipeError):
            self._stdin.write(line.encode() + b"\n")
            self._stdin.flush()

    def begin(self) -> None:
        """It waited for this."""
        self.say("")

    def let_go(self) -> None:
        """Whoever has crawled may end."""
        with suppress(BrokenPipeError):
            self._stdin.close()

    def await_ready(self) -> None:
        """Raises TargetError where it is not ready in time, or ends before."""
        self._running.ready = self._line(START_S)
        if self._running.ready.get("event") != "ready":
            raise TargetError("the crawler did not start", why=self.how_it_died() or f"not ready within {START_S:g} s")

    def end(self) -> Ending:
        """Wait for the end of its crawl, then for its own; how it ended, with its report."""
        report = self._line(self.patience_s)
        if not report and self.await_exit(DYING_S) is None:
            return Ending(None, {}, f"it was crawling still after {self.patience_s:g} s")
        self.let_go()
        return self.ending()._replace(report=report)

    def await_exit(self, patience_s: float) -> int | None:
        """Its exit status, None where it goes on."""
        with suppress(subprocess.TimeoutExpired):
            self._running.process.wait(patience_s)
        return self._running.process.poll()

    def crawl(self) -> Ending:
        """Begin, and wait for the end."""
        self.begin()
        return self.end()

    def crawl_watched(self) -> Ending:
        """The same, while its memory is looked at: `peak_bytes`."""
        self.begin()
        ends_at = time.monotonic() + self.patience_s
        while self.is_alive and time.monotonic() < ends_at and not self._has_said(LOOK_S):
            self.peak_bytes = max(self.peak_bytes, self.memory_bytes())
        return self.end()

    def records(self) -> list[dict[str, Any]]:
        """What became of each URL, as far as it said before it ended."""
        if not self._records or not self._records.exists():
            return []
        return [json.loads(line) for line in self._records.read_text().splitlines()]

    def group_left(self) -> int:
        """How many processes of its group there are."""
        return sum(_group(process) == self.group for process in psutil.process_iter())

    def _has_said(self, within_s: float) -> bool:
        return bool(select.select([self._control], [], [], within_s)[0])

    def _line(self, within_s: float) -> dict[str, Any]:
        """What it says next, nothing where it ends or hangs before."""
        if not self._has_said(within_s):
            return {}
        return self._running.last_report()


def _group(process: psutil.Process) -> int:
    try:
        return os.getpgid(process.pid)
    except ProcessLookupError:
        return 0
