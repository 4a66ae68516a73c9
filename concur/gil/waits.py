"""How many whole switch intervals a service's threads waited out for the GIL: the k of the convoy's formula. Tier 1.

A thread that wants CPython's GIL waits on a condition for the switch interval
at most; when that has passed in vain it asks the holder to let go, and waits
again (take_gil in Python/ceval_gil.c; ceval_gil.h before 3.12). Each interval
waited out is one futex(2) that ends in ETIMEDOUT, and the kernel can count just
those, for just the service's threads. Waits that end sooner, since the holder
let go by itself, are not in it. A convoy has some hundreds of them a second, so
that counting costs nothing that could be told from noise.
"""

import errno
import os
from collections.abc import Collection, Sequence
from functools import cache

from concur.bench.probe import tracing
from concur.bench.probe.perf_stat import PerfStat
from concur.bench.probe.tracing import Counted
from concur.errors import MachineError

EVENT = "syscalls:sys_exit_futex"
TIMED_OUT = "futex timed out"


class Waits(PerfStat):
    """One `perf stat` on these threads, that are there when the context begins; else as its parent.

    `end` returns the time-outs under TIMED_OUT. Every method raises MachineError where perf fails or is refused.
    """

    def __init__(self, threads: Sequence[int]) -> None:
        super().__init__(lambda: list(threads), ())

    def _words(self, output: int, control: int, answers: int) -> list[str]:
        words = ["perf", "stat", "-x", ",", "--log-fd", str(output), "-D", "-1", "--control", f"fd:{control},{answers}"]
        words += ["-e", EVENT, "--filter", f"ret == -{errno.ETIMEDOUT}"]
        return [*words, "-t", ",".join(map(str, self._members()))]

    def _counted(self, counts: dict[str, int], ended_ns: int) -> Counted:
        return Counted(calls={TIMED_OUT: counts.get(EVENT, 0)}, began_ns=self._began_ns, ended_ns=ended_ns)


def counted_per_s(counted: Counted) -> float:
    """Intervals waited out a second, by all threads together."""
    return counted.calls[TIMED_OUT] / (counted.ended_ns - counted.began_ns) * 1e9


def why_uncounted() -> str:
    """Why nothing can be counted here, by trying what CONCUR_TRACER allows; empty if it can."""
    return _why_uncounted(os.environ.get("CONCUR_TRACER") or None)


@cache
def _why_uncounted(forced: str | None) -> str:
    try:
        source = tracing.available(forced)
    except MachineError as error:
        return str(error)
    return "" if source == "perf" else f"{source} does not tell how a futex ended"


def threads_of(pid: int, without: Collection[int] = ()) -> list[int]:
    """The threads that a process has now, by the kernel's numbers, but for these. None of one that has ended."""
    try:
        return sorted({int(name) for name in os.listdir(f"/proc/{pid}/task")} - set(without))
    except FileNotFoundError:
        return []
