"""Where one model begins to answer more than another: on curves drawn straight between their points, both axes in
logarithms. Pure.

The two were measured in the same rounds, so a resample draws the same rounds of
both; each place is drawn by itself, as places follow one another. A crossing is
sure where 95 of 100 resamples have one in the same direction.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from concur.bench.estimates import CONFIDENCE
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
    there was one round, or where too few resamples cross there.
    """
    if len(n) < 2:
        return []
    at = np.log(np.asarray(n, dtype=np.float64).clip(min=1))
    found = _changes(at, np.array([_log_ratio(np.asarray(each)) for each in rounds]))
    resampled = _resampled(rounds) if min(map(len, rounds)) > 1 and found else None
    others = [] if resampled is None else [_changes(at, each) for each in resampled]
    return [(is_up, Estimate(float(np.exp(where)), _interval(where, is_up, others))) for where, is_up in found]


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


def _interval(where: float, is_up: bool, others: Sequence[Sequence[tuple[float, bool]]]) -> tuple[float, float] | None:
    """Of each resample the nearest crossing in that direction; None where too few have one."""
    alike = ([at for at, up in changes if up == is_up] for changes in others)
    known = [min(each, key=lambda at: abs(at - where)) for each in alike if each]
    if not others or len(known) < CONFIDENCE * len(others):
        return None
    tail = (1 - CONFIDENCE) / 2
    low, high = np.exp(np.quantile(known, [tail, 1 - tail]))
    middle = float(np.exp(where))
    return min(float(low), middle), max(float(high), middle)
