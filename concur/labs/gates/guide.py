"""Who goes on: along a schedule as far as it leads, and then without preempting anybody.

Tier 0. A guide also notes what it did, as an exact schedule, and where it might
have chosen otherwise: `nodes`, from which a search (`explorer.py`) makes the
next schedules.
"""

from typing import Literal, NamedTuple

from concur.labs.gates.baton import Lane, Place, Run
from concur.labs.gates.schedule import Schedule, Turn, is_met

Where = Literal["operations", "opcodes", "eval-breaker"]
SPIN = 1000  # steps in one turn, after which a thread that others could replace is taken to wait for them


class Node(NamedTuple):
    """A place where others could have gone on: after so many steps in all, at the cost of so many preemptions."""

    step: int
    others: tuple[int, ...]
    cost: int


class Chosen:
    """A guide along a schedule. `where` says at which places it notes that it could have preempted."""

    def __init__(self, schedule: Schedule, where: Where = "operations") -> None:
        self.schedule, self.where = schedule, where
        self.nodes: list[Node] = []
        self.taken: list[list[int]] = []  # [thread, steps], in their order
        self.diverged = ""
        self.steps = 0
        self._at = 0
        self._in_turn = 0  # steps

    @property
    def so_far(self) -> Schedule:
        """What was done: an exact schedule."""
        return Schedule(Turn(thread, steps) for thread, steps in self.taken)

    def cut(self, step: int) -> tuple[Turn, ...]:
        """What was done in the first so many steps."""
        turns = []
        for thread, steps in self.taken:
            if step <= 0:
                break
            turns.append(Turn(thread, min(steps, step)))
            step -= steps
        return tuple(turns)

    def choose(self, run: Run, lane: Lane | None, place: Place) -> Lane:
        """Who goes on. Asked only if somebody can."""
        chosen = self._by_schedule(run, lane, place) if self._at < len(self.schedule) else None
        if chosen is None:
            chosen = self._by_habit(run, lane, place)
        self._take(chosen.number)
        return chosen

    def _take(self, thread: int) -> None:
        self.steps += 1
        self._in_turn += 1
        if self.taken and self.taken[-1][0] == thread:
            self.taken[-1][1] += 1
        else:
            self.taken.append([thread, 1])

    # Along the schedule

    def _by_schedule(self, run: Run, lane: Lane | None, place: Place) -> Lane | None:
        while self._at < len(self.schedule):
            turn = self.schedule[self._at]
            if lane and self._in_turn and lane.number == turn.thread:
                if not self._is_over(turn, lane, place):
                    return lane
            elif going := self._begin(run, turn):
                self._in_turn = 0
                return going
            self._at += 1
            if turn.steps is None and not turn.until:  # open: the search's last turn
                return None
            self._in_turn = 0
        return None

    def _begin(self, run: Run, turn: Turn) -> Lane | None:
        going = run.lanes[turn.thread] if turn.thread < len(run.lanes) else None
        if going is None:
            self._diverge(f"there is no thread {turn.name}")
        elif not going.can_go:
            why = f"waits for {going.wait.resource.label}" if going.wait and going.is_alive else "has ended"
            self._diverge(f"'{turn}' cannot be followed: {turn.name} {why}")
        else:
            return going
        return None

    def _is_over(self, turn: Turn, lane: Lane, place: Place) -> bool:
        if turn.steps is None and not turn.until:
            return True
        is_reached = self._is_reached(turn, lane, place)
        if not is_reached and place in ("wait", "end"):
            came = "ended" if place == "end" else f"must wait in line {lane.ahead.line}"
            self._diverge(f"'{turn}' was not reached: {turn.name} {came}")
            return True
        return is_reached

    def _is_reached(self, turn: Turn, lane: Lane, place: Place) -> bool:
        if turn.steps is not None:
            return self._in_turn >= turn.steps
        if turn.until == "end":
            return place in ("wait", "end")
        done = lane.last.word if lane.last and lane.last.is_shared else ""
        is_entered = place == "step" and (
            lane.last is None or lane.last.line != lane.ahead.line or lane.last.operation.checks
        )
        return is_met(turn.until, done, lane.ahead.line if is_entered else 0)

    def _diverge(self, what: str) -> None:
        self.diverged = self.diverged or what

    # Without a schedule

    def _by_habit(self, run: Run, lane: Lane | None, place: Place) -> Lane:
        """The same thread as long as it can; then the next one round. Notes the others that could."""
        if lane and place == "step":
            if self._may_preempt(lane) and (others := self._others(run, lane)):
                self.nodes.append(Node(self.steps, others, 1))
                if self._in_turn > SPIN:
                    self._in_turn = 0
                    return run.lanes[others[0]]
            return lane
        others = self._others(run, lane)
        if lane and lane.can_go and others:  # after a sleep: that it goes on at once counts like a preemption
            self.nodes.append(Node(self.steps, (lane.number,), 1))
        if others[1:]:
            self.nodes.append(Node(self.steps, others[1:], 0))
        self._in_turn = 0
        if others or lane is None:
            return run.lanes[others[0]]
        return lane

    def _may_preempt(self, lane: Lane) -> bool:
        if self.where == "operations":
            return lane.ahead.is_shared
        return lane.may_break if self.where == "eval-breaker" else True

    def _others(self, run: Run, lane: Lane | None) -> tuple[int, ...]:
        """Those that could go on instead, from the one after this one, round."""
        count, first = len(run.lanes), lane.number + 1 if lane else 0
        order = ((first + one) % count for one in range(count))
        return tuple(one for one in order if (lane is None or one != lane.number) and run.lanes[one].can_go)


def by_operation(run: Run, taken: Schedule) -> Schedule:
    """An exact schedule, said by operations: true of every Python."""
    turns: list[Turn] = []
    step = 0
    for turn in taken:
        done, step = run.events[step : step + (turn.steps or 0)], step + (turn.steps or 0)
        shared = [event.word for event in done if event.is_shared]
        if shared:
            turns += [Turn(turn.thread, None, shared[-1])] * shared.count(shared[-1])
    return Schedule(turns)
