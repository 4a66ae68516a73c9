"""Whether a scenario gets another round: until its intervals are narrow, or its time is spent. Pure. Tier 1.

That rounds end by the width of an interval, never by what it says, keeps
intervals and verdicts honest (Chow and Robbins 1965, On the asymptotic theory
of fixed-width sequential confidence intervals): a rule that stopped at the
first significant difference would find one everywhere.
"""

import math
from collections.abc import Sequence

from concur.bench import estimates
from concur.bench.comparing import compare, metrics_of
from concur.bench.plan import Plan
from concur.bench.results import Cell, Ending, Estimate
from concur.bench.usable import measured

MOST_ROUNDS = 100  # of a scenario whose precision does not come


def intervals(cells: list[Cell], reference: str) -> list[Estimate]:
    """What is to be narrow: the ratios that count; without any, each cell's rate, or its p99 at a common rate."""
    ratios = [one.ratio for one in compare(cells, reference) if one.verdict != "not comparable"]
    return ratios or [own for cell in cells if measured(cell) and (own := _own(cell))]


def _own(cell: Cell) -> Estimate | None:
    return cell.rate_per_s if metrics_of(cell) == ("rate",) else cell.latency_ns.get("p99")


def ending(
    plan: Plan, scenario: str, rounds: int, found: Sequence[Estimate], next_ends_s: float, budget_s: float | None
) -> Ending | None:
    """Why no further round is made; None where one is. Only for a plan that goes on, after its least rounds.

    next_ends_s: when a further round would end, in seconds since the scenario
    began; budget_s: the scenario's share of the time. Fewer than ten rounds are never precise.
    """
    wide = sum(estimates.half_width(one) > plan.until for one in found) if plan.until is not None else 0
    is_precise = plan.until is not None and not wide and rounds >= estimates.FEWEST_ROUNDS
    if not found:
        why = "bound"  # nothing could be measured, and another round would not change that
    elif is_precise:
        why = "precise"
    elif budget_s is not None and next_ends_s > budget_s:
        why = "budget"
    elif plan.until is not None and rounds >= max(MOST_ROUNDS, plan.rounds):
        why = "bound"
    else:
        return None
    return Ending(scenario=scenario, rounds=rounds, why=why, intervals=len(found), wide=wide)


def expected(plan: Plan, rounds: int, found: Sequence[Estimate], mean_s: float, budget_s: float | None) -> int:
    """How many rounds a scenario will have, as its intervals and its time look after so many: a guess, for progress.

    An interval narrows with the square root of the rounds.
    """
    within_time = math.floor(budget_s / mean_s) if budget_s is not None and mean_s > 0 else MOST_ROUNDS
    widest = max((estimates.half_width(one) for one in found), default=math.inf)
    if plan.until is None or not math.isfinite(widest):
        return max(rounds + 1, within_time)
    precise = max(estimates.FEWEST_ROUNDS, math.ceil(rounds * (widest / plan.until) ** 2))
    return max(rounds + 1, min(precise, within_time, MOST_ROUNDS))
