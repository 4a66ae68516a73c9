"""Running ahead of the engine on its CPU for the moments in which something is looked at. Tier 1.

What waits its turn on a CPU looks only when nobody else has work there: with the
engine for a neighbour, when it has nothing to send, which is no fair sample of
the target's moments.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def urgent() -> Iterator[bool]:
    """This thread, and what it starts, at the lowest real-time priority (sched(7)); whether that was allowed."""
    before = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(os.sched_get_priority_min(os.SCHED_FIFO)))
    except PermissionError:  # it takes CAP_SYS_NICE, or RLIMIT_RTPRIO
        yield False
        return
    try:
        yield True
    finally:
        os.sched_setscheduler(0, *before)
