"""A round in which the targets take turns, all alive at once: each has a short window while no other is sent anything.

Neighbours on the machine move a rate by a tenth and more within a second. Two
trials one after the other differ by that; windows of 0.1 s in turn meet the
same machine, so that ratios by round differ two or three times less. A target
that waits for its turn is asleep. For closed loops: an open one would send
after its turn what was due before. Tier 1.
"""

import random
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import NamedTuple

from concur.bench.placement import Placement
from concur.bench.plan import Plan, Target
from concur.bench.results import Trial
from concur.bench.scenarios import Scenario
from concur.bench.target import running_on
from concur.bench.trial import new_trial, steps

OVER = object()
LONGEST_WAIT = 0.5  # of the time-out: for one's turn, with messages in flight


class Player(NamedTuple):
    """One target of the round, where it runs, and whom to tell what it is doing."""

    target: Target
    placement: Placement
    tell: Callable[[str], None]


def why_not(plan: Plan, scenario: Scenario, players: int) -> str:
    """Why so many targets cannot take turns under this load; empty if they can."""
    if scenario.is_open or scenario.churn or scenario.rate_per_s:
        return "only a closed loop without churn can be stopped and continued"
    longest_s = plan.duration_s / plan.turns * players
    if longest_s > LONGEST_WAIT * plan.timeout_s:
        return f"each of {players} targets would wait {longest_s:.1f} s for its turn, and replies time out"
    return ""


def take_turns(players: Sequence[Player], scenario: Scenario, plan: Plan, number: int) -> list[Trial]:
    """A trial of each, in their order: started and warmed up one after the other, measured in plan.turns parts.

    The order within each turn is shuffled by the plan's seed and the round's
    number. All of them run on the engine's CPUs of the first one's placement.
    """
    order = random.Random(f"{plan.seed} {number}")
    trials = [new_trial(number) for _ in players]
    with running_on(players[0].placement.engine), ExitStack() as held:
        waiting = [
            steps(trial, player.target, scenario, player.placement, plan, player.tell, plan.turns)
            for trial, player in zip(trials, players, strict=True)
        ]
        for each in waiting:
            held.callback(each.close)  # ends its target and its engine, if it was interrupted
        while waiting:
            order.shuffle(waiting)
            waiting = [each for each in waiting if next(each, OVER) is not OVER]
    return trials
