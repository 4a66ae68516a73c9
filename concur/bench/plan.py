"""What a run will do: targets × scenarios, rounds, times. Tier 1; data. What was typed becomes it in `choose.py`."""

from pathlib import Path

import msgspec

from concur import catalog
from concur.bench.scenarios import Scenario
from concur.interpreters.describe import Interpreter

DEFAULT_SCENARIOS = ("small", "steady")
DEFAULT_REFERENCE = "threads"

FEWEST_ROUNDS_FOR_A_TWIN = 3  # of fewer, what the same server differs by is chance
USUAL_WARMUP_S, ENDS_S = 0.55, 0.15  # what a trial takes besides its window, where its target is soon steady


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """What is measured: a model on an interpreter, a server of the user's own, or any command.

    kind: "model" is an id of the catalogue, "own" a file or an entry point
    under the same contract, "command" anything that serves a port. absent is
    why it cannot be measured, known before anything starts; empty if it can.
    """

    kind: str
    name: str
    interpreter: Interpreter
    env: dict[str, str] = {}
    topology: str = catalog.ONE  # or "2 processes", "2 threads", "2 interpreters"
    pool: int | None = None  # the size of its pool, where it is not the model's own
    max_active: int | None = None
    absent: str = ""

    @property
    def copies(self) -> int:
        """How many copies of the model it is."""
        return 1 if self.topology == catalog.ONE else int(self.topology.split()[0])

    @property
    def label(self) -> str:
        """How a table calls it: the model, and what sets it apart: topology, pool, environment."""
        shown = Path(self.name).stem if self.kind == "own" else self.name
        apart = [self.topology] if self.topology != catalog.ONE else []
        apart += [f"pool {self.pool}"] if self.pool else []
        settings = [f"{name}={value}" for name, value in self.env.items()]
        return " ".join([shown, *([f"({', '.join(apart)})"] if apart else []), *settings])


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A whole run. Times in seconds; warmup_s bounds the warm-up, which ends sooner when the rate is steady.

    rounds are made in any case. With until or budget_s there may be more: until
    each interval's half width is within the share `until` of its middle (0.02
    is 2 %), and as long as a further round would end within budget_s.
    """

    targets: list[Target]
    scenarios: list[Scenario]
    rounds: int = 3
    duration_s: float = 0.8
    warmup_s: float = 2.0
    reference: str = DEFAULT_REFERENCE
    seed: int = 1
    engine: str | None = None  # native or python; None takes what is there
    timeout_s: float = 5.0
    explain: bool = False  # after the rounds, one untimed trial of each cell that says why
    until: float | None = None
    budget_s: float | None = None
    twin: bool = True  # measure the reference twice in each round: A/A
    turns: int = 1  # parts of a window, between which the targets of a round take turns
    keep: list[str] = []  # limits of latency, of which a rate sweep finds the highest rate that keeps them
    is_default: bool = False

    @property
    def present(self) -> list[Target]:
        """The targets that can be measured, as far as is known before anything starts."""
        return [target for target in self.targets if not target.absent]

    @property
    def goes_on(self) -> bool:
        """Whether its number of rounds is open."""
        return self.until is not None or self.budget_s is not None

    @property
    def has_twin(self) -> bool:
        """Whether a reference is measured twice: where there is something to compare, in enough rounds."""
        return self.twin and len(self.present) > 1 and (self.goes_on or self.rounds >= FEWEST_ROUNDS_FOR_A_TWIN)

    @property
    def trials(self) -> int:
        """How many trials it will take: at least, where its number of rounds is open; at most, of a rate sweep."""
        return sum(sum(self.trials_of(scenario)) for scenario in self.scenarios)

    def trials_of(self, scenario: Scenario) -> tuple[int, int]:
        """How many trials a scenario takes: those that are timed, and those that look. A step's rates have no twin."""
        twins, looks = (0, 0) if scenario.is_step else (self.has_twin, self.explain)
        return (len(self.present) + twins) * self.rounds, looks * len(self.present)

    def about_s(self) -> float:
        """A rough guess at how long these trials will take."""
        return self.trials * (self.duration_s + min(self.warmup_s, USUAL_WARMUP_S) + ENDS_S)


def is_meant(reference: str, label: str, model: str, interpreter: str) -> bool:
    """Whether MODEL, or MODEL@INTERPRETER, means this one; a label may stand for the model."""
    name, at, where = reference.rpartition("@")
    return reference in (label, model) or (bool(at) and name in (label, model) and where == interpreter)
