"""What was counted of a target, and who counts it: the shape, the contract, and the choice.

The observers stand in `observers.py`, what they ask in `procfs.py` and
`cgroup.py`, how totals are kept in `tally.py`. What must not live here:
reading anything. The names of `Counters` are in every results file.
"""

import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Protocol, cast

import msgspec

from concur.errors import MachineError, unknown

# The fields that only grow; threads, processes and pss_bytes are levels, as they stand at a moment.
TOTALS = (
    "user_ns",
    "system_ns",
    "voluntary_switches",
    "involuntary_switches",
    "run_delay_ns",
    "minor_faults",
    "major_faults",
)


class Counters(msgspec.Struct, frozen=True, kw_only=True):
    """Totals of a process tree since it began, or (by `minus`) their difference over a window.

    at_ns is the monotonic clock at the reading, or the window's length. Levels
    (threads, processes, pss_bytes) are as they stood at the reading, or at the
    window's end. None where the source cannot tell. The sum of user and system
    is exact to the kernel's scheduler tick; how it divides into the two is
    sampled at those ticks, unless the kernel was built to account for each entry.
    """

    at_ns: int
    user_ns: int
    system_ns: int
    voluntary_switches: int | None = None
    involuntary_switches: int | None = None
    run_delay_ns: int | None = None
    minor_faults: int | None = None
    major_faults: int | None = None
    threads: int | None = None
    processes: int | None = None
    pss_bytes: int | None = None

    @property
    def cpu_ns(self) -> int:
        """User and system CPU time together."""
        return self.user_ns + self.system_ns

    def minus(self, earlier: "Counters") -> "Counters":
        """The window between two readings of one observer: growth of the totals, levels at the end."""
        grown = {name: _difference(getattr(self, name), getattr(earlier, name)) for name in ("at_ns", *TOTALS)}
        return msgspec.structs.replace(self, **grown)

    def busy(self, allotted: int) -> float:
        """Of a window: CPU time used / CPU time allotted, with `allotted` CPUs. 0.0 for an empty window."""
        return self.cpu_ns / (self.at_ns * allotted) if self.at_ns > 0 else 0.0

    def per_request(self, requests: float) -> dict[str, float]:
        """Of a window: each total that is known, divided by the requests. Empty where none was served."""
        if requests <= 0:
            return {}
        totals = {"cpu_ns": self.cpu_ns} | {name: getattr(self, name) for name in TOTALS}
        return {name: value / requests for name, value in totals.items() if value is not None}


def total(windows: Sequence[Counters]) -> Counters:
    """Several windows of one target as one: the sum of their totals, levels as at the end of the last."""
    names = ("at_ns", *TOTALS)
    values = {name: [getattr(each, name) for each in windows] for name in names}
    return msgspec.structs.replace(
        windows[-1], **{name: None if None in found else sum(found) for name, found in values.items()}
    )


def _difference(later: int | None, earlier: int | None) -> int | None:
    return None if later is None or earlier is None else later - earlier


class Observer(Protocol):
    """Counts one process tree from outside, without disturbing it. Totals never run backwards."""

    @property
    def source(self) -> str:
        """cgroup, proc or portable."""

    @property
    def missing(self) -> tuple[str, ...]:
        """What this source does not see, each a clause; may grow with what the last reading found."""

    def read(self) -> Counters:
        """The totals now, CPU first. Once the tree has ended: the last totals seen."""

    def memory(self) -> int | None:
        """Proportional set size of the whole tree in bytes (shared pages divided among their users).

        Walks page tables: keep it outside of windows. None where it cannot be read.
        """

    def close(self) -> None:
        """Leave nothing behind. The target may still run. May be called twice."""


# Best first. Each module is imported only when its turn comes: psutil is slow to load.
OBSERVERS = {
    "cgroup": "observers:CgroupObserver",
    "proc": "observers:ProcObserver",
    "portable": "portable:PortableObserver",
}


def observe(pid: int, kind: str | None = None) -> Observer:
    """An observer of the process and its descendants; call it right after the spawn, before any fork.

    kind is cgroup, proc or portable; else `CONCUR_COUNTERS` says; else the best
    that this machine allows, and `missing` then says why a better one was not
    to be had. Raises UsageError for another kind, MachineError where the kind
    asked for cannot be had, TargetError where the process has ended.
    """
    asked = kind or os.environ.get("CONCUR_COUNTERS") or ""
    if asked and asked not in OBSERVERS:
        raise unknown("kind of counters", asked, OBSERVERS)
    if asked:
        return _observer(asked, pid)
    return _best(pid) if sys.platform == "linux" else _observer("portable", pid)


def _best(pid: int) -> Observer:
    try:
        return _observer("cgroup", pid)
    except MachineError as refused:
        return _observer("proc", pid, without=(f"a cgroup ({refused.why})",))


def _observer(kind: str, pid: int, without: tuple[str, ...] = ()) -> Observer:
    module, _, name = OBSERVERS[kind].partition(":")
    return cast(Observer, getattr(import_module(f"concur.bench.{module}"), name)(pid, without))
