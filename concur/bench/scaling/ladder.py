"""The rates of a rate sweep: a ladder of shares of each target's own capacity, then steps that near its knee. Pure.

A target leaves the ladder once it has missed two rates in a row: one miss may be
the machine's. A rate that the engine did not offer on time is neither kept nor
missed; after three of these the ladder ends, too. What the steps found is `knees.py`'s to say.
"""

import math
from collections.abc import Iterable, Sequence

import numpy as np
from msgspec import structs

from concur.bench.results import Cell
from concur.bench.scenarios import Scenario
from concur.bench.usable import BROKEN, answered_share, measured
from concur.errors import UsageError

# Shares of the closed loop's capacity: Renard's preferred numbers (ISO 3), in fives, then in tens. An open loop may go
# beyond that capacity, since messages that have piled up on a connection are answered together.
SHARES = (0.1, 0.16, 0.25, 0.4, 0.5, 0.63, 0.8, 1.0, 1.25, 1.6, 2.0, 2.5, 3.15, 4.0, 5.0)
NEARER = 2  # further steps, each half of the way between the last rate kept and the first missed
NEAR_ENOUGH = 1.05
NEAR_THE_KNEE = "near the knee"
MISSES, UNKNOWN = 2, 3  # in a row, and the ladder is over
ANSWERED = 0.99  # of what was offered; with less, the backlog grows
EXPLODES, MATTERS_NS = 25.0, 10e6  # p99 over its least at a lower rate; and what is never an explosion


def with_ladders(chosen: Sequence[Scenario]) -> list[Scenario]:
    """Each closed loop followed by its steps; open loops, which have a rate already, are left out.

    Raises UsageError where there is nothing to sweep, or more than one thing.
    """
    closed = [one for one in chosen if not one.is_open]
    if not closed:
        names = ", ".join(one.name for one in chosen)
        raise UsageError(f"--rate-sweep finds the rates by itself, and {names} has one", do="Leave --rate out.")
    for one in closed:
        if one.churn:
            raise UsageError(f"{one.name} has no open loop", do="--rate-sweep takes small, large, one, many, cpu …")
        if one.variant_of:
            do = "Give one number of connections and one payload: -c 64."
            raise UsageError("--rate-sweep sweeps rates, and nothing else at the same time", do=do)
    return [step for one in closed for step in (one, *_steps(one))]


def _steps(base: Scenario) -> Iterable[Scenario]:
    for share in SHARES:
        yield _step(base, f"{100 * share:g} % of capacity", share)
    for number in range(1, NEARER + 1):
        yield _step(base, f"{NEAR_THE_KNEE} {number}", None)


def _step(base: Scenario, name: str, share: float | None) -> Scenario:
    """share None: between what was kept and what was missed."""
    return structs.replace(
        base,
        name=f"{base.name}, {name}",
        variant_of=base.name,
        after=base.name,
        is_open=True,
        is_step=True,
        share=share,
    )


def own_rate(share: float | None, capacity: Cell | None, before: Sequence[Cell]) -> float | None:
    """The rate that a target is offered in a step; None where the step has nothing to find out of it.

    capacity: its closed loop. before: its earlier steps, in order.
    """
    if capacity is None or capacity.rate_per_s is None or capacity.verdict in (*BROKEN, "void", "absent"):
        return None
    if share is not None:
        return None if why_over(before) else share * capacity.rate_per_s.median
    low, high = knee(before)
    if low is None or high is None or high <= NEAR_ENOUGH * low:
        return None
    return math.sqrt(low * high)


def why_over(steps: Sequence[Cell]) -> str:
    """Why no higher rate is offered after these, which ascend; empty where one is."""
    missed = [why_missed(cell, steps) for cell in steps if is_known(cell)][-MISSES:]
    if len(missed) == MISSES and all(missed):
        return missed[0]
    last = steps[-UNKNOWN:]
    return why_missed(last[0], steps) if len(last) == UNKNOWN and not any(map(is_known, last)) else ""


def knee(steps: Sequence[Cell]) -> tuple[float | None, float | None]:
    """(the highest rate that was kept, the lowest above it that was missed), as offered; None where there is none."""
    known = [(cell.offered_per_s or 0.0, why_missed(cell, steps)) for cell in steps if is_known(cell)]
    low = max((rate for rate, missed in known if not missed), default=None)
    return low, min((rate for rate, _ in known if rate > (low or 0.0)), default=None)


def is_known(cell: Cell) -> bool:
    """Whether a step says something of the target: it was offered its rate, or it failed."""
    return cell.verdict in BROKEN or (cell.verdict not in ("void", "absent") and bool(measured(cell)))


def why_missed(cell: Cell, steps: Sequence[Cell]) -> str:
    """Why a target did not keep the rate of a step; empty where it did.

    It answered under 99 % of what was due, its p99 is over 25 times (and over 10
    ms) its least at lower rates; or it failed, or the engine did not keep the rate.
    """
    if not (good := measured(cell)):
        return cell.reason or "nothing was measured"
    if cell.verdict in (*BROKEN, "void"):
        return cell.reason
    answered = float(np.median([answered_share(trial.load) for trial in good if trial.load]))
    if answered < ANSWERED:
        return f"it answered {answered:.1%} of what was offered"
    lower = [p99 for one in steps if (one.offered_per_s or 0.0) < (cell.offered_per_s or 0.0) and (p99 := _p99(one))]
    p99, least = _p99(cell), min(lower, default=math.inf)
    if p99 > MATTERS_NS and p99 > EXPLODES * least:
        return f"its p99 is {p99 / least:.0f} times its least at lower rates"
    return ""


def _p99(cell: Cell) -> float:
    one = cell.latency_ns.get("p99")
    return one.median if one else 0.0
