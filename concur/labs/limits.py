"""The limits that setrlimit(2) sets: what the kernel refuses at once, before the warden sees it. Tier 1.

Memory is not among them: what a process holds is watched (`memory.py`). Of
addresses there are many more, since a thousand threads' stacks must fit. Standard
library alone: the warden stands on it.
"""

import os
import resource
import sys
from contextlib import suppress

from concur.labs.job import Limits

ADDRESSES = 64  # times the memory


def hard_limits(limits: Limits, *, is_fenced: bool) -> list[tuple[int, int]]:
    """What this system can hold it to, as (resource, most)."""
    found = [(resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, limits.file_bytes)]
    if sys.platform == "linux":
        found.append((resource.RLIMIT_AS, ADDRESSES * limits.memory_bytes))
    if not is_fenced and sys.platform == "linux":
        found.append((resource.RLIMIT_NPROC, _own_tasks() + limits.tasks))
    return found


def _own_tasks() -> int:
    """How many threads this user has, which is what RLIMIT_NPROC counts."""
    count = 0
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError):
            if os.stat(f"/proc/{pid}").st_uid == os.getuid():
                count += len(os.listdir(f"/proc/{pid}/task"))
    return count


def set_limit(number: int, most: int) -> None:
    """Hold this process, and those it will start, to that; to less, where less is allowed already."""
    _, hard = resource.getrlimit(number)
    allowed = most if hard == resource.RLIM_INFINITY else min(most, hard)
    with suppress(OSError, ValueError):  # not every system takes every limit
        resource.setrlimit(number, (allowed, allowed))
