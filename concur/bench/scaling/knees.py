"""What rate sweeps found: the knee, p99 at half of it, and the highest rate that keeps a limit. Pure."""

import math
from collections.abc import Sequence
from itertools import pairwise

from concur.bench import estimates
from concur.bench.compare.grammar import Condition, parse
from concur.bench.figure import Estimate
from concur.bench.metrics import by_round
from concur.bench.results import Cell, Run
from concur.bench.scaling.ladder import NEAR_THE_KNEE, is_known, knee, why_missed, why_over
from concur.bench.scaling.records import Kept, RateSweep, Step
from concur.errors import UsageError
from concur.load.plan import LATENCY_QUANTILES

HALF = 0.5
BOUNDS = ("", "at least", "below")


def read_limit(text: str) -> Condition:
    """`p99<=5ms`, of any latency that is counted. Raises UsageError that points at what is not understood."""
    limit = parse(text)
    names = ", ".join(LATENCY_QUANTILES)
    do = f"Write a latency and the most that it may be: 'p99<=5ms'; there are {names}."
    if limit.metric not in LATENCY_QUANTILES or limit.is_ratio or limit.scenario or limit.target:
        raise UsageError(f"--keep '{text}' is no limit of a latency", do=do)
    if limit.operator not in ("<", "<=") or limit.limit <= 0:
        raise UsageError(f"--keep '{text}' is nothing that a rate could keep", do=do)
    return limit


def rate_sweeps(run: Run, limits: Sequence[str]) -> list[RateSweep]:
    """One for each target of each closed loop that was swept, in the run's order."""
    conditions = [read_limit(text) for text in limits]
    after = {one["name"]: one["after"] for one in run.plan.get("scenarios", []) if one.get("is_step")}
    swept = set(after.values())
    groups: dict[tuple[str, str, str], list[Cell]] = {}
    for cell in run.steps:
        groups.setdefault((after.get(cell.scenario, ""), cell.label, cell.interpreter), []).append(cell)
    return [
        _swept(cell, groups.get((cell.scenario, cell.label, cell.interpreter), []), conditions)
        for cell in run.cells
        if cell.scenario in swept and cell.rate_per_s
    ]


def _swept(closed: Cell, found: list[Cell], limits: Sequence[Condition]) -> RateSweep:
    steps = sorted((one for one in found if one.trials), key=lambda one: one.offered_per_s or 0.0)
    low, high = knee(steps)
    return RateSweep(
        label=closed.label,
        model=closed.model,
        interpreter=closed.interpreter,
        scenario=closed.scenario,
        capacity_per_s=closed.rate_per_s or Estimate(0.0),
        closed_ns=dict(closed.latency_ns),
        steps=[_step(one, steps) for one in steps if one.rate_per_s and is_known(one)],
        knee_low_per_s=low,
        knee_high_per_s=high,
        ended=why_over(_of_ladder(steps)),
        p99_at_half_ns=_p99_at(HALF * low, steps) if low else None,
        kept=[one for limit in limits if (one := _kept(limit, steps, low, is_missed=high is not None))],
    )


def _step(cell: Cell, steps: Sequence[Cell]) -> Step:
    return Step(
        scenario=cell.scenario,
        offered_per_s=cell.offered_per_s or 0.0,
        answered_per_s=cell.rate_per_s or Estimate(0.0),
        latency_ns=dict(cell.latency_ns),
        why_not=why_missed(cell, steps),
    )


def _of_ladder(steps: Sequence[Cell]) -> list[Cell]:
    """Without those near the knee, which came after the ladder's end."""
    return [cell for cell in steps if NEAR_THE_KNEE not in cell.scenario]


# On lines between the steps, both axes in logarithms


def _curve(steps: Sequence[Cell], quantile: str, number: int) -> list[tuple[float, float]]:
    """(offered, latency) of one round, where it has both."""
    found = ((cell.offered_per_s, by_round(cell, quantile).get(number)) for cell in steps)
    return [(rate, ns) for rate, ns in found if rate and ns]


def _rounds(steps: Sequence[Cell]) -> list[int]:
    return sorted({trial.round for cell in steps for trial in cell.trials})


def _p99_at(rate: float, steps: Sequence[Cell]) -> Estimate | None:
    """The median over rounds of the p99 on the lines between steps."""
    curves = (_curve(steps, "p99", number) for number in _rounds(steps))
    found = [ns for curve in curves if (ns := _at(rate, curve)) is not None]
    return estimates.estimate(found) if found else None


def _at(rate: float, curve: Sequence[tuple[float, float]]) -> float | None:
    """None beyond the ends."""
    for (low, before), (high, after) in pairwise(curve):
        if low <= rate <= high:
            share = math.log(rate / low) / math.log(high / low) if high > low else 0.0
            return math.exp(math.log(before) + share * math.log(after / before))
    return None


def _kept(limit: Condition, steps: Sequence[Cell], knee_per_s: float | None, is_missed: bool) -> Kept | None:
    """The median over rounds of the rate at which the latency passes the limit, or the end that it does not reach.

    is_missed: whether a rate above the knee was tried, and not kept.
    """
    curves = [curve for number in _rounds(steps) if (curve := _curve(steps, limit.metric, number))]
    if not curves or knee_per_s is None:
        return None
    passed = [_passes(limit.limit, curve, knee_per_s) for curve in curves]
    bounds = [bound for _, bound in passed]
    most = max(BOUNDS, key=bounds.count)
    at = estimates.estimate([rate for rate, _ in passed])
    return Kept(condition=limit.text, rate_per_s=at, bound="knee" if most == "at least" and is_missed else most)


def _passes(limit_ns: float, curve: Sequence[tuple[float, float]], knee_per_s: float) -> tuple[float, str]:
    """(rate, bound): where the latency first rises over the limit, at most at the knee."""
    if curve[0][1] > limit_ns:
        return curve[0][0], "below"
    for (low, before), (high, after) in pairwise(curve):
        if after > limit_ns:
            share = math.log(limit_ns / before) / math.log(after / before)
            rate = math.exp(math.log(low) + share * math.log(high / low))
            return (rate, "") if rate < knee_per_s else (knee_per_s, "at least")
    return knee_per_s, "at least"
