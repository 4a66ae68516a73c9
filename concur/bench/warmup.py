"""How a trial's rate came to its steady state: change points over its slices, and one of four classes. Tier 1; pure.

After Barrett et al. 2017, Virtual Machine Warmup Blows Hot and Cold: outliers
are drawn in, change points found, pieces about as fast as their neighbours are
one with them, and what is left has a class. One rule for every interpreter; no
clock and no I/O here. Whether a warm-up may end while it is going on is another
question, with a rule of its own (`estimates.is_steady`).

What neighbours on the machine do to a rate looks the same as what a JIT does:
the class of one trial is a hint, that of most of a cell's trials is a finding.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from concur.bench.results import Trial, Warmup

FLAT, WARM_UP, SLOWDOWN, NO_STEADY_STATE = "flat", "warm-up", "slowdown", "no steady state"
WORST_FIRST = (NO_STEADY_STATE, SLOWDOWN, WARM_UP, FLAT)

EQUIVALENT = 1.3  # levels within this factor are one: 0.5 s of a steady server may be 1.2 times the next 0.5 s
SHORTEST_SLICES = 4  # of a piece: a garbage collection or a neighbour's burst takes one or two
LAST_SHARE = 0.25  # of all slices that the last level must hold: Barrett's last 500 of 2,000 iterations
LAST_SLICES = 10  # and at least so many, as `estimates.is_steady` asks of a warm-up's end
FEWEST_FOR_DRIFT = 6 * LAST_SLICES  # a shorter level's thirds differ by chance

# Slices of a steady server are alike (lag-1 correlation 0.2 to 0.65), so chance moves a piece's mean further
# than it would independent ones: of 0.55, by (1 + 0.55) / (1 - 0.55) = 3.4 times their variance.
CORRELATION = 0.55
PENALTY_PER_LOG = 2 * (1 + CORRELATION) / (1 - CORRELATION)  # 2 log n is BIC's price for one change of the mean

OUTLIER_SIGMAS = 3.0
NEIGHBOURS = 3  # on either side: one slice is an outlier of seven
LAG = 3  # slices: further apart than those that are alike, nearer than most levels are long
LEAST_NOISE = 0.03  # of a logarithm: a rate that a clock sets has none, and every step in it would count
SIGMA_OF_MAD = 1.4826  # a normal distribution's standard deviation over its median absolute deviation

Numbers = NDArray[np.float64]


def classify(verified: Sequence[int], slice_ns: int) -> Warmup:
    """The class of a trial from what each of its slices verified, warm-up and window together, in order.

    flat: one level throughout. warm-up: none is faster than the last one.
    slowdown: one is. no steady state: the last level holds less than LAST_SHARE
    of the slices, fewer than LAST_SLICES, or it still climbs or falls. A change
    by less than EQUIVALENT is none, nor is a passing one (`_disturbance`). What
    takes fewer than SHORTEST_SLICES is not seen; a slow climb through all of a
    short trial may pass for a warm-up. levels_per_s are means, outliers
    included. Raises ValueError for no slices.
    """
    counts = np.asarray(verified, dtype=np.float64)
    if counts.size == 0:
        raise ValueError("a class needs at least one slice")
    logs = _without_outliers(counts)
    starts = _merged(logs, _change_points(logs))
    kind = _kind(logs, starts)
    is_steady = kind != NO_STEADY_STATE
    return Warmup(
        kind=kind,
        levels_per_s=[float(piece.mean()) * 1e9 / slice_ns for piece in np.split(counts, starts[1:])],
        changes_ns=[start * slice_ns for start in starts[1:]],
        steady_after_ns=starts[-1] * slice_ns if is_steady else None,
        steady_after_requests=int(counts[: starts[-1]].sum()) if is_steady else None,
    )


def _without_outliers(counts: Numbers) -> Numbers:
    """Logarithms, so that a doubling is one at every rate; lone stalls and bursts drawn in.

    An outlier is further than OUTLIER_SIGMAS from the median of its neighbours.
    """
    logs = np.log(counts + 0.5)  # a slice that served nothing has a logarithm too
    padded = np.pad(logs, NEIGHBOURS, mode="reflect" if len(logs) > NEIGHBOURS else "edge")
    middle = np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * NEIGHBOURS + 1), axis=1)
    reach = OUTLIER_SIGMAS * _noise(logs)
    return np.clip(logs, middle - reach, middle + reach)


def _noise(logs: Numbers) -> float:
    """The standard deviation about a level, whatever the levels: from differences' median, which few steps do not move.

    The differences are of slices LAG apart, since those side by side are too
    alike. At least what counting so many leaves to chance (Poisson), and LEAST_NOISE.
    """
    counted = math.exp(-float(np.median(logs)) / 2)
    if len(logs) <= LAG:
        return max(counted, LEAST_NOISE)
    differences = logs[LAG:] - logs[:-LAG]
    deviation = float(np.median(np.abs(differences - np.median(differences))))
    return max(SIGMA_OF_MAD * deviation / math.sqrt(2), counted, LEAST_NOISE)


def _change_points(logs: Numbers) -> list[int]:
    """Where the pieces begin, the first at 0: PELT (Killick et al. 2012) on the mean, each change at its price."""
    from ruptures import KernelCPD  # 0.3 s, which whoever shows a run need not wait

    if len(logs) < 2 * SHORTEST_SLICES:
        return [0]
    scaled = (logs / _noise(logs)).reshape(-1, 1)
    found = KernelCPD(kernel="linear", min_size=SHORTEST_SLICES).fit(scaled)
    return [0, *map(int, found.predict(pen=PENALTY_PER_LOG * math.log(len(logs)))[:-1])]


def _merged(logs: Numbers, starts: list[int]) -> list[int]:
    """The same without boundaries between levels that are equivalent, the nearest pair first; then disturbances."""
    while len(starts) > 1:
        levels = _levels(logs, starts)
        steps = np.abs(np.diff(levels))
        least = int(np.argmin(steps))
        if steps[least] < math.log(EQUIVALENT):
            starts = starts[: least + 1] + starts[least + 2 :]
        elif one := _disturbance(levels, [*starts, len(logs)]):
            starts = starts[:one] + starts[one + 2 :]
        else:
            break
    return starts


def _disturbance(levels: Numbers, edges: list[int]) -> int | None:
    """The first piece that is a passing one: short, and the level after it is the one before it, each twice as long."""
    lasted = np.diff(edges)
    for one in range(1, len(levels) - 1):
        is_short = lasted[one] < LAST_SLICES and 2 * lasted[one] <= min(lasted[one - 1], lasted[one + 1])
        if is_short and abs(levels[one + 1] - levels[one - 1]) < math.log(EQUIVALENT):
            return one
    return None


def _levels(logs: Numbers, starts: list[int]) -> Numbers:
    return np.array([np.median(piece) for piece in np.split(logs, starts[1:])])


def _is_drifting(level: Numbers) -> bool:
    """Whether a long level ends as another than it began: a climb has no step in it to find.

    Between the middles of its first and last third lie two thirds of a drift.
    """
    if len(level) < FEWEST_FOR_DRIFT:
        return False
    first, _, last = np.array_split(level, 3)
    return abs(float(np.median(last) - np.median(first))) * 3 / 2 >= math.log(EQUIVALENT)


def _kind(logs: Numbers, starts: list[int]) -> str:
    levels, slices, last = _levels(logs, starts), len(logs), logs[starts[-1] :]
    if len(levels) == 1:
        return FLAT
    if slices - starts[-1] < max(LAST_SHARE * slices, LAST_SLICES) or _is_drifting(last):
        return NO_STEADY_STATE
    return WARM_UP if levels.max() - levels[-1] < math.log(EQUIVALENT) else SLOWDOWN


def of_trials(trials: Iterable[Trial]) -> tuple[str, list[float], list[float]]:
    """(class, times to steady in ns, requests to steady) of a cell: the class of most of its trials, and theirs alone.

    Of classes equally frequent the worse one counts. Without a classed trial the
    class is empty; without a steady state there are no times.
    """
    classed = [trial.warmup for trial in trials if trial.warmup]
    if not classed:
        return "", [], []
    votes = Counter(each.kind for each in classed)
    kind = max(WORST_FIRST, key=lambda name: votes[name])
    of_kind = [each for each in classed if each.kind == kind]
    times = [float(each.steady_after_ns) for each in of_kind if each.steady_after_ns is not None]
    requests = [float(each.steady_after_requests) for each in of_kind if each.steady_after_requests is not None]
    return kind, times, requests
