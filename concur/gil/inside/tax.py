"""CPU time of each workload, in one thread pinned to one CPU; and how long two threads take on two. Tier 0."""

import json
import os
import sys
import threading
import time
from collections.abc import Iterable
from typing import Any

from concur import observed
from concur.gil.inside.workloads import WORKLOADS, calls

PASSES = 2  # that count, of which each workload's shorter one is kept
TIMES_A_THREAD = 2


def main(options: dict[str, Any]) -> dict[str, Any]:
    """cpu_ns by workload: after a pass that warms up, the least of PASSES, since what disturbs fixed work can but
    lengthen it (Chen and Revels 2016, Robust benchmarking in noisy environments). With two CPUs two_threads_ns, which
    is elapsed time.

    Of the options, cpus are those to use, the first for all that is single-threaded;
    jit false turns PyPy's JIT off, first of all.
    """
    observed.watch_gil()
    if not options.get("jit", True):
        turn_jit_off()
    cpus = options.get("cpus") or []
    pin(cpus[:1])
    for work in WORKLOADS.values():
        work()
    passes = [{name: cpu_ns(name) for name in WORKLOADS} for _ in range(PASSES)]
    answer: dict[str, Any] = {"cpu_ns": {name: min(each[name] for each in passes) for name in WORKLOADS}}
    if len(cpus) > 1:
        pin(cpus)
        answer["two_threads_ns"] = min(two_threads_ns() for _ in range(PASSES))
    return answer | {"observed": observed.of_this_process("")}


def turn_jit_off() -> None:
    """As PyPy's `--jit off` does: nothing is compiled from here on (PyPy's manual, «JIT parameters»)."""
    import pypyjit  # type: ignore[import-not-found, unused-ignore] # PyPy's own

    pypyjit.set_param("off")


def pin(cpus: Iterable[int]) -> None:
    """This thread, and those that it starts, on these CPUs; where there are none, or it cannot be said, anywhere."""
    chosen = set(cpus)
    if chosen and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, chosen)


def cpu_ns(name: str) -> int:
    """CPU time of doing that work once, of all threads; there is one."""
    work, began_ns = WORKLOADS[name], time.process_time_ns()
    work()
    return time.process_time_ns() - began_ns


def two_threads_ns() -> int:
    """How long two threads take, from the first one's start until both are done; they share no object of ours."""

    def compute() -> None:
        for _ in range(TIMES_A_THREAD):
            calls()

    threads = [threading.Thread(target=compute) for _ in range(2)]
    began_ns = time.perf_counter_ns()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter_ns() - began_ns


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))  # noqa: T201 # its answer
