"""How much figures differ where nothing does: between parts of a window, processes, builds; and A/A. Pure. Tier 1."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from concur.bench import estimates
from concur.bench.results import Cell, NoiseFloor, Trial

PART_NS = 200_000_000  # slices of 50 ms follow one another; parts of four of them nearly stand alone
FEWEST_PARTS = 2
START_S = 1.0  # what a process costs besides its window: its start, its warm-up, its end
LEVELS = ("window", "process", "build")  # from the innermost

Nested = Sequence[Any]  # numbers, or sequences of what has one level less; all leaves equally deep


def spreads(data: Nested) -> list[float]:
    """The standard deviation that each level of repetition adds by itself, the innermost first.

    data is nested as the experiment was: builds of processes of parts of a
    window; or without its outer levels. Kalibera and Jones 2013, Rigorous
    benchmarking in reasonable time, section 6: T² of a level is the variance
    S² of its means less what the level below leaves in them, S²/r. Where
    that is negative, 0. Unequal numbers of repetitions count by their harmonic mean.
    """
    found: list[float] = []
    below = 0.0
    while True:
        groups = _innermost(data)
        within = [float(np.var(group, ddof=1)) for group in groups if len(group) > 1]
        variance = float(np.mean(within or [0.0]))
        found.append(math.sqrt(max(0.0, variance - below)))
        if not _is_nested(data):
            return found
        below = variance * float(np.mean([1 / len(group) for group in groups]))
        data = _collapsed(data)


def _is_nested(data: Nested) -> bool:
    return isinstance(data[0], Sequence)


def _innermost(data: Nested) -> list[Sequence[float]]:
    return [group for one in data for group in _innermost(one)] if _is_nested(data) else [data]


def _collapsed(data: Nested) -> Nested:
    """One level less: each innermost sequence is its mean."""
    return [_collapsed(one) if _is_nested(one) else float(np.mean(one)) for one in data]


def levels(data: Nested) -> dict[str, float]:
    """`spreads` by their names: window, process, build."""
    return dict(zip(LEVELS, spreads(data), strict=False))


def of_trials(trials: Sequence[Trial]) -> dict[str, float]:
    """Of the log rate: the spread between parts of a window, and between processes; empty where too few were seen."""
    seen = [logs for trial in trials if len(logs := parts(trial)) >= FEWEST_PARTS]
    return levels(seen) if len(seen) > 1 else {}


def parts(trial: Trial) -> list[float]:
    """The logarithm of the replies in each whole part of the window; none where a part had no reply."""
    slices = trial.load.slices if trial.load else []
    if len(slices) < 2:
        return []
    length_ns = min(after.at_ns - before.at_ns for before, after in pairwise(slices))
    width = max(1, round(PART_NS / max(1, length_ns)))
    whole = len(slices) - 1  # the last slice ends with the window, wherever that is
    counts = [sum(one.verified for one in slices[at : at + width]) for at in range(0, whole - width + 1, width)]
    return [math.log(count) for count in counts] if all(counts) else []


def best_window_s(noise: dict[str, float]) -> float | None:
    """The window that makes most of a given time, in seconds; None where no level below it was seen.

    Kalibera and Jones 2013, section 6: repeat a level √(c₂/c₁ · T₁²/T₂²) times,
    c being what one repetition costs of it and of the level above.
    """
    if not noise.get("window"):
        return None
    part_s = PART_NS / 1e9
    times = math.sqrt(START_S / part_s) * noise["window"] / max(noise.get("process", 0.0), 1e-3)
    return part_s * max(1.0, times)


# A/A


def floor(cell: Cell, metric: str, ratios: list[float]) -> list[NoiseFloor]:
    """How a cell's twin differed from it over the rounds that both have; nothing without a round."""
    if not ratios:
        return []
    return [
        NoiseFloor(
            scenario=cell.scenario,
            metric=metric,
            label=cell.label,
            interpreter=cell.interpreter,
            rounds=len(ratios),
            ratio=estimates.ratio(ratios, [1.0] * len(ratios)),
            spread=float(np.std(np.log(ratios), ddof=1)) if len(ratios) > 1 else None,
        )
    ]


def reach(floor: NoiseFloor) -> float:
    """The factor by which the same server may differ from itself, by the far end of the interval; 1 without one."""
    low, high = floor.ratio.interval or (1.0, 1.0)
    return max(high, 1 / low)
