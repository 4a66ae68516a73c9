"""A crawl that is saved as it goes, and resumed. Tier 0.

A journal is read by doing again what it says was done: the frontier that comes
of it is the one that was lost, but for requests in flight, which are queued
again, and for robots.txt, which is asked for again: it may have changed.
What must not live here: the file's form (`journal.py`).
"""

from collections.abc import Callable
from pathlib import Path

from concur.crawl import journal
from concur.crawl.frontier import Frontier, Record
from concur.crawl.journal import Journal
from concur.crawl.plan import Plan

# What a damaged line can raise where it is taken in: a page that is not known, a text for a number, and so on.
_NONSENSE = (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError)


def begin(plan: Plan, path: Path) -> Frontier:
    """A new crawl, saved to a file that must not exist yet. Raises UsageError or MachineError where it cannot be."""
    return Frontier(plan, journal.create(path, plan.identity))


def resume(plan: Plan, path: Path, now_ns: int = 0, on_record: Callable[[Record], object] | None = None) -> Frontier:
    """The crawl that was saved to a file, which goes on being saved there.

    Limits, delays and retries may differ from the first plan's, the rest may
    not. What was to be left alone for a while is left alone for that long from
    now_ns on. on_record is called with the record of each URL that was finished:
    a crawl killed between saving and exporting has some that no export has.
    Raises UsageError where the file is of another crawl, a newer version, or damaged.
    """
    saved = journal.reopen(path, plan.identity)
    try:
        frontier = Frontier(plan, saved)
        for number, wait_ns in _do_again(frontier, saved, on_record).items():
            frontier.hold(number, now_ns + wait_ns)
    except BaseException:
        saved.close()
        raise
    return frontier


def _do_again(frontier: Frontier, saved: Journal, on_record: Callable[[Record], object] | None) -> dict[int, int]:
    """Take in every line; what is to be asked for again yet, and after which wait in nanoseconds."""
    waits: dict[int, int] = {}
    for line, entry in saved.entries():
        try:
            record = frontier.replay(entry)
            if record is None:
                waits[entry["again"]] = int(entry["wait_ns"])
            else:
                waits.pop(entry["done"], None)
        except _NONSENSE:
            raise saved.damaged(line) from None
        if record and on_record:
            on_record(record)
    return waits
