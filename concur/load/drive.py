"""Starting a load generator and talking to it: JSON lines over two pipes. Tier 1.

    with Engine(load) as engine:            # all connections are up
        engine.start()
        for piece in engine.slices(): ...   # warm up for as long as needed
        engine.open_window(1_000_000_000)
        result = engine.close_window()      # the load goes on: read counters now

Its process is `program.py`'s business.
"""

import os
import signal
import subprocess
import time
from collections.abc import Collection, Iterator
from types import TracebackType
from typing import Any, Self

import msgspec

from concur.errors import LoadError, UsageError
from concur.load.build import native_engine
from concur.load.plan import Load, LoadResult, Slice
from concur.load.program import PATIENCE_S, Program, require_epoll

TWIN = "concur.load.twin"


class Engine(Program):
    """A load generator in a process of its own, as `Program` starts it.

    Every method raises LoadError if the engine fails or dies.
    """

    def __init__(self, load: Load, *, cpus: Collection[int] | None = None, kind: str | None = None) -> None:
        check_load(load)
        super().__init__(native_engine, TWIN, cpus=cpus, kind=kind)
        self.load = load
        self._is_exhausted = False
        self._totals: LoadResult | None = None

    def __enter__(self) -> Self:
        """Start the process, and wait until all connections are up."""
        try:
            self.spawn()
            self.send(self.load)
            self._expect("connected", self.load.timeout_ns / 1e9)
        except BaseException:
            self.end()
            raise
        return self

    def start(self) -> None:
        """Begin to send."""
        self._command(do="start")

    def pause(self) -> None:
        """Stop sending and reading, until `resume`: a closed loop without a window, for less than its time-out.

        What is in flight stays so: its latency will have the pause in it.
        """
        os.kill(self.running().pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Go on."""
        os.kill(self.running().pid, signal.SIGCONT)

    def slices(self) -> Iterator[Slice]:
        """Each slice as it ends, for as long as it is asked for and no window is open."""
        while True:
            yield msgspec.convert(self._expect("slice", self.load.slice_ns / 1e9), Slice)

    def open_window(self, window_ns: int) -> int:
        """Begin to count, after the ramp if there is one; returns the window's beginning on the monotonic clock."""
        self._command(do="open", window_ns=window_ns)
        self._window_ns = window_ns
        return int(self._expect("opened", self.load.ramp_ns / 1e9)["opened_ns"])

    def close_window(self) -> LoadResult:
        """Wait until the window ends, and return its counts; the load goes on."""
        return msgspec.convert(self._expect("closed", self._window_ns / 1e9), LoadResult)

    def exhaust(self) -> None:
        """Wait until all of `Load.messages` were sent, and each answered or failed.

        Raises LoadError once nothing has been answered for too long: a server that is gone takes no message.
        """
        patience_s = PATIENCE_S + self.load.timeout_ns / 1e9
        deadline = time.monotonic() + patience_s
        while not self._is_exhausted:
            event = self.hear(time.monotonic() + patience_s)
            self._is_exhausted = event["event"] == "exhausted"
            if event.get("verified"):
                deadline = time.monotonic() + patience_s
            elif time.monotonic() > deadline:
                raise LoadError("the load does not end", why=f"nothing was answered for {patience_s:g} s")

    @property
    def is_exhausted(self) -> bool:
        """Whether that has been heard of, as far as its events were read."""
        return self._is_exhausted

    def finish(self) -> None:
        """Stop sending, wait for what is in flight up to the time-out, close all, and end."""
        if self._process is None:
            return
        self._command(do="finish")
        event = self._expect("finished", self.load.timeout_ns / 1e9)
        self._totals = msgspec.convert(event, LoadResult)
        try:
            status = self._process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            raise LoadError("the load generator hangs", why="it had finished, and did not end") from None
        finally:
            self.end()
        if status != 0:
            raise LoadError("the load generator failed as it ended", why=f"status {status}")

    def totals(self) -> LoadResult:
        """What was counted from `start` to the end, once finished; its window is all of that time."""
        if self._totals is None:
            raise LoadError("the load has no totals", why="it is not finished")
        return self._totals

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Finish if that is still to be done; kill on an error."""
        try:
            if kind is None:
                self.finish()
        finally:
            self.end()

    def _command(self, **command: Any) -> None:
        self.send(command)

    def _expect(self, event: str, takes_s: float) -> dict[str, Any]:
        """The next event of that name; slices that come before are let go."""
        deadline = time.monotonic() + takes_s + PATIENCE_S
        while True:
            said = self.hear(deadline)
            if said["event"] == event:
                return said
            if said["event"] == "exhausted":
                self._is_exhausted = True


def native_command() -> os.PathLike[str]:
    """The native engine's executable; raises MachineError where there can be none."""
    require_epoll()
    return native_engine()


def check_load(load: Load) -> None:
    """Raise UsageError where a load makes no sense."""
    wrongs = {
        "connections must be at least 1": load.connections < 1,
        "idle connections cannot be fewer than 0": load.idle < 0,
        "a port is between 1 and 65535": not 0 < load.port < 65536,
        "a message has at least 1 byte": load.payload_bytes < 1,
        "a rate is at least 0.000001 and below 1,000,000,000 messages a second": load.rate_per_s is not None
        and not 1e-6 <= load.rate_per_s < 1e9,
        "pipeline must be at least 1": load.pipeline < 1,
        "times cannot be below 0": min(load.think_ns, load.ramp_ns) < 0,
        "time-out and slice must be above 0": min(load.timeout_ns, load.slice_ns) <= 0,
        "a seed is between 0 and 2^63": not 0 <= load.seed < 1 << 63,
        "churn, think time and pipelining are for the closed loop, without a rate": load.rate_per_s is not None
        and (load.churn or load.think_ns > 0 or load.pipeline > 1),
        "a connection for every message leaves nothing to pipeline": load.churn and load.pipeline > 1,
    }
    for why, is_wrong in wrongs.items():
        if is_wrong:
            raise UsageError("this load makes no sense", why=why)


def run_load(
    load: Load, *, warmup_s: float, duration_s: float, cpus: Collection[int] | None = None, kind: str | None = None
) -> LoadResult:
    """Load a server for a while, and return what was counted after the warm-up. Raises as Engine does."""
    with Engine(load, cpus=cpus, kind=kind) as engine:
        engine.start()
        warm_ns = time.monotonic_ns() + int(warmup_s * 1e9)
        if warmup_s > 0:
            next(piece for piece in engine.slices() if piece.at_ns + load.slice_ns >= warm_ns)
        engine.open_window(max(int(duration_s * 1e9), 1))
        return engine.close_window()
