"""Rows of a report as tables and sentences ask for them: by interpreter, in one order, and why some are empty. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from concur.bench.results import Estimate
from concur.gil.results import Report, Row
from concur.report import figures

T = TypeVar("T", bound=Row)
NAMED = 4  # interpreters that a sentence names; more are counted
APART = 1.25  # neighbours in a sentence that differ by more are told apart


def order(report: Report) -> list[str]:
    """Interpreters in the order of the report's subjects."""
    return [subject.short for subject in report.subjects]


def measured(rows: Iterable[T], report: Report) -> list[T]:
    """Those with figures, by interpreter."""
    places = {short: place for place, short in enumerate(order(report))}
    return sorted((row for row in rows if not row.absent), key=lambda row: places.get(row.interpreter, len(places)))


def absences(rows: Iterable[Row]) -> list[str]:
    """Why rows are empty, each reason once with the interpreters that it is about."""
    reasons: dict[str, list[str]] = {}
    for row in rows:
        if row.absent and row.interpreter not in reasons.setdefault(row.absent, []):
            reasons[row.absent].append(row.interpreter)
    return [f"{', '.join(where)}: {reason}" for reason, where in reasons.items()]


def middle(estimate: Estimate | None, show: Callable[[float], str]) -> str:
    """An estimate's median as text; empty without one."""
    return "" if estimate is None else show(estimate.median)


def interval(estimate: Estimate | None, show: Callable[[float], str]) -> str:
    """`1.90–1.98`; empty without one."""
    return "" if estimate is None or estimate.interval is None else "–".join(map(show, estimate.interval))


def with_interval(estimate: Estimate, show: Callable[[float], str] = figures.digits) -> str:
    """`1.94 (1.90–1.98)`, or the median alone after one round."""
    between = interval(estimate, show)
    return f"{show(estimate.median)} ({between})" if between else show(estimate.median)


def groups(values: Mapping[str, float]) -> list[tuple[list[str], float, float]]:
    """Interpreters whose values lie near each other, with the lowest and highest of each group, the largest first."""
    found: list[list[str]] = []
    for name in sorted(values, key=lambda each: values[each]):
        if found and values[name] <= APART * max(values[found[-1][-1]], 1e-9):
            found[-1].append(name)
        else:
            found.append([name])
    kept = [([name for name in values if name in group], values[group[0]], values[group[-1]]) for group in found]
    return sorted(kept, key=lambda group: -len(group[0]))


def told(values: Mapping[str, float], show: Callable[[float], str] = figures.digits) -> str:
    """`1.94 on 3.13t; 0.97–1.02 on the other 8`: a group of many comes last, and is not told by names."""
    first, *others = groups(values)
    counted = f"the other {len(first[0])}" if others else f"all {len(first[0])}"
    where = ", ".join(first[0]) if len(first[0]) <= NAMED else counted
    parts = [f"{between(low, high, show)} on {', '.join(few)}" for few, low, high in others]
    return "; ".join([*parts, f"{between(first[1], first[2], show)} on {where}"])


def between(low: float, high: float, show: Callable[[float], str] = figures.digits) -> str:
    """`0.97–1.02`, or one figure where both read alike."""
    return show(low) if show(low) == show(high) else f"{show(low)}–{show(high)}"


def distinct(values: Iterable[str]) -> Sequence[str]:
    """Each once, in the order of first sight."""
    return list(dict.fromkeys(values))
