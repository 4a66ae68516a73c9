"""Scaling laws: fitted, checked on points they did not see, and withheld where they would mislead. Pure.

The Universal Scalability Law (Gunther 1993, A simple capacity model of
massively parallel transaction systems; 2007, Guerrilla capacity planning, chapter 4):

    X(N) = λN / (1 + σ(N-1) + κN(N-1))

λ is the rate of one, σ the share that N have to queue for (contention), κ what
each pair of them costs to keep coherent. Without κ it is Amdahl's law (1967).
The peak is at N* = √((1-σ)/κ).

N/X is linear in 1/λ, σ/λ and κ/λ. So the fit is a linear least-squares problem
whose solution may not be negative (Lawson and Hanson 1974, `scipy.optimize.nnls`),
weighted so that residuals are relative to the rate: no start is needed, and none
can be a wrong one. Intervals: the rounds of each point are resampled, and all is fitted anew.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from concur.bench.estimates import CONFIDENCE
from concur.bench.figure import Estimate
from concur.bench.scaling.records import Law

Numbers = NDArray[np.float64]

RESAMPLES = 1_000
FEWEST_POINTS = 5  # three parameters, and two points that could contradict them
FEWEST_ROUNDS = 3  # of fewer, resampling shows next to nothing of their spread
EVERY_OTHER = 8  # from so many points on, every other one is held out; below, one at a time
BAD_FIT = 0.10  # median relative error at points held out
WIDE_PEAK = 2.0  # upper over lower end of the interval of N*
FLAT = 1.10  # highest over lowest rate: there is nothing to explain
STEEP = 1.10  # times in proportion, from one point to the next
TINY = 1e-150


class Parameters(NamedTuple):
    """A fitted law. coherency is 0 in Amdahl's."""

    rate_of_one: float
    contention: float
    coherency: float = 0.0

    @property
    def peak_n(self) -> float:
        """Where the rate is highest: 1 where it only falls, infinite where it never does."""
        if self.coherency <= 0:
            return np.inf if self.contention < 1 else 1.0
        return max(1.0, float(np.sqrt(max(0.0, 1 - self.contention) / self.coherency)))

    @property
    def ceiling_per_s(self) -> float:
        """The rate that no N exceeds; infinite without contention and coherency."""
        if np.isfinite(self.peak_n):
            return float(rate_at(self, np.array([self.peak_n]))[0])
        return self.rate_of_one / self.contention if self.contention > 0 else np.inf


def rate_at(law: Parameters, n: Numbers) -> Numbers:
    """X(N)."""
    rate: Numbers = law.rate_of_one * n / (1 + law.contention * (n - 1) + law.coherency * n * (n - 1))
    return rate


def fit(n: Numbers, rates: Numbers, *, has_coherency: bool = True) -> Parameters:
    """The law that is nearest to these rates, all positive, in relative terms. n ascends from any number."""
    terms = [np.ones_like(n), n - 1, n * (n - 1)][: 3 if has_coherency else 2]
    columns = np.stack(terms, axis=1) * (rates / n)[:, None]
    # The terms differ by orders of size; as unit columns they are solved alike.
    scale = np.linalg.norm(columns, axis=0)
    scale[scale == 0] = 1.0
    found, _ = optimize.nnls(columns / scale, np.ones_like(n))
    base, contention, coherency = [*(found / scale), 0.0][:3]
    base = max(base, TINY)  # 0 where it rises more steeply than in proportion
    return Parameters(1 / base, contention / base, coherency / base)


def laws(n: Sequence[int], rounds: Sequence[Sequence[float]], left_out: str = "") -> list[Law]:
    """Both laws for a curve: rounds has the rates of each point. left_out: why none may be fitted.

    A law is withheld, with its reason, where there are too few points or rounds,
    where the rate hardly changes, where a flat line foretells held-out points as
    well or the median error there is over 10 %, and where its own figure cannot
    be pinned down: the interval of the peak wider than twofold, or of Amdahl's ceiling.
    """
    if reason := left_out or _too_little(n, rounds):
        return [Law(name=name, withheld=reason) for name in ("usl", "amdahl")]
    at = np.asarray(n, dtype=np.float64)
    medians = np.array([np.median(each) for each in rounds])
    resampled = medians_resampled(rounds, np.random.default_rng(0))
    return [
        _law("usl", at, medians, resampled, has_coherency=True),
        _law("amdahl", at, medians, resampled, has_coherency=False),
    ]


def _too_little(n: Sequence[int], rounds: Sequence[Sequence[float]]) -> str:
    if len(n) < FEWEST_POINTS:
        few = "1 point" if len(n) == 1 else f"{len(n)} points"
        return f"{few} where the server was the limit: a law needs {FEWEST_POINTS}"
    fewest = min(map(len, rounds))
    if fewest < FEWEST_ROUNDS:
        few = "1 round gives" if fewest == 1 else f"{fewest} rounds give"
        return f"{few} no interval: -r {FEWEST_ROUNDS} or more"
    medians = [float(np.median(each)) for each in rounds]
    if max(medians) < FLAT * min(medians):
        return f"the rate hardly changes, by {max(medians) / min(medians) - 1:.0%} in all"
    return ""


def medians_resampled(rounds: Sequence[Sequence[float]], chance: np.random.Generator) -> Numbers:
    """Medians of the rounds drawn with replacement, each point's by itself; resamples × points."""
    columns = []
    for each in rounds:
        values = np.asarray(each, dtype=np.float64)
        drawn = chance.integers(0, len(values), (RESAMPLES, len(values)))
        columns.append(np.median(values[drawn], axis=1))
    return np.stack(columns, axis=1)


# Held-out points


def held_out(n: Numbers, rates: Numbers, *, has_coherency: bool) -> Numbers:
    """The relative error at each inner point of a law that was fitted without it; the ends are always fitted to."""
    return _errors(n, rates, lambda ns, xs, at: rate_at(fit(ns, xs, has_coherency=has_coherency), at))


def _errors(n: Numbers, rates: Numbers, foretell: Callable[[Numbers, Numbers, Numbers], Numbers]) -> Numbers:
    found = []
    for held in _folds(len(n)):
        kept = np.setdiff1d(np.arange(len(n)), held)
        found.append(np.abs(foretell(n[kept], rates[kept], n[held]) / rates[held] - 1))
    return np.concatenate(found)


def _folds(points: int) -> Iterator[NDArray[np.intp]]:
    """Sets of inner points to hold out: every other one, in both ways; of few points one at a time."""
    inner = np.arange(1, points - 1)
    if points >= EVERY_OTHER:
        yield from (inner[::2], inner[1::2])
    else:
        yield from inner[:, None]


def _flat(n: Numbers, rates: Numbers, at: Numbers) -> Numbers:
    return np.full_like(at, np.exp(np.mean(np.log(rates))))


# One law


def _law(name: str, n: Numbers, medians: Numbers, resampled: Numbers, *, has_coherency: bool) -> Law:
    errors = held_out(n, medians, has_coherency=has_coherency)
    error, worst = float(np.median(errors)), float(errors.max())
    best = fit(n, medians, has_coherency=has_coherency)
    others = [fit(n, each, has_coherency=has_coherency) for each in resampled]
    own = _peak if has_coherency else _ceiling
    reason = _bad(error, float(np.median(_errors(n, medians, _flat))), n, medians) or own(best, others)
    if reason:
        return Law(name=name, withheld=reason, held_out_error=error, held_out_worst=worst)
    return Law(
        name=name,
        rate_of_one=_estimate(best, others, lambda one: one.rate_of_one),
        contention=_estimate(best, others, lambda one: one.contention),
        coherency=_estimate(best, others, lambda one: one.coherency) if has_coherency else None,
        peak_n=_estimate(best, others, lambda one: one.peak_n) if has_coherency else None,
        ceiling_per_s=_estimate(best, others, lambda one: one.ceiling_per_s),
        held_out_error=error,
        held_out_worst=worst,
    )


def _bad(error: float, of_flat: float, n: Numbers, medians: Numbers) -> str:
    if error >= of_flat:
        return "a flat line foretells held-out points as well"
    return f"over {BAD_FIT:.0%} off at held-out points{_steep(n, medians)}" if error > BAD_FIT else ""


def _steep(n: Numbers, medians: Numbers) -> str:
    """Where it grows faster than any such law can."""
    times = (medians[1:] / medians[:-1]) / (n[1:] / n[:-1])
    if times.max() < STEEP:
        return ""
    first = int(np.argmax(times))
    return f"; from {n[first]:,.0f} to {n[first + 1]:,.0f} it grows faster than in proportion, which no such law has"


def _peak(best: Parameters, others: Sequence[Parameters]) -> str:
    """Why the peak is not told; empty where it is."""
    low, high = _interval([one.peak_n for one in others])
    if not np.isfinite(best.peak_n):
        return "no peak: the rate never falls, as far as was measured"
    if not np.isfinite(high):
        return "no peak is sure: in some resamples of the rounds the rate never falls"
    if high > WIDE_PEAK * low:
        return f"its peak is anywhere between {low:,.0f} and {high:,.0f}"
    return ""


def _ceiling(best: Parameters, others: Sequence[Parameters]) -> str:
    low, high = _interval([one.ceiling_per_s for one in others])
    if not np.isfinite(high) or not np.isfinite(best.ceiling_per_s):
        return "no ceiling: the rate grows in proportion, as far as was measured"
    return f"its ceiling is anywhere between {low:,.0f} and {high:,.0f}/s" if high > WIDE_PEAK * low else ""


def _estimate(best: Parameters, others: Sequence[Parameters], of: Callable[[Parameters], float]) -> Estimate:
    middle = float(of(best))
    low, high = _interval([of(one) for one in others])
    return Estimate(middle, (min(low, middle), max(high, middle)))


def _interval(values: Sequence[float]) -> tuple[float, float]:
    """The percentile interval; its ends are values that occurred, so that infinite ones do no harm."""
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(np.asarray(values), [tail, 1 - tail], method="closest_observation")
    return float(low), float(high)
