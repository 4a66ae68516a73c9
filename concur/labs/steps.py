"""The loop of a lab as data: where the learner is in it, and the one next command. Tier 1; pure.

predict → run → check until the gates pass → explain → the next lab. What must not
live here: what the steps do (`concur/cli/lab_verbs/`).
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from concur.labs.lab import Lab
    from concur.labs.progress import LabProgress

NEW: Final = "new"
STARTED: Final = "started"
PASSED: Final = "passed"
GIVEN_UP: Final = "given-up"
DONE = (PASSED, GIVEN_UP)


class Step(NamedTuple):
    """What to do next: a command, and why that one."""

    command: str
    why: str


GO_ON = Step("concur labs next", "This one is done: go on to the next lab.")
ALL_DONE = Step("concur labs log", "All labs are done: look back at what you expected, and what it was.")


def next_step(lab: "Lab", now: "LabProgress") -> Step | None:
    """The next step within a lab; None if it is done."""
    if now.state == NEW:
        return Step(f"concur labs start {lab.number}", "Begin it: its files are copied into your folder.")
    if missing := len(unpredicted(lab, now)):
        return Step("concur labs predict", f"{_questions(missing)} to answer before anything runs.")
    if now.state == GIVEN_UP:
        return None
    if not now.measured:
        return Step("concur labs run", "Run the program, and see your counters beside your predictions.")
    if now.state != PASSED:
        return _until_it_passes(lab, now)
    if lab.explain and not is_explained(now):
        return Step("concur labs explain", "One choice and one sentence of your own: then it is yours.")
    return None


def _until_it_passes(lab: "Lab", now: "LabProgress") -> Step:
    if not now.results:
        return Step("concur labs check", "Change work.py until all of its gates pass.")
    passed, of = gates_passed(lab, now), len(lab.checks)
    return Step("concur labs check", f"{passed} of {of} gates pass: change work.py, and check again.")


def _questions(number: int) -> str:
    return f"{number} question{'s' * (number != 1)}"


def unpredicted(lab: "Lab", now: "LabProgress") -> list[str]:
    """The ids of the predictions that are still to be made."""
    return [one.id for one in lab.predictions if one.id not in now.predictions]


def gates_passed(lab: "Lab", now: "LabProgress") -> int:
    """How many of the lab's gates passed when they were last checked; those skipped with credit count."""
    known = {check.id for check in lab.checks}
    return sum(result.is_passed for result in now.results if result.id in known)


def is_explained(now: "LabProgress") -> bool:
    """Whether the question after passing is answered."""
    return bool(now.explanation)


def after(labs: Sequence["Lab"], states: Mapping[int, str], current: int | None) -> "Lab | None":
    """The lab to go on with: the next one after the current that is not done, else the first one not done."""
    numbers = [lab.number for lab in labs]
    at = numbers.index(current) + 1 if current in numbers else 0
    for lab in [*labs[at:], *labs[:at]]:
        if states.get(lab.number, NEW) not in DONE:
            return lab
    return None


def unmet(lab: "Lab", labs: Sequence["Lab"], states: Mapping[int, str]) -> "list[Lab]":
    """The labs that should be done before this one, and are not."""
    return [one for one in labs if one.number in lab.requires and states.get(one.number, NEW) not in DONE]
