"""Where one model begins to answer more than another: on curves drawn straight between their points, both axes in
logarithms. Pure.

Two curves that are one cross by chance between any two of their places. So a
crossing is sure only between two places where the one and then the other was
ahead, both by the signed-rank test, Holm-corrected over all places; that needs
about as many rounds as a verdict. The two were measured in the same rounds, so a resample draws the same
rounds of both; each place is drawn by itself, as places follow one another.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from concur.bench.estimates import CONFIDENCE, holm, p_value
from concur.bench.figure import Estimate
from concur.bench.scaling.curves import Measured
from concur.bench.scaling.records import Crossover

Numbers = NDArray[np.float64]

RESAMPLES = 1_000


def crossovers(measured: Sequence[Measured]) -> list[Crossover]:
    """Every crossing of two curves that run over the same thing; in the order of the curves."""
    return [
        found for one, other in combinations(measured, 2) if _are_alike(one, other) for found in _between(one, other)
    ]


def _are_alike(one: Measured, other: Measured) -> bool:
    alike = (one.scenario, one.over, one.fixed) == (other.scenario, other.over, other.fixed)
    return alike and one.left_out == other.left_out


def _between(one: Measured, other: Measured) -> Iterator[Crossover]:
    theirs = {place.n: place for place in other.places}
    both = [(place, theirs[place.n]) for place in one.places if place.n in theirs]
    rounds = [
        (place.n, [(place.rates[r], against.rates[r]) for r in place.rates if r in against.rates])
        for place, against in both
        if not (place.is_at_least or against.is_at_least)
    ]
    rounds = [(n, pairs) for n, pairs in rounds if pairs]
    for is_first, at in crossings([n for n, _ in rounds], [pairs for _, pairs in rounds]):
        ahead, behind = (one, other) if is_first else (other, one)
        yield Crossover(
            label=ahead.label,
            interpreter=ahead.interpreter,
            overtakes=behind.label,
            overtakes_interpreter=behind.interpreter,
            scenario=one.scenario,
            over=one.over,
            fixed=one.fixed,
            at=at,
        )


def crossings(n: Sequence[int], rounds: Sequence[Sequence[tuple[float, float]]]) -> list[tuple[bool, Estimate]]:
    """(whether it is the first that overtakes, where) for each crossing of two curves, the lowest first.

    rounds: for each n the two rates of each round. Without an interval where
    it may be chance. Of several between two places where it is sure who was
    ahead, the middle one stands for all.
    """
    if len(n) < 2:
        return []
    at = np.log(np.asarray(n, dtype=np.float64).clip(min=1))
    ratios = np.array([_log_ratio(np.asarray(each)) for each in rounds])
    spans = list(_turns(_ahead(ratios, rounds)))
    found = [
        (is_up, Estimate(float(np.exp(where))))
        for where, is_up in _changes(at, ratios)
        if not any(at[span][0] <= where <= at[span][-1] for span in spans)
    ]
    resampled = _resampled(rounds) if spans else np.empty((0, len(n)))
    for span in spans:
        middle, is_up = _middle(_changes(at[span], ratios[span]))
        others = [_changes(at[span], each[span]) for each in resampled]
        found.append((is_up, Estimate(float(np.exp(middle)), _interval(middle, is_up, others))))
    return sorted(found, key=lambda one: one[1].median)


def _ahead(ratios: Numbers, rounds: Sequence[Sequence[tuple[float, float]]]) -> Numbers:
    """Who is ahead in each place: 1 for the first, -1 for the second, 0 where that is not sure."""
    p_values = holm([p_value([first / second for first, second in each]) for each in rounds])
    return np.where(np.array(p_values) <= 1 - CONFIDENCE, np.sign(ratios), 0.0)


def _turns(ahead: Numbers) -> Iterator[slice]:
    """The places from the last where one is ahead to the first where the other is."""
    for low, high in pairwise(np.flatnonzero(ahead)):
        if ahead[low] != ahead[high]:
            yield slice(int(low), int(high) + 1)


def _log_ratio(pairs: Numbers) -> float:
    first, second = np.median(pairs, axis=0)
    return float(np.log(first / second))


def _resampled(rounds: Sequence[Sequence[tuple[float, float]]]) -> Numbers:
    """Logarithms of the ratios of medians, resamples × places."""
    chance = np.random.default_rng(0)
    columns = []
    for each in rounds:
        pairs = np.asarray(each, dtype=np.float64)
        drawn = chance.integers(0, len(pairs), (RESAMPLES, len(pairs)))
        medians = np.median(pairs[drawn], axis=1)
        columns.append(np.log(medians[:, 0] / medians[:, 1]))
    return np.stack(columns, axis=1)


def _changes(at: Numbers, ratios: Numbers) -> list[tuple[float, bool]]:
    """(where in logarithms, whether upwards) the ratio passes 1, on straight lines; equal rates are passed over."""
    known = ratios != 0
    at, ratios = at[known], ratios[known]
    found = []
    for index in np.flatnonzero(np.sign(ratios[1:]) != np.sign(ratios[:-1])):
        before, after = ratios[index], ratios[index + 1]
        share = before / (before - after)
        found.append((float(at[index] + share * (at[index + 1] - at[index])), bool(after > 0)))
    return found


def _middle(changes: Sequence[tuple[float, bool]]) -> tuple[float, bool]:
    """Of changes to and fro the place in the middle, and the direction of the last."""
    return float(np.median([at for at, _ in changes])), changes[-1][1]


def _interval(where: float, is_up: bool, others: Sequence[Sequence[tuple[float, bool]]]) -> tuple[float, float] | None:
    """Of the resamples that begin and end as the two curves do; None where too few do."""
    known = [_middle(each)[0] for each in others if len(each) % 2 and each[-1][1] == is_up]
    if len(known) < CONFIDENCE * len(others):
        return None
    tail = (1 - CONFIDENCE) / 2
    low, high = np.exp(np.quantile(known, [tail, 1 - tail]))
    middle = float(np.exp(where))
    return min(float(low), middle), max(float(high), middle)
