"""Where in a sweep one target is twice as fast as another, where about as fast, and which counter says why.

Rules from a run to its sentences, as in `mechanisms.py`; the reasons are those of `sweep_reasons.py`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from concur.bench.results import Run
from concur.bench.scenarios import size_named
from concur.report import figures
from concur.report.sweep_reasons import EVEN, Reason, reason, spread
from concur.report.sweeps import Curve, Place, Point, Sweep, curves, sweeps

MUCH = 2.0
REASONS_TOLD = 2  # of each band, over all pairs


class Band(NamedTuple):
    """A range of ratios as it is told; holds judges both ends of an interval."""

    told: str
    holds: Callable[[float, float], bool]


ELSEWHERE = Band("elsewhere", lambda low, high: True)
BANDS = (
    Band(f"at least {MUCH:.0f}×", lambda low, high: low >= MUCH),
    Band(f"under {EVEN}×", lambda low, high: high < EVEN and low > 1 / EVEN),
    Band("slower", lambda low, high: high <= 1 / EVEN),
    ELSEWHERE,
)
Groups = list[tuple[Band, list[Point]]]


def sweep_sentences(run: Run) -> Iterator[str]:
    """Of each sweep what all pairs say together, then each pair: its bands, in which places, and why there."""
    for sweep in sweeps(run):
        found = curves(run, sweep)
        if len(found) > 1:
            yield from _together(sweep, found)
        for curve in found:
            yield from _of_curve(sweep, curve)


def _banded(points: Iterable[Point]) -> Groups:
    """The points of each band that has some, in the order of BANDS; those not comparable are left out."""
    groups: dict[str, list[Point]] = {}
    for point in points:
        if point.is_usable:
            groups.setdefault(next(band.told for band in BANDS if band.holds(*point.bounds)), []).append(point)
    return [(band, groups[band.told]) for band in BANDS if band.told in groups]


def _ratios(chosen: list[Point]) -> str:
    return f"{spread([point.compared.ratio.median for point in chosen], figures.digits)}×"


# All pairs together


def _together(sweep: Sweep, found: list[Curve]) -> Iterator[str]:
    groups = _banded(point for curve in found for point in curve.points)
    if groups:
        count = sum(len(chosen) for _, chosen in groups)
        told = "; ".join(f"{_counted(band, chosen)}{_blamed(chosen)}" for band, chosen in groups)
        yield f"{_who(found)}, {len(found)} pairs in {len(sweep.places)} loads ({count} ratios): {told}."


def _who(found: list[Curve]) -> str:
    """`uvloop against asyncio`, where all pairs are of such names."""
    overs = {curve.over.split("_")[0] for curve in found}
    unders = {curve.under.split("_")[0] for curve in found}
    if len(overs) == len(unders) == 1:
        return f"{overs.pop()} against {unders.pop()}"
    return f"Against {found[0].under}" if len({curve.under for curve in found}) == 1 else "One against the other"


def _counted(band: Band, chosen: list[Point]) -> str:
    where = f"the other {len(chosen)}" if band is ELSEWHERE else f"{band.told} in {len(chosen)}"
    return f"{where} ({_ratios(chosen)})"


def _blamed(chosen: list[Point]) -> str:
    """`, in 18 of them for page faults …`."""
    reasons = Counter(found.short for point in chosen if (found := reason(point)))
    told = (f"{count if count < len(chosen) else 'all'} of them {short}" for short, count in reasons.most_common())
    return "".join(f", {each}" for each in list(told)[:REASONS_TOLD])


# One pair


def _of_curve(sweep: Sweep, curve: Curve) -> Iterator[str]:
    groups = _banded(curve.points)
    if groups:
        count = sum(len(chosen) for _, chosen in groups)
        told = (_of_band(sweep, band, chosen, curve, len(chosen) == count) for band, chosen in groups)
        yield f"{curve.over} against {curve.under}: {'; '.join(told)}."


def _of_band(sweep: Sweep, band: Band, chosen: list[Point], curve: Curve, is_all: bool) -> str:
    where = "everywhere" if is_all else _where(sweep, [point.place for point in chosen])
    if band is ELSEWHERE:
        return f"{where if is_all else band.told} {_ratios(chosen)}{_why(chosen, curve)}"
    return f"{band.told} {where} ({_ratios(chosen)}){_why(chosen, curve)}"


def _why(chosen: list[Point], curve: Curve) -> str:
    """The reason that most of these places have in common, in full; nothing where none fits."""
    found: list[tuple[Reason, Point]] = [(one, point) for point in chosen if (one := reason(point))]
    if not found:
        return ""
    one, count = Counter(each for each, _ in found).most_common(1)[0]
    mostly = "" if count == len(chosen) else "mostly "
    return f", {mostly}{one.in_full([point for each, point in found if each is one], curve)}"


def _where(sweep: Sweep, places: Iterable[Place]) -> str:
    """`at 64 and 512 connections with 64 B and 1 KiB, at any number of connections with 100 KiB`."""
    by_size: dict[int, tuple[int, ...]] = {}
    for place in sorted(places):
        by_size[place.payload_bytes] = (*by_size.get(place.payload_bytes, ()), place.connections)
    by_counts: dict[tuple[int, ...], list[int]] = {}
    for size, counts in by_size.items():
        by_counts.setdefault(counts, []).append(size)
    return ", ".join(_of_counts(sweep, counts, sizes) for counts, sizes in by_counts.items())


def _of_counts(sweep: Sweep, counts: tuple[int, ...], sizes: list[int]) -> str:
    """What is not swept, and what is every value of what is swept, is left out."""
    named = f"with {_and(list(map(size_named, sizes)))}"
    if sweep.is_over_payloads:
        return named
    is_any = len(counts) == len(sweep.connections)
    at = f"at {'any number of' if is_any else _and(list(map(str, counts)))} connection{'s' * (counts != (1,))}"
    return at if len(sizes) == len(sweep.payloads) else f"{at} {named}"


def _and(words: list[str]) -> str:
    """`8`, `8 and 64`, `8, 64 and 512`."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))
