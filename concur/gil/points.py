"""What experiments are made of: what was asked for, the points to measure, and what became of them. Tier 1; data."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from concur.gil.results import Row
from concur.interpreters.describe import Interpreter

Sample = dict[str, Any]  # what one measurement found; its keys are the experiment's own

HEADLINE, USUAL, FURTHER = (
    0,
    1,
    2,
)  # priorities: what the summary needs, what the tables show, what is there for the asking


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be measured: models, and interpreters by short name.

    missing says by interpreter why it cannot run a model (empty: it can);
    quick shortens windows, for a look or a test: figures are then rough.
    """

    interpreters: Mapping[str, Interpreter]
    models: Sequence[str]
    missing: Mapping[str, Mapping[str, str]]
    cpus: int  # that this process may use
    engine: str | None = None
    seed: int = 1
    quick: bool = False

    def why_missing(self, interpreter: str, model: str) -> str:
        """Why that model cannot run there; empty if it can."""
        return self.missing.get(interpreter, {}).get(model, "")


class Point(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to measure. what sets it apart in its experiment; absent is why it cannot be, empty if it can."""

    interpreter: str
    what: tuple[str | int | float, ...]
    about_s: float = 1.0
    priority: int = USUAL
    absent: str = ""


class Outcome(msgspec.Struct, kw_only=True):
    """What became of a point: a sample a round, by the round's number, or why there is none."""

    point: Point
    samples: dict[int, Sample] = {}
    reason: str = ""


class Experiment(Protocol):
    """A module of this package."""

    def points(self, asked: Asked) -> list[Point]:
        """All that could be measured, those included that cannot be on some interpreter, with the reason."""

    def measure(self, point: Point, asked: Asked, number: int) -> Sample:
        """One sample, in a fresh process, in round `number`. Raises ConcurError where there is none to be had."""

    def rows(self, outcomes: Sequence[Outcome]) -> Sequence[Row]:
        """What all of it says. Pure."""


Tell = Callable[[str], None]
