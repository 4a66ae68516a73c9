"""Finds the schedule by which threads go wrong, by trying all of them: with few preemptions first, and up to a bound.

    class Counting(Scenario):
        def make(self):            return work.Counter()
        threads = (add, add)       # functions of what make gave: A and B
        def verdict(self, state):  return "" if state.count == 2 else f"{state.count} of 2"

    explore(Counting(), within=work)        -> Exploration; print it, or look at .failures
    replay(Counting(), [("A", "load"), ("B", "end")], within=work)   -> Replay

Tier 0; on CPython 3.11 and newer with and without the GIL, and on PyPy. It runs real
threads, and switches between them before opcodes of the functions `within`. A
switch at a wait or an end is no preemption; most bugs need two of them at most
(Musuvathi and Qadeer, *Iterative Context Bounding*, PLDI 2007). All schedules with
none are tried, then those with one, then with two: so the first failure found is a
simplest one, and when the search is complete, none with so few is left.

`where` says before which opcodes a thread may be preempted:

    "operations"    those that can touch what is shared; the others commute with all that
                    another thread does, so that no failure is missed (`operations.py`)
    "opcodes"       every one: the same failures in more runs
    "eval-breaker"  only where CPython with a GIL would switch: it looks at its eval breaker
                    when a function begins, after a call and when a loop jumps back

By `concur labs explore FILE` this is had for any file: see `concur.labs.exploring`.
What it does not see: what lies outside `within` is done in one go; a value dropped may
run a `__del__`; and a program that asks a real clock or a random number is not the same
twice, which is noticed and said (`note`).
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from concur.labs.gates.guide import Chosen, Where
from concur.labs.gates.outcome import Exploration, Failure, Replay
from concur.labs.gates.schedule import Schedule, Turn, Written, parse
from concur.labs.gates.stage import MOST_STEPS, Stage, Staged, Within, stage_of

__all__ = ["Exploration", "Failure", "Replay", "Scenario", "explore", "replay"]


class Scenario:
    """What is to be explored. Subclass it, or give its parts: `Scenario(make, threads, verdict)`."""

    threads: Sequence[Callable[[Any], object]] = ()

    def __init__(
        self,
        make: Callable[[], Any] | None = None,
        threads: Sequence[Callable[[Any], object]] = (),
        verdict: Callable[[Any], str] | None = None,
    ) -> None:
        self._make, self._verdict = make, verdict
        self.threads = threads or self.threads

    def make(self) -> Any:
        """A fresh state, for one run."""
        return self._make() if self._make else None

    def verdict(self, state: Any) -> str:
        """What is wrong with the state once all threads have ended; "" if nothing is."""
        return self._verdict(state) if self._verdict else ""


def explore(
    scenario: Staged,
    *,
    within: Within | Sequence[Within],
    preemptions: int = 2,
    most_runs: int = 2000,
    where: Where = "operations",
    most_failures: int = 1,
    most_steps: int = MOST_STEPS,
) -> Exploration:
    """Run a scenario's threads by all schedules with at most so many preemptions, until something goes wrong.

    within: modules, classes or functions whose opcodes are looked at; most_runs:
    after which it stops, incomplete; most_failures: how many to find before it stops.
    """
    return search(stage_of(scenario, within), preemptions, most_runs, where, most_failures, most_steps)


def replay(
    scenario: Staged,
    schedule: Written,
    *,
    within: Within | Sequence[Within],
    most_steps: int = MOST_STEPS,
) -> Replay:
    """Run a scenario's threads by one schedule: the same each time. `diverged` says if it could not be followed."""
    return stage_of(scenario, within).run(Chosen(parse(schedule)), most_steps, keeps_values=True)


def search(
    stage: Stage, preemptions: int, most_runs: int, where: Where, most_failures: int, most_steps: int
) -> Exploration:
    """`explore`, on a stage that is ready."""
    return _Search(stage, preemptions, most_runs, where, most_failures, most_steps).go()


class _Search:
    """All schedules up to a bound, each once: those with no preemption, then those with one …"""

    def __init__(
        self, stage: Stage, preemptions: int, most_runs: int, where: Where, most_failures: int, most_steps: int
    ) -> None:
        self.stage, self.most_runs, self.most_failures, self.most_steps = stage, most_runs, most_failures, most_steps
        self.result = Exploration(preemptions, where)
        self.due: list[deque[tuple[Turn, ...]]] = [deque() for _ in range(preemptions + 1)]  # by number of preemptions
        self.is_cut = False
        self.orders: set[int] = set()

    def go(self) -> Exploration:
        """Until all are run, or enough failures are found, or it was enough."""
        self.due[0].append(())
        for cost, due in enumerate(self.due):
            while due:
                if self.result.runs >= self.most_runs:
                    self.result.note = f"stopped after {self.most_runs:,} runs"
                    return self._end(False)
                if self._run(due.popleft(), cost):
                    return self._end(False)
        return self._end(not self.is_cut)

    def _end(self, is_complete: bool) -> Exploration:
        self.result.is_complete = is_complete and not self.result.note
        self.result.interleavings = len(self.orders)
        return self.result

    def _run(self, turns: tuple[Turn, ...], cost: int) -> bool:
        """One run, and the schedules that it leads to. Whether to stop."""
        guide = Chosen(Schedule(turns), self.result.where)
        outcome = self.stage.run(guide, self.most_steps)
        self.result.runs += 1
        self.result.steps += guide.steps
        self.orders.add(hash(tuple((event.lane, event.word) for event in outcome.events if event.is_shared)))
        if guide.diverged:
            self.result.note = f"the program is not the same each time: {guide.diverged}"
        if outcome.what:
            (self.result.deadlocks if outcome.ending == "deadlock" else self.result.failures).append(outcome)
            if outcome.ending == "stuck" or len(self.result.found) >= self.most_failures:
                return True
        self._plan(guide, cost)
        return False

    def _plan(self, guide: Chosen, cost: int) -> None:
        for node in guide.nodes:
            if cost + node.cost >= len(self.due):
                continue
            due = self.due[cost + node.cost]
            if len(due) >= self.most_runs:  # more than will ever be run
                self.is_cut = True
                return
            done = guide.cut(node.step)
            due.extend((*done, Turn(other)) for other in node.others)
