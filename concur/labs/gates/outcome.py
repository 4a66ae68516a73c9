"""What came of runs: of one (`Replay`), and of a search among many (`Exploration`).

Tier 0: values, and words for them.
"""

from dataclasses import dataclass, field
from typing import Any

from concur.labs.gates.baton import Ending, Event
from concur.labs.gates.cycles import Wait
from concur.labs.gates.guide import Where
from concur.labs.gates.schedule import Schedule

NO_TURNS = Schedule()


@dataclass
class Replay:
    """One run: what was done, in order, and what came of it. `what` is "" if all is right."""

    schedule: Schedule  # exact
    what: str
    ending: Ending
    events: list[Event]
    names: list[str]
    state: Any = None
    waits: list[Wait] = field(default_factory=list)
    cycle: list[Wait] = field(default_factory=list)
    by_operation: Schedule = NO_TURNS  # the same schedule as `schedule`, true of every Python
    diverged: str = ""  # where the schedule asked for could not be followed, and why

    def __str__(self) -> str:
        return f"{self.what or 'right'}  [{self.schedule}]"


Failure = Replay  # one that is not right


@dataclass
class Exploration:
    """What was found. `is_complete`: all schedules with at most so many preemptions were run."""

    preemptions: int
    where: Where
    runs: int = 0
    is_complete: bool = False
    failures: list[Failure] = field(default_factory=list)
    deadlocks: list[Failure] = field(default_factory=list)
    interleavings: int = 0  # orders of operations that were seen, each counted once
    steps: int = 0
    note: str = ""

    @property
    def found(self) -> list[Failure]:
        """All that is wrong, deadlocks and the rest."""
        return [*self.deadlocks, *self.failures]

    def __str__(self) -> str:
        if self.found:
            return f"found in run {self.runs:,}: {self.found[0].what}"
        bound = f"at most {self.preemptions} preemption{'s' * (self.preemptions != 1)}"
        if self.is_complete:
            return f"nothing wrong in all {self.runs:,} schedules with {bound}"
        return f"nothing wrong in {self.runs:,} schedules with {bound}; there are more" + (
            f" ({self.note})" * bool(self.note)
        )
