"""Labs and progress made by hand, for tests of what reads them; figures are invented."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from concur.labs.endings import Result
from concur.labs.lab import Check, Choice, Explain, Lab, Minutes, Plot, Prediction

COSTS = ["call", "system call", "signal"]
PREDICTIONS = [
    Prediction(id="faults", ask="How many faults?", kind="number", unit="faults", measured="faults", why="One a page."),
    Prediction(id="costs", ask="In which order?", kind="order", choices=COSTS, measured="costs"),
    Prediction(id="ends", ask="How does it end?", kind="choice", choices=["well", "badly"], measured="ending"),
]
VALUES: dict[str, Any] = {"faults": 1000.0, "costs": [[0, 40.0], [1, 90.0], [2, 700.0]], "ending": 1}
CHECKS = [
    Check(id="first", title="Each page faults once", points=2, rationale="Counted.", help="Which pages?"),
    Check(id="second", title="No page faults twice", points=1, rationale="Counted again.", help="What is touched?"),
]
EXPLAIN = Explain(
    ask="What was saved?", choices=[Choice("x", "Bytes"), Choice("y", "Crossings")], answer="y", why="Yes."
)


def lab(number: int = 1, **changed: Any) -> Lab:
    """A lab of two gates and three predictions."""
    given: dict[str, Any] = {
        "number": number,
        "slug": f"lab-{number}",
        "folder": Path(f"/nowhere/{number:02}-lab-{number}"),
        "title": f"Lab of {number}",
        "summary": "In one line",
        "minutes": Minutes(5, 10),
        "predictions": PREDICTIONS,
        "checks": CHECKS,
        "explain": EXPLAIN,
        "plot": Plot(kind="bars", series=["faults", "second_faults"], title="Faults", y="faults"),
    }
    return Lab(**given | changed)


def now(**changed: Any) -> Any:
    """A learner's progress in one lab: begun, and nothing done."""
    given: dict[str, Any] = {
        "state": "started",
        "attempts": 0,
        "hints_shown": 0,
        "predictions": {},
        "measured": {},
        "results": [],
        "explanation": None,
        "minutes_spent": 0.0,
        "began": "2026-01-01T09:00:00+00:00",
        "passed_at": None,
        "solution_shown": False,
    }
    return SimpleNamespace(**given | changed)


PREDICTED: dict[str, Any] = {"faults": 100.0, "costs": ["system call", "call", "signal"], "ends": "badly"}
PASSED, FAILED = Result(id="first", verdict="passed", seen="1,000 faults"), Result(id="second", verdict="failed")


def done(**changed: Any) -> Any:
    """The same when all of it is done."""
    results = [PASSED, Result(id="second", verdict="passed")]
    explanation = {"choice": "y", "sentence": "Each call crosses the line.", "is_right": True}
    given = {"state": "passed", "predictions": PREDICTED, "measured": VALUES, "results": results, "attempts": 3}
    return now(**given | {"explanation": explanation, "minutes_spent": 12.4} | changed)


class Progress:
    """The progress of several labs, by number."""

    def __init__(self, labs: dict[int, Any], current: int | None = None) -> None:
        self.labs, self.current = labs, current

    def of(self, one: Lab) -> Any:
        return self.labs.get(one.number) or now(state="new", began=None)


def double(body: str) -> str:
    """Work of that body, which doubles a number at its end."""
    return f"import os, signal, sys, threading, time\ndef double(number):\n    {body}\n    return 2 * number\n"
