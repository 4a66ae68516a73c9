"""Which common operations let go of the GIL, on each interpreter that has one. Tier 1.

What a library's C code does in between is its own decision, and seldom
documented. `inside/release.py` says how it is found out.
"""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from concur.gil.asking import ask
from concur.gil.inside.operations import OPERATIONS
from concur.gil.points import HEADLINE, Asked, Outcome, Point, Sample
from concur.gil.results import Release

SECONDS, QUICK_SECONDS = 0.08, 0.03  # for each operation
MAKING_S = 1.0  # what operations need: files, a database, numpy
OFTEN = 0.05  # of the beats beside a sleep
NO_GIL = "there is no GIL to let go of"
CANNOT_TELL = "it cannot be told here: bytecode lets go of the GIL, too, though nobody is made to"
HEART_STANDS = "it cannot be told here: another thread makes no progress even while this one sleeps"


def points(asked: Asked) -> list[Point]:
    """One for each interpreter: all operations are tried in one process."""
    about_s = (len(OPERATIONS) + 2) * _seconds(asked) + MAKING_S
    return [Point(interpreter=short, what=("all",), about_s=about_s, priority=HEADLINE) for short in asked.interpreters]


def _seconds(asked: Asked) -> float:
    return QUICK_SECONDS if asked.quick else SECONDS


def measure(point: Point, asked: Asked, number: int) -> Sample:
    """What `inside/release.py` finds there."""
    options = {"seconds": _seconds(asked)}
    return ask(asked.interpreters[point.interpreter], "release", options, takes_s=point.about_s)


def rows(outcomes: Sequence[Outcome]) -> list[Release]:
    """A row for each operation. It lets go if the other thread beats often beside it, against beside a sleep.

    A beat now and then is a runtime's own (PyPy's collector and JIT let go at times), not the operation's.
    """
    return [row for outcome in outcomes for row in _rows(outcome)]


def _rows(outcome: Outcome) -> list[Release]:
    short = outcome.point.interpreter
    samples = list(outcome.samples.values())
    reason = _why_not(samples) if samples else outcome.reason
    if reason:
        return [Release(interpreter=short, operation="all", group="", absent=reason)]
    by_name: dict[str, list[Mapping[str, Any]]] = {}
    for sample in samples:
        for found in sample["operations"]:
            by_name.setdefault(found["operation"], []).append(found)
    asleep_per_s = median(_beats_per_s(sample["sleep"]) for sample in samples)
    return [_row(short, found, asleep_per_s) for found in by_name.values()]


def _why_not(samples: list[Sample]) -> str:
    """Why nothing can be said of an interpreter: the controls do not do what they must. Empty if they do."""
    if not all(sample["observed"]["gil"] for sample in samples):
        return NO_GIL
    if any(sample["bytecode"]["beats"] for sample in samples):
        return CANNOT_TELL
    return "" if all(sample["sleep"]["beats"] for sample in samples) else HEART_STANDS


def _beats_per_s(found: Mapping[str, Any]) -> float:
    return float(found["beats"] / found["took_ns"] * 1e9)


def _row(short: str, found: list[Mapping[str, Any]], asleep_per_s: float) -> Release:
    first = found[0]
    if "absent" in first:
        return Release(interpreter=short, operation=first["operation"], group=first["group"], absent=first["absent"])
    beats_per_s = max(map(_beats_per_s, found))  # a busy machine can only hide beats
    return Release(
        interpreter=short,
        operation=first["operation"],
        group=first["group"],
        call_ns=median(each["took_ns"] / each["calls"] for each in found),
        beats_per_s=beats_per_s,
        lets_go=beats_per_s >= OFTEN * asleep_per_s,
    )
