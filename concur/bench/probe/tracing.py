"""System calls by name, over a target's whole tree: what counts them here, and what every counter of them is. Tier 1.

Counting costs the target time with each call, so it belongs in a trial of its own.
How each source does it is in `perf_stat.py` and `strace.py`.
"""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import msgspec

from concur.bench import procfs
from concur.errors import MachineError, unknown

SOURCES = ("perf", "strace", "none")  # what CONCUR_TRACER may say; the first that may be used is taken
OTHER = "other"  # calls that were counted, but not by name
# Those that servers make. A system-call tracepoint for each is opened for each thread, so not all 360.
NAMES = (
    *("recvfrom", "sendto", "read", "write", "readv", "writev", "recvmsg", "sendmsg", "accept", "accept4"),
    *("epoll_wait", "epoll_pwait", "epoll_pwait2", "epoll_ctl", "poll", "ppoll", "select", "pselect6"),
    *("futex", "nanosleep", "clock_nanosleep", "sched_yield", "close", "shutdown"),
    *("clone", "clone3", "fork", "vfork", "wait4", "mmap", "munmap", "brk", "madvise", "mprotect"),
    *("getsockopt", "setsockopt", "ioctl", "fcntl", "rt_sigreturn"),
)
FEW_NAMES = (*NAMES[:10], "epoll_wait", "epoll_ctl", "poll", "futex", "close", "clone3")
MANY_THREADS = 500  # beyond so many, FEW_NAMES: the kernel keeps a counter for each name and thread
Members = Callable[[], list[int]]


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """What was counted, calls by name, and from when to when on the monotonic clock. None was not to be had here."""

    calls: dict[str, int]
    began_ns: int
    ended_ns: int
    switches: int | None = None
    page_faults: int | None = None
    gil_takes: int | None = None


class Tracer(Protocol):
    """Counts between `begin` and `end`, once. A context: at its end nobody traces any more.

    Every method raises MachineError with why, where the source fails or is refused.
    """

    source: str

    def __enter__(self) -> Self: ...
    def begin(self) -> None:
        """Count from here on."""

    def end(self) -> Counted:
        """Count no more; what was counted."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def available(forced: str | None = None) -> str:
    """The source that counts here: perf, else strace. Each is tried, since there are many ways to be forbidden.

    forced, else CONCUR_TRACER, allows one alone, or with "none" none. Raises
    MachineError with the reason of each where there is none, UsageError for
    another name.
    """
    from concur.bench.probe import perf_stat, strace

    asked = forced or os.environ.get("CONCUR_TRACER") or ""
    if asked and asked not in SOURCES:
        raise unknown("tracer", asked, SOURCES)
    if asked == "none":
        raise MachineError("system calls are not counted", why="CONCUR_TRACER is none")
    tries = {"perf": perf_stat.refusal, "strace": strace.refusal}
    reasons = []
    for source in [asked] if asked else tries:
        reason = tries[source]()
        if not reason:
            return source
        reasons.append(reason)
    raise MachineError("system calls cannot be counted", why="; ".join(reasons))


def tracer(source: str, members: Members, threads: int, takes: str = "") -> Tracer:
    """The tracer of that source for the processes that `members` names when it is asked.

    threads is how many are expected; takes is a tracepoint that fires when a
    thread asks for the GIL (`gil_takes.py`), of which strace knows nothing.
    """
    from concur.bench.probe import perf_stat, strace

    if source == "strace":
        return strace.Strace(members)
    return perf_stat.PerfStat(members, FEW_NAMES if threads > MANY_THREADS else NAMES, takes)


def members_of(root: int) -> Members:
    """Asks for the processes of a tree as they are then; empty when it has ended."""
    return lambda: sorted(procfs.descendants(procfs.stats(procfs.pids()), [root]))


def with_other(total: int, named: dict[str, int]) -> dict[str, int]:
    """Calls by name, those not there left out, and the rest of the total as OTHER.

    Counters of one event after the other begin a moment apart, so the names may
    add up to a little more than the total: then there is no rest.
    """
    rest = max(total - sum(named.values()), 0)
    return {name: count for name, count in (named | {OTHER: rest}).items() if count}


def tracefs() -> Path | None:
    """Where the kernel's tracing files are mounted and may be read (kernel doc trace/ftrace.rst), if so."""
    places = (Path("/sys/kernel/tracing"), Path("/sys/kernel/debug/tracing"))
    return next((place for place in places if _is_readable(place / "events" / "syscalls")), None)


def _is_readable(folder: Path) -> bool:
    return os.access(folder, os.R_OK | os.X_OK)


def known_to_kernel(names: Iterable[str]) -> list[str]:
    """Those of the system calls that this kernel has a tracepoint for."""
    place = tracefs()
    return [name for name in names if place and (place / "events" / "syscalls" / f"sys_enter_{name}").exists()]
