"""Asking /proc about processes and their threads (Linux; proc(5)). No totals are kept here.

The CPU of a process comes from its CPU-time clock, the one that
clock_getcpuclockid(3) names: nanoseconds, all threads, dead ones included,
one system call. /proc/PID/stat has the same in units of 10 ms.
"""

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from concur.bench.tally import TICK_NS, Identity, Reading, Task, figures

_NUMBER_OF_STATE = 2  # of a field in /proc/PID/stat as proc(5) counts; the two before may hold anything
_FIELDS = {
    "parent": 4,
    "minor_faults": 10,
    "reaped_minor_faults": 11,
    "major_faults": 12,
    "reaped_major_faults": 13,
    "user": 14,
    "system": 15,
    "reaped_user": 16,
    "reaped_system": 17,
    "threads": 20,
    "started": 22,
}


def read(path: str) -> bytes:
    """The start of a small file in /proc, up to 4 KiB; empty where its process has ended, or is hidden (hidepid)."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return b""
    try:
        return os.read(descriptor, 4096)
    except ProcessLookupError:
        return b""
    finally:
        os.close(descriptor)


def stat(pid: int) -> dict[str, int] | None:
    """The numbers of /proc/PID/stat that are of use, and whether it is a zombie. None where it has ended."""
    line = read(f"/proc/{pid}/stat")
    return parse_stat(line) if line else None


def parse_stat(line: bytes) -> dict[str, int]:
    """One line of /proc/PID/stat. The command's name may hold blanks and parentheses, so the last one counts."""
    words = line[line.rindex(b")") + 1 :].split()
    found = {name: int(words[number - _NUMBER_OF_STATE - 1]) for name, number in _FIELDS.items()}
    return found | {"zombie": int(words[0] in (b"Z", b"X"))}


def cpu_clock_ns(pid: int) -> int | None:
    """CPU time of the process, all threads, in nanoseconds; None where it has ended.

    The clock's number is ~pid << 3 | 2 (CPUCLOCK_SCHED), an interface of the
    kernel's (include/linux/posix-timers_types.h) as glibc's clock_getcpuclockid has it.
    """
    try:
        return time.clock_gettime_ns(~pid << 3 | 2)
    except OSError:  # EINVAL: no such process
        return None


def reading(pid: int, numbers: dict[str, int]) -> Reading | None:
    """One process's figures: the CPU from its clock, the rest from its stat. None where it has ended."""
    cpu_ns = cpu_clock_ns(pid)
    if cpu_ns is None:
        return None
    user, system, reaped_user, reaped_system = (
        numbers[name] * TICK_NS for name in ("user", "system", "reaped_user", "reaped_system")
    )
    return Reading(
        Identity(pid, numbers["started"]),
        numbers["parent"],
        figures(cpu_ns, user, system, numbers["minor_faults"], numbers["major_faults"]),
        figures(
            reaped_user + reaped_system,
            reaped_user,
            reaped_system,
            numbers["reaped_minor_faults"],
            numbers["reaped_major_faults"],
        ),
    )


def pids() -> Iterator[int]:
    """Every process that this one may see."""
    return (int(name) for name in os.listdir("/proc") if name.isdigit())


def stats(of: Iterable[int]) -> dict[int, dict[str, int]]:
    """stat() of each, without those that have ended."""
    found = ((pid, stat(pid)) for pid in of)
    return {pid: numbers for pid, numbers in found if numbers is not None}


def eldest_first(of: dict[int, dict[str, int]]) -> list[int]:
    """The processes of stats(), none before its parent."""
    return sorted(of, key=lambda pid: (of[pid]["started"], pid))


def descendants(everything: dict[int, dict[str, int]], roots: Iterable[int]) -> set[int]:
    """The roots that are there, and all below them. `everything` is stats() of all processes."""
    children: dict[int, list[int]] = {}
    for pid, numbers in everything.items():
        children.setdefault(numbers["parent"], []).append(pid)
    members: set[int] = set()
    waiting = [pid for pid in roots if pid in everything]
    while waiting:
        pid = waiting.pop()
        if pid not in members:
            members.add(pid)
            waiting += children.get(pid, ())
    return members


def has_schedstat() -> bool:
    """Whether this kernel shows each thread's run-queue delay (CONFIG_SCHED_INFO)."""
    return bool(read("/proc/self/schedstat"))


def tasks(pid: int, before: dict[tuple[int, int], Task]) -> dict[tuple[int, int], Task]:
    """Every thread of a process. One that has not run since `before` is taken from there: half the cost of asking."""
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except (FileNotFoundError, ProcessLookupError):
        return {}
    found = {}
    for thread in threads:
        key = pid, int(thread)
        task = _task(f"/proc/{pid}/task/{thread}", before.get(key))
        if task is not None:
            found[key] = task
    return found


def _task(folder: str, before: Task | None) -> Task | None:
    schedstat = read(f"{folder}/schedstat")
    if before is not None and schedstat and schedstat == before.schedstat:
        return before
    status = read(f"{folder}/status")
    return parse_task(schedstat, status) if status else None


def parse_task(schedstat: bytes, status: bytes) -> Task:
    """A thread's schedstat («run-ns delay-ns slices», empty on a kernel without it) and status."""
    run_ns, run_delay_ns = (int(word) for word in schedstat.split()[:2]) if schedstat else (0, 0)
    voluntary = status.index(b"\nvoluntary_ctxt_switches:")  # its neighbour follows, and both end the file's text
    words = status[voluntary:].split()
    return Task(schedstat, run_ns, run_delay_ns, int(words[1]), int(words[3]))


def pss_bytes(of: Iterable[int]) -> int | None:
    """Proportional set size of the processes together; None where one may not be looked into."""
    try:
        return sum(_pss_bytes(Path(f"/proc/{pid}/smaps_rollup")) for pid in of)
    except PermissionError:
        return None


def _pss_bytes(rollup: Path) -> int:
    try:
        lines = rollup.read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):  # it has ended, and holds nothing
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
