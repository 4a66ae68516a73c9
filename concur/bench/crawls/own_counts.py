"""What a crawler counts of itself, and nobody else: switches of threads that have ended. Tier 1.

When the crawl ends, a crawler of threads has none left, so that nobody can ask the kernel what these did. Its own
getrusage(2) has the switches of all its threads, and of the children that it waited for.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec
import psutil

from concur.bench.counters import Counters
from concur.errors import TargetError

OUTSIDE, NOW = "switches and run-queue delay of threads that ended", "run-queue delay of threads that ended"


class Switches(NamedTuple):
    """Since the process began."""

    voluntary: int
    involuntary: int


def at_the_start(pid: int) -> Switches:
    """Of a process that is ready and has one thread as yet. Raises TargetError where it has ended."""
    try:
        counted = psutil.Process(pid).num_ctx_switches()
    except psutil.Error as error:
        raise TargetError("the crawler ended before its crawl", why=str(error)) from None
    return Switches(counted.voluntary, counted.involuntary)


def completed(
    window: Counters, missing: Iterable[str], before: Switches, usage: Mapping[str, Any]
) -> tuple[Counters, list[str]]:
    """The window with the crawler's own count of switches, and what it still lacks.

    usage is as `concur.accounting.usage` has it, at the crawl's end; where there is none, all is as it was.
    Run-queue delay is not told where threads ended: what is left of it is of those that did nothing.
    """
    lacks = list(missing)
    if "voluntary_switches" not in usage:
        return window, lacks
    changes: dict[str, int | None] = {
        "voluntary_switches": int(usage["voluntary_switches"]) - before.voluntary,
        "involuntary_switches": int(usage["involuntary_switches"]) - before.involuntary,
    }
    if any(each.startswith(OUTSIDE) for each in lacks):
        changes["run_delay_ns"] = None
        lacks = [NOW if each.startswith(OUTSIDE) else each for each in lacks]
    return msgspec.structs.replace(window, **changes), lacks
