"""What may be said of numbers from few, noisy rounds. Pure functions of numbers: no clock, no I/O.

Medians, bootstrap intervals, ratios paired by round, a rank test corrected over
a family, and the rules by which a cell is bimodal, a rate steady and a ratio a
verdict. Every rule states its bounds as constants. What must not live here:
which cells are compared with which (that is `verdicts.py`).
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from concur.bench.results import Estimate

CONFIDENCE = 0.95
RESAMPLES = 2_000
FEWEST_ROUNDS = 10  # below, no verdict: the exact test of fewer can hardly reach a corrected level
MOST_ROUNDS = 100  # a difference that would need more is called not found
NEGLIGIBLE = 0.05  # a ratio whose whole interval is within 5 % of 1 needs no more rounds

POWER = 0.8  # of the rounds that are said to be needed

# The standard error of the signed-rank test's middle against the mean's, for a normal distribution.
RANKS_PENALTY = math.sqrt(math.pi / 3)

FEWEST_IN_MODE = 2
FEWEST_FOR_MODES = 5
GAP_TIMES_VALUES = 16
MODES_APART = 1.3
RARE_MODE, RARE_APART = 0.2, 2.0  # few rounds that are somewhat slow are a neighbour's doing more often than a state

STEADY_SLICES = 10
STEADY_SPREAD = 0.30
STEADY_DRIFT = 0.05

Numbers = NDArray[np.float64]


def estimate(values: Sequence[float]) -> Estimate:
    """The median of the values, with its 95 % percentile bootstrap interval; none for a single value.

    Percentile, not BCa: BCa's acceleration comes from a jackknife, which fails
    for the median (Efron and Tibshirani 1993, An Introduction to the Bootstrap,
    chapters 11 and 14), and is undefined where values repeat. The same values
    always give the same interval. Of 3 values it covers the truth in three cases
    of four, from 5 on in 91 to 95 of a hundred (simulated; 8 values are the least).
    Raises ValueError for no values, or ones that are not finite.
    """
    numbers = _finite(values)
    median = float(np.median(numbers))
    if len(numbers) == 1:
        return Estimate(median)
    found = stats.bootstrap(
        (numbers,),
        np.median,
        confidence_level=CONFIDENCE,
        n_resamples=RESAMPLES,
        method="percentile",
        rng=np.random.default_rng(0),
    ).confidence_interval
    # Interpolating between resampled medians may be off in the last digit.
    low, high = min(float(found.low), median), max(float(found.high), median)
    return Estimate(median, (max(low, float(numbers.min())), min(high, float(numbers.max()))))


def _finite(values: Sequence[float]) -> Numbers:
    numbers = np.asarray(values, dtype=np.float64)
    if numbers.size == 0 or not np.isfinite(numbers).all():
        raise ValueError("statistics need at least one value, and finite ones")
    return numbers


def ratios_by_round(values: Sequence[float], reference: Sequence[float]) -> list[float]:
    """Each round's value over the same round's reference; both positive, in the same order of rounds."""
    over, under = _finite(values), _finite(reference)
    if over.shape != under.shape or not ((over > 0).all() and (under > 0).all()):
        raise ValueError("ratios need one positive value and one positive reference for each round")
    return [float(ratio) for ratio in over / under]


def ratio(values: Sequence[float], reference: Sequence[float]) -> Estimate:
    """The middle of the ratios by round, with its interval, found on the log scale: 2× and ½× are equally far.

    Pairing by round takes out what a round's minutes did to both. The middle is
    Hodges and Lehmann's (1963, Estimates of location based on rank tests): the
    median of the means of all pairs of rounds. It needs a third fewer rounds
    than the median for the same interval. The interval holds what the
    signed-rank test of `p_value` would not reject at 5 %, so the two never
    disagree (Hollander and Wolfe 1999, Nonparametric statistical methods,
    section 3.3). Up to five rounds it is all that was seen, and of three it
    covers the truth in three cases of four.
    """
    logs = np.log(ratios_by_round(values, reference))
    pairs = np.add(*logs[np.stack(np.triu_indices(len(logs)))]) / 2
    pairs.sort()
    middle = math.exp(float(np.median(pairs)))
    if len(logs) == 1:
        return Estimate(middle)
    outside = _pairs_outside(len(logs))
    low, high = math.exp(float(pairs[outside])), math.exp(float(pairs[-1 - outside]))
    return Estimate(middle, (min(low, middle), max(high, middle)))


def _pairs_outside(rounds: int) -> int:
    """How many means of pairs lie beyond either end of the interval: the largest signed-rank sum that is rejected."""
    ways = np.ones(1)
    for rank in range(1, rounds + 1):
        ways = (np.append(ways, np.zeros(rank)) + np.append(np.zeros(rank), ways)) / 2  # shares: counts overflow
    tail = np.cumsum(ways)
    return max(0, int(np.count_nonzero(tail <= (1 - CONFIDENCE) / 2)) - 1)


def half_width(estimate: Estimate) -> float:
    """How far the interval reaches from its middle, as a share of it (0.02 is 2 %); infinite where there is none."""
    if estimate.interval is None or min(estimate.interval) <= 0:
        return math.inf
    return math.sqrt(estimate.interval[1] / estimate.interval[0]) - 1


def p_value(ratios: Sequence[float]) -> float:
    """How often rounds without a difference would look at least as different: Wilcoxon's signed ranks of the logs.

    Exact for up to 50 rounds without ties; 1.0 where all ratios are 1. It asks
    that log ratios be symmetric around their middle, which holds for A/A by
    construction. Two-sided.
    """
    logs = np.log(_finite(ratios))
    return float(stats.wilcoxon(logs).pvalue) if np.any(logs) else 1.0


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values adjusted for a family, in the order given: significant where at most the level.

    Holm 1979, A simple sequentially rejective multiple test procedure: the
    chance of one false verdict in the whole family stays under the level.
    """
    family = np.asarray(p_values, dtype=np.float64)
    order = np.argsort(family)
    steps = family[order] * np.arange(len(family), 0, -1)
    adjusted = np.empty_like(family)
    adjusted[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return [float(each) for each in adjusted]


def rounds_needed(ratios: Sequence[float], family: int = 1) -> int:
    """How many rounds would find a difference such as was seen in four cases of five, from 10 to 100.

    Kalibera and Jones 2013, Rigorous benchmarking in reasonable time: the
    variance seen in few rounds says how many to plan. On the log scale, for the
    signed-rank test (efficiency 3/π), at the level corrected for a family of
    comparisons. The spread of a ratio by round holds every level that a round
    renews: two processes and two windows (`noise.py` tells them apart). It is a plan, as
    uncertain as the variance that it comes from, and it never claims a difference.
    """
    level = (1 - CONFIDENCE) / family
    # Of n rounds the exact test's smallest p-value is 2^(1-n).
    fewest = max(FEWEST_ROUNDS, math.ceil(1 - math.log2(level)))
    logs = np.log(_finite(ratios))
    distance = abs(math.log(ratio(ratios, [1.0] * len(logs)).median))
    if len(logs) < 2 or distance == 0:
        return MOST_ROUNDS
    sure = float(stats.norm.ppf(1 - level / 2) + stats.norm.ppf(POWER))
    error = RANKS_PENALTY * float(np.std(logs, ddof=1)) * sure
    return max(fewest, math.ceil(min((error / distance) ** 2, MOST_ROUNDS)))


def verdict_of_ratio(
    ratios: Sequence[float],
    adjusted_p: float | None = None,
    *,
    family: int = 1,
    higher_is_better: bool = True,
    floor: float = 1.0,
) -> str:
    """What the ratios by round allow to be said, in the words of a comparison's verdict.

    described: one round. needs N rounds: fewer than ten, or the interval still
    reaches over both sides of 1 by more than is negligible and N is at most 100.
    faster, slower: the interval leaves out 1, is not wholly within 1/floor to floor
    (by how much the same server differed from itself), and the p-value, Holm-adjusted over
    the family, is at most 0.05. no difference found: all else. adjusted_p is
    this comparison's member of `holm`; without it, its own p-value times family.
    """
    if len(ratios) == 1:
        return "described"
    needed = rounds_needed(ratios, family)
    if len(ratios) < FEWEST_ROUNDS:
        return f"needs {needed} rounds"
    low, high = ratio(ratios, [1.0] * len(ratios)).interval or (1.0, 1.0)
    if 1 / floor <= low and high <= floor:
        return "no difference found"
    p = p_value(ratios) * family if adjusted_p is None else adjusted_p
    if p <= 1 - CONFIDENCE and not low <= 1 <= high:
        return "faster" if (low > 1) == higher_is_better else "slower"
    is_negligible = low >= 1 - NEGLIGIBLE and high <= 1 + NEGLIGIBLE
    return "no difference found" if is_negligible or needed >= MOST_ROUNDS else _more(len(ratios), needed)


def _more(rounds: int, needed: int) -> str:
    """The plan, where it was already carried out, is doubled: the variance was underestimated."""
    return f"needs {needed if needed > rounds else min(2 * rounds, MOST_ROUNDS)} rounds"


def is_bimodal(values: Sequence[float]) -> bool:
    """Whether positive values fall into two groups (`two_groups`), so that their median describes neither."""
    return two_groups(values) is not None


def two_groups(values: Sequence[float]) -> float | None:
    """The value between two groups that positive values fall into; None where they are one, however wide.

    The rule, on the log scale: the widest gap that leaves at least two values on
    either side is wider than each of the two groups times max(1, 16 / n), and
    the groups' medians are at least a factor 1.3 apart, or 2 where one group
    has under a fifth of the values. Never of fewer than five values. One
    lognormal group passes for two in under 1 % of cases where its sigma is 0.1,
    under 4 % where it is 0.4; one with Student's tails of 3 degrees of freedom
    in under 2 %, one of which every eighth value is slower by 40 % in under 4 % (simulated, 5 to 100 values).
    """
    logs = np.sort(np.log(_finite(values)))
    if len(logs) < FEWEST_FOR_MODES:
        return None
    gaps = np.diff(logs)[FEWEST_IN_MODE - 1 : 1 - FEWEST_IN_MODE]
    widest = int(np.argmax(gaps))
    low, high = np.split(logs, [widest + FEWEST_IN_MODE])
    bound = max(1.0, GAP_TIMES_VALUES / len(logs)) * max(np.ptp(low), np.ptp(high))
    is_rare = min(len(low), len(high)) < RARE_MODE * len(logs)
    apart = math.log(RARE_APART if is_rare else MODES_APART)
    if gaps[widest] <= bound or np.median(high) - np.median(low) < apart:
        return None
    return math.exp((low[-1] + high[0]) / 2)


def is_steady(rates: Sequence[float], last: int = STEADY_SLICES) -> bool:
    """Whether a warm-up may end: the rates of its last slices are level. One rule for every interpreter.

    Level means: their 10th to 90th percentile is within 30 % of their median,
    and no trend is seen that would move the rate by over 5 % across them
    (Theil-Sen slope, whose 95 % interval leaves out 0). False for fewer slices,
    and where most slices served nothing.
    """
    numbers = np.asarray(rates[-last:], dtype=np.float64)
    if len(numbers) < last:
        return False
    median, low, high = np.median(numbers), *np.quantile(numbers, [0.1, 0.9])
    if median <= 0 or high - low > STEADY_SPREAD * median:
        return False
    trend = stats.theilslopes(numbers, alpha=CONFIDENCE)
    is_trend_sure = not trend.low_slope <= 0 <= trend.high_slope
    return not (is_trend_sure and abs(trend.slope) * (last - 1) > STEADY_DRIFT * median)
