"""What a run will do: targets × scenarios, rounds, times. Tier 1; data. What was typed becomes it in `choose.py`."""

from pathlib import Path

import msgspec

from concur import catalog
from concur.bench.scenarios import Scenario
from concur.interpreters.describe import Interpreter

DEFAULT_SCENARIOS = ("small", "steady")
DEFAULT_REFERENCE = "threads"


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
    """A whole run. Times in seconds; warmup_s bounds the warm-up, which ends sooner when the rate is steady."""

    targets: list[Target]
    scenarios: list[Scenario]
    rounds: int = 3
    duration_s: float = 0.8
    warmup_s: float = 0.5
    reference: str = DEFAULT_REFERENCE
    seed: int = 1
    engine: str | None = None  # native or python; None takes what is there
    timeout_s: float = 5.0
    explain: bool = False  # after the rounds, one untimed trial of each cell that says why
    until: float | None = None  # go on with rounds until each ratio's interval is within so much of its median (0.02)
    budget_s: float | None = None  # but start no round that would end after this
    is_default: bool = False

    @property
    def trials(self) -> int:
        """How many trials it will take, at most."""
        return sum(not target.absent for target in self.targets) * len(self.scenarios) * self.rounds

    def about_s(self) -> float:
        """A rough guess at how long it will take."""
        return self.trials * (self.duration_s + 0.6 * self.warmup_s + 0.5)


def is_meant(reference: str, label: str, model: str, interpreter: str) -> bool:
    """Whether MODEL, or MODEL@INTERPRETER, means this one; a label may stand for the model."""
    name, at, where = reference.rpartition("@")
    return reference in (label, model) or (bool(at) and name in (label, model) and where == interpreter)
