"""What a lab measures on this machine: evidence.py, called in a child like a check. It never decides. Tier 1."""

import math
from pathlib import Path
from typing import Any

import msgspec

from concur.interpreters.describe import Interpreter
from concur.labs.checking import Task, kept, run
from concur.labs.endings import result_of
from concur.labs.job import MIB, Limits
from concur.labs.lab import MEMORY_MIB, PROCESSES, Lab

FILE = "evidence.py"
SECONDS = 60.0


class Measured(msgspec.Struct, kw_only=True):
    """What was measured, by key: numbers, names, or lists of [x, y]. error is why nothing was, empty otherwise.

    answer is the choice that explains it, where evidence.py says one; output is what was printed meanwhile.
    """

    values: dict[str, Any] = {}
    output: str = ""
    error: str = ""
    answer: str = ""


def measure(lab: Lab, work: Path, *, interpreter: Interpreter | None = None) -> Measured:
    """Measure, with the learner's file. Raises MachineError where it, or a process, is not to be had."""
    if not (lab.folder / FILE).exists():
        return Measured(error=f"the lab has no {FILE}")
    limits = Limits(SECONDS, MEMORY_MIB * MIB, PROCESSES)
    with kept(work):
        ran = run(lab, work, Task(FILE, "measure", limits, needs=lab.needs), interpreter)
    result = result_of(FILE, "", ran.ended, limits, ran.work, ran.source)
    told = ran.ended.told or {}
    if result.verdict != "passed" or "values" not in told:
        said = "\n".join(filter(None, (result.seen, result.detail)))
        return Measured(output=result.output, error=said or f"{FILE} returned no figures")
    values = {key: value for key, value in told["values"].items() if _is_finite(value)}
    return Measured(values=values, output=result.output, answer=str(told.get("answer") or ""))


def _is_finite(value: Any) -> bool:
    """JSON has no infinities."""
    if isinstance(value, list):
        return all(map(_is_finite, value))
    return not isinstance(value, float) or math.isfinite(value)
