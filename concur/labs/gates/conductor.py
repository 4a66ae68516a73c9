"""What controlled primitives have in common: which run is it, which of its threads am I, and how do I wait?

Tier 0. Timeouts run by a virtual clock, which stands until nobody can go on: so a
timeout never expires because a machine was slow.
"""

import linecache
import re
import sys
from collections import Counter
from collections.abc import Callable
from threading import current_thread
from typing import Any, NamedTuple

from concur.labs.gates.baton import Lane, Run
from concur.labs.gates.cycles import Wait
from concur.labs.gates.tracing import Ended
from concur.labs.gates.verdict import Failed

ASSIGNED = re.compile(r"\s*(?:with\s+)?([A-Za-z_][\w.]*)\s*(?::[^=]+)?=[^=]")


class Me(NamedTuple):
    """What a thread of a run is told of itself."""

    name: str
    ident: int
    daemon: bool = True


class Conductor:
    """What controlled things ask: which run is it, and which of its threads am I?"""

    def __init__(self) -> None:
        self.run: Run | None = None
        self._labels: Counter[str] = Counter()

    def begin_run(self) -> None:
        """Forget what an earlier run made."""
        self.run = None
        self._labels.clear()

    def unique(self, label: str) -> str:
        """`lock`, and for the next one of that name `lock 2`."""
        self._labels[label] += 1
        return f"{label} {count}" if (count := self._labels[label]) > 1 else label

    @property
    def lane(self) -> Lane | None:
        return self.run.lane if self.run else None

    @property
    def is_ending(self) -> bool:
        """The run is over, and its threads are on their way out."""
        return self.run is not None and self.run.is_over and self.run.lane is not None

    @property
    def me(self) -> str:
        return lane.name if (lane := self.lane) else "nobody"

    def begin(self, word: str) -> None:
        """The operation under way is this."""
        if self.is_ending:
            raise Ended
        if self.run and (lane := self.run.lane):
            self.run.name(lane, word)

    def wait(
        self, is_met: Callable[[], bool], on: "Controlled", timeout_s: float | None, verb: str = "waits for"
    ) -> bool:
        """Hand on the baton until something is so; False if the time was over before."""
        if is_met():
            return True
        if timeout_s is not None and timeout_s <= 0:
            return False
        if not self.run or not (lane := self.run.lane):
            raise Failed("no wait outside of the threads", f"{on.kind} {on.label} would be waited for, for ever")
        due_s = None if timeout_s is None else self.run.now_s + timeout_s
        line = lane.last.line if lane.last else 0
        return self.run.stand_in_wait(lane, Wait(lane.name, on, line, is_met, due_s, verb))

    def sleep(self, seconds: float) -> None:
        """`time.sleep`: the others may go on; the virtual clock moves."""
        self.begin("sleep")
        if self.run and (lane := self.run.lane):
            self.run.now_s += seconds
            self.run.stand_in_sleep(lane)

    def current_thread(self) -> Any:
        """`threading.current_thread`: who asks."""
        return Me(lane.name, lane.ident) if (lane := self.lane) else current_thread()

    def now_s(self) -> float:
        """The virtual clock. A look at it takes a microsecond, so that a loop that waits for it ends."""
        if not self.run:
            return 0.0
        self.run.now_s += 1e-6
        return self.run.now_s


class Controlled:
    """Something that threads wait for. `label` is the name that it was given, so far as that can be seen."""

    kind = "thing"

    def __init__(self, conductor: Conductor, label: str = "") -> None:
        self.conductor = conductor
        self.label = conductor.unique(label or _assigned_name())

    def holders(self) -> list[str]:
        """The names of threads that have it and could give it back."""
        return []

    def _begin(self, verb: str) -> None:
        self.conductor.begin(f"{verb} {self.label}")

    def __repr__(self) -> str:
        return f"<{self.kind} {self.label}, controlled>"


def _assigned_name() -> str:
    """`lock`, from the line `lock = threading.Lock()` that makes it."""
    frame = sys._getframe(1)
    while frame.f_back and frame.f_globals.get("__package__") == __package__:
        frame = frame.f_back
    line = linecache.getline(frame.f_code.co_filename, frame.f_lineno)
    assigned = ASSIGNED.match(line)
    return assigned[1] if assigned else f"of line {frame.f_lineno}"


def limit(blocking: bool, timeout: float) -> float | None:
    """The time that a wait may take: 0 not to wait, None for ever."""
    if not blocking:
        return 0.0
    return None if timeout < 0 else timeout
