"""What may be said of two groups of rounds that were not measured together. Pure functions of numbers.

The rules are those of `estimates.py`, with the pairs gone: each value of one
group stands against each of the other. An interval made so holds the
noise within either run; what the minutes between two runs changed is in none,
and only a server that both runs measured can tell (`across.py`).
"""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from scipy import stats

from concur.bench.estimates import (
    CONFIDENCE,
    FEWEST_ROUNDS,
    MOST_ROUNDS,
    NEGLIGIBLE,
    POWER,
    RANKS_PENALTY,
    Numbers,
)
from concur.bench.results import Estimate

FEW_VALUES = 50  # in the smaller group: of more, the rank sum is as good as normal


def ratio(values: Sequence[float], reference: Sequence[float]) -> Estimate:
    """The middle of the ratios of every value to every reference, with its 95 % interval, on the log scale.

    Hodges and Lehmann's shift, and the interval that holds what the rank-sum
    test of `p_value` would not reject at 5 % (Hollander and Wolfe 1999,
    Nonparametric statistical methods, sections 4.2 and 4.3). Up to three values
    a side it is all that was seen; none where either side has one value. Raises
    ValueError for what is not positive.
    """
    ours, theirs = _logs(values), _logs(reference)
    pairs = np.sort(np.subtract.outer(ours, theirs), axis=None)
    middle = math.exp(float(np.median(pairs)))
    if min(len(ours), len(theirs)) == 1:
        return Estimate(middle)
    end = max(_rejected(len(ours), len(theirs)) - 1, 0)  # so many ratios beyond 1, at most, and the test rejects 1
    low, high = math.exp(float(pairs[end])), math.exp(float(pairs[-1 - end]))
    return Estimate(middle, (min(low, middle), max(high, middle)))


@lru_cache
def _rejected(ours: int, theirs: int) -> int:
    """How many values of the rank-sum statistic, from 0 on, are so rare that the test rejects: 2.5 % at either end.

    ways[m, u] counts the orders of m and n values in which u pairs are inverted (Mann and Whitney 1947).
    """
    ways = np.zeros((ours + 1, ours * theirs + 1))
    ways[:, 0] = 1
    for n in range(1, theirs + 1):
        for m in range(1, ours + 1):
            ways[m, n:] += ways[m - 1, :-n]
    tail = np.cumsum(ways[ours]) / ways[ours].sum()
    return int(np.count_nonzero(tail <= (1 - CONFIDENCE) / 2))


def _logs(values: Sequence[float]) -> Numbers:
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.size == 0 or not (np.isfinite(numbers).all() and (numbers > 0).all()):
        raise ValueError("a ratio needs at least one value on either side, and positive ones")
    return np.log(numbers)


def p_value(values: Sequence[float], reference: Sequence[float]) -> float:
    """How often two groups of one population would look at least as different: Mann and Whitney's rank sum, two-sided.

    Mann and Whitney 1947, On a test of whether one of two random variables is
    stochastically larger than the other. 1.0 where all values are the same.
    """
    ours, theirs = _logs(values), _logs(reference)
    both = np.concatenate([ours, theirs])
    if np.ptp(both) == 0:
        return 1.0
    is_exact = len(np.unique(both)) == len(both) and min(len(ours), len(theirs)) <= FEW_VALUES
    return float(stats.mannwhitneyu(ours, theirs, method="exact" if is_exact else "asymptotic").pvalue)


def rounds_needed(values: Sequence[float], reference: Sequence[float], family: int = 1) -> int:
    """How many rounds of each would find a difference such as was seen in four cases of five, from 10 to 100.

    As `estimates.rounds_needed`, with the variances of both groups added.
    """
    ours, theirs = _logs(values), _logs(reference)
    distance = abs(math.log(ratio(values, reference).median))
    if min(len(ours), len(theirs)) < 2 or distance == 0:
        return MOST_ROUNDS
    spread = math.hypot(float(np.std(ours, ddof=1)), float(np.std(theirs, ddof=1)))
    sure = float(stats.norm.ppf(1 - (1 - CONFIDENCE) / family / 2) + stats.norm.ppf(POWER))
    error = RANKS_PENALTY * spread * sure
    return max(FEWEST_ROUNDS, math.ceil(min((error / distance) ** 2, MOST_ROUNDS)))


def verdict(
    values: Sequence[float],
    reference: Sequence[float],
    adjusted_p: float,
    *,
    family: int = 1,
    higher_is_better: bool = True,
    floor: float = 1.0,
) -> str:
    """What two groups allow to be said, in the words of a comparison's verdict and by the rules of
    `estimates.verdict_of_ratio`; the smaller group counts as the rounds there are.
    """
    rounds = min(len(values), len(reference))
    if rounds == 1:
        return "described"
    needed = rounds_needed(values, reference, family)
    if rounds < FEWEST_ROUNDS:
        return f"needs {needed} rounds"
    low, high = ratio(values, reference).interval or (1.0, 1.0)
    if 1 / floor <= low and high <= floor:
        return "no difference found"
    if adjusted_p <= 1 - CONFIDENCE and not low <= 1 <= high:
        return "faster" if (low > 1) == higher_is_better else "slower"
    if (low >= 1 - NEGLIGIBLE and high <= 1 + NEGLIGIBLE) or needed >= MOST_ROUNDS:
        return "no difference found"
    return f"needs {needed if needed > rounds else min(2 * rounds, MOST_ROUNDS)} rounds"
