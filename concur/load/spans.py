"""The Python twin's windows and slices, and what it says of them. Tier 1.

The engine's output goes through here alone. It never waits for its reader while
a load runs: a slice that would not fit the pipe is dropped.
"""

import select
import sys
import time
from collections.abc import Callable
from typing import Any

import msgspec

from concur.load.connection import Connection
from concur.load.plan import Load, Slice
from concur.load.schedule import NEVER
from concur.load.tally import Tally, jain


def say(event: str, **fields: Any) -> None:
    """Write one event to whoever started the engine."""
    sys.stdout.buffer.write(msgspec.json.encode({"event": event, **fields}) + b"\n")
    sys.stdout.buffer.flush()


class Spans:
    """Which span of time is being counted: `current` since the last window's edge, `before` until then.

    settle(until_ns, is_end) has what is due until then sent, and counted as
    due; it returns how many of those are still unsent.
    """

    def __init__(self, load: Load, connections: list[Connection], settle: Callable[[int], int]) -> None:
        self.load, self.connections, self.settle = load, connections, settle
        self.current, self.before = Tally(), Tally()
        self.started_ns = self.started_cpu_ns = 0
        self.wanted_ns = 0  # a window that was asked for and is not open yet
        self.is_open = False
        self.tick_ns = NEVER  # when this slice ends
        self.slices: list[Slice] = []

    def start(self, now_ns: int) -> None:
        """The load begins."""
        self.started_ns, self.started_cpu_ns = now_ns, time.process_time_ns()
        self._begin_slice(now_ns)

    def _begin_slice(self, at_ns: int) -> None:
        self.slice_ns, self.slice_verified = at_ns, 0
        self.tick_ns = at_ns + self.load.slice_ns
        if self.is_open:
            self.tick_ns = min(self.tick_ns, self.end_ns)

    def open_window(self, now_ns: int) -> None:
        """Count from now on for `wanted_ns`."""
        self.settle(now_ns)
        self.fold()
        self.opened_ns, self.end_ns, self.wanted_ns = now_ns, now_ns + self.wanted_ns, 0
        self.is_open = True
        self.slices = []
        self.cpu_ns = time.process_time_ns()
        self._begin_slice(now_ns)
        say("opened", opened_ns=now_ns)

    def _close_window(self) -> None:
        unsent = self.settle(self.end_ns)
        self.is_open = False
        result = self.current.result(
            self.load,
            opened_ns=self.opened_ns,
            window_ns=self.end_ns - self.opened_ns,
            backlog=unsent + sum(len(c.in_flight) for c in self.connections),
            fairness=jain([c.verified for c in self.connections if c.is_active]),
            cpu_ns=time.process_time_ns() - self.cpu_ns,
            slices=self.slices,
        )
        say("closed", **msgspec.structs.asdict(result))
        self.fold()

    def fold(self) -> None:
        """Begin to count anew, keeping the sum of what was counted."""
        self.before.add(self.current)
        self.current = Tally()
        for c in self.connections:
            c.verified_before += c.verified
            c.verified = 0

    def tick(self, now_ns: int) -> None:
        """End the slices, and the window, that end by now; called before anything that happened now is counted."""
        while now_ns >= self.tick_ns:
            end_ns = self.tick_ns
            self._end_slice()
            if self.is_open and end_ns >= self.end_ns:
                self._close_window()
            self._begin_slice(end_ns)

    def _end_slice(self) -> None:
        if self.is_open:
            self.slices.append(Slice(self.slice_ns, self.slice_verified))
        elif select.select([], [sys.stdout], [], 0)[1]:
            say("slice", at_ns=self.slice_ns, verified=self.slice_verified)

    def finish(self, now_ns: int) -> None:
        """Say what was counted since the load began."""
        self.fold()
        result = self.before.result(
            self.load,
            opened_ns=self.started_ns or now_ns,
            window_ns=now_ns - (self.started_ns or now_ns),
            backlog=0,
            fairness=jain([c.verified_before for c in self.connections if c.is_active]),
            cpu_ns=time.process_time_ns() - self.started_cpu_ns if self.started_ns else 0,
            slices=[],
        )
        say("finished", **msgspec.structs.asdict(result))
