"""What an experiment found: what was put in, what should show, what was seen, whether that is it. Pure."""

from collections.abc import Sequence

import msgspec

from concur.bench import estimates
from concur.bench.results import Estimate


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the calibration.

    injected: the known fault. by: the counter, verdict or warning that should
    show it. recovered is None where it could not be tried: `seen` says why.
    """

    injected: str
    by: str
    expected: str
    seen: str
    recovered: bool | None


REACH = 1.5  # intervals: one of 95 % leaves the truth out in one case of 20, one and a half times as wide in one of 300


def of_ratio(injected: str, by: str, expected: float, ratios: Sequence[float], *, widest: float) -> Row:
    """A ratio by rounds against the known one: recovered where it is near, its interval reaching at most `widest`."""
    found = estimates.ratio(ratios, [1.0] * len(ratios))
    is_narrow = estimates.half_width(found) <= widest
    return Row(
        injected=injected,
        by=by,
        expected=f"{expected:.3f}",
        seen=interval(found) + ("" if is_narrow else ", too wide to tell"),
        recovered=is_near(expected, found) and is_narrow,
    )


def is_near(expected: float, found: Estimate) -> bool:
    """Whether what was expected is no further from the middle than one and a half times the interval reaches."""
    low, high = found.interval or (found.median, found.median)
    above, below = (high / found.median) ** REACH, (low / found.median) ** REACH
    return bool(below * found.median <= expected <= above * found.median)


def of_value(injected: str, by: str, expected: float, seen: float, *, within: float, unit: str = "") -> Row:
    """A figure against the known one; recovered where it is that near (within, a share of it)."""
    return Row(
        injected=injected,
        by=by,
        expected=f"{expected:.3g}{unit} ± {100 * within:.0f} %",
        seen=f"{seen:.3g}{unit}",
        recovered=abs(seen - expected) <= within * expected,
    )


def of_count(injected: str, by: str, expected: int, seen: int) -> Row:
    """A count, which has to be exact; and there must have been something to count."""
    return Row(injected=injected, by=by, expected=str(expected), seen=str(seen), recovered=0 < expected == seen)


def of_words(injected: str, by: str, expected: str, seen: str, *, recovered: bool) -> Row:
    """A verdict, a cause or a warning."""
    return Row(injected=injected, by=by, expected=expected, seen=seen or "nothing", recovered=recovered)


def not_tried(injected: str, by: str, why: str) -> Row:
    """What this machine or this Python does not allow."""
    return Row(injected=injected, by=by, expected="", seen=f"not tried: {why}", recovered=None)


def again(before: Row, now: Row) -> Row:
    """A row after one more attempt: a good one stands, another says what was seen each time."""
    if before.recovered is not False:
        return before
    return msgspec.structs.replace(now, seen=f"{before.seen}, then {now.seen}")


def interval(found: Estimate) -> str:
    """A ratio with its interval, as the table has it."""
    if found.interval is None:
        return f"{found.median:.3f}"
    return f"{found.median:.3f} ({found.interval[0]:.3f}–{found.interval[1]:.3f})"
