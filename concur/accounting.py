"""What a process used in its life, and what it leaves behind, as it can tell itself. Tier 0."""

import os
import resource
import threading
from contextlib import suppress
from pathlib import Path


def left_behind(before: set[int]) -> dict[str, int]:
    """Threads, children and descriptors that are there now and need not be; before: the descriptors that were open."""
    return {
        "threads": threading.active_count() - 1,
        "descriptors": len(descriptors() - before),
        "children": count_children(),
    }


def usage() -> dict[str, float]:
    """CPU seconds, switches and faults of this process and of its children that were waited for; memory in KiB."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "user_s": own.ru_utime + children.ru_utime,
        "system_s": own.ru_stime + children.ru_stime,
        "voluntary_switches": own.ru_nvcsw + children.ru_nvcsw,
        "involuntary_switches": own.ru_nivcsw + children.ru_nivcsw,
        "minor_faults": own.ru_minflt + children.ru_minflt,
        "maximum_rss_kib": _most_resident_kib() or own.ru_maxrss,
    }


def _most_resident_kib() -> int:
    """The high water of this program's memory; 0 where the system has no such line.

    Linux hands ru_maxrss on through execve(2): a small program started by a large one has the large one's.
    """
    with suppress(OSError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    return 0


def descriptors() -> set[int]:
    """The numbers of this process's open descriptors, as far as the system tells; not that of the asking itself."""
    folder = "/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd"
    return {int(name) for name in os.listdir(folder) if name.isdigit() and is_open(int(name))}


def is_open(descriptor: int) -> bool:
    """Whether a descriptor's number means anything now."""
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def count_children() -> int:
    """How many children are there still, running or unwaited for."""
    try:
        return sum(len(Path(task, "children").read_text().split()) for task in Path("/proc/self/task").iterdir())
    except OSError:  # a kernel without CONFIG_PROC_CHILDREN, or no /proc
        return 0
