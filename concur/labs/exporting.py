"""What a learner hands to a teacher: one JSON document of where she is, with the names that scripts rely on. Tier 1.

`concur labs export --json` writes it, `roster.py` reads it. No source code of hers
is in it. What must not live here: how it is shown.
"""

from typing import TYPE_CHECKING, Any

import msgspec

from concur.errors import UsageError
from concur.labs import predicting

if TYPE_CHECKING:
    from concur.labs.course import Course
    from concur.labs.lab import Check, Lab
    from concur.labs.progress import LabProgress, Progress

VERSION = 1


class ExportedCheck(msgspec.Struct, frozen=True, kw_only=True):
    """One check: passed is None where it was not run, or was skipped for what the machine lacks (then `reason`)."""

    id: str
    title: str
    kind: str
    points: int
    passed: bool | None
    verdict: str | None
    reason: str
    rationale: str
    help: str


class ExportedPrediction(msgspec.Struct, frozen=True, kw_only=True):
    """What was predicted and measured; ratio, swaps and is_close as in `predicting.Compared`."""

    id: str
    ask: str
    kind: str
    unit: str
    predicted: predicting.Answer | None
    measured: predicting.Answer | None
    ratio: float | None
    swaps: int | None
    is_close: bool | None


class ExportedLab(msgspec.Struct, frozen=True, kw_only=True):
    """One lab: points of the checks that passed or were skipped with credit, of all; minutes spent and planned."""

    number: int
    slug: str
    title: str
    state: str
    attempts: int
    hints_shown: int
    solution_shown: bool
    points: int
    points_of: int
    minutes_spent: float
    minutes_planned: int
    began: str | None
    passed_at: str | None
    checks: list[ExportedCheck]
    predictions: list[ExportedPrediction]
    explanation: Any


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """All of a learner's labs of one course."""

    version: int
    learner: str
    course: str
    exported_at: str
    current: int | None
    machine: dict[str, Any]
    labs: list[ExportedLab]


def export(
    course: "Course", progress: "Progress", *, learner: str, exported_at: str, machine: dict[str, Any]
) -> Exported:
    """The document; exported_at is a time in ISO 8601, machine is what `bench.machine.describe` says, or empty."""
    return Exported(
        version=VERSION,
        learner=learner,
        course=course.title,
        exported_at=exported_at,
        current=progress.current,
        machine=machine,
        labs=[_lab(lab, progress.of(lab)) for lab in course.labs],
    )


def _lab(lab: "Lab", now: "LabProgress") -> ExportedLab:
    results = {result.id: result for result in now.results}
    earned = sum(one.points for one in lab.checks if one.id in results and results[one.id].is_passed)
    return ExportedLab(
        number=lab.number,
        slug=lab.slug,
        title=lab.title,
        state=now.state,
        attempts=now.attempts,
        hints_shown=now.hints_shown,
        solution_shown=bool(now.solution_shown),
        points=earned,
        points_of=sum(one.points for one in lab.checks),
        minutes_spent=round(now.minutes_spent, 1),
        minutes_planned=lab.minutes.teach + lab.minutes.do,
        began=_moment(now.began),
        passed_at=_moment(now.passed_at),
        checks=[_check(one, results.get(one.id)) for one in lab.checks],
        predictions=_predictions(lab, now),
        explanation=msgspec.to_builtins(now.explanation) or None,
    )


def _moment(value: Any) -> str | None:
    return str(msgspec.to_builtins(value)) if value else None


def _check(check: "Check", result: Any) -> ExportedCheck:
    verdict = result.verdict if result else None
    return ExportedCheck(
        id=check.id,
        title=check.title,
        kind=check.kind,
        points=check.points,
        passed=None if verdict in (None, "skipped", "broken") else verdict == "passed",
        verdict=verdict,
        reason="" if verdict in (None, "passed") else result.seen,
        rationale=check.rationale,
        help=check.help,
    )


def _predictions(lab: "Lab", now: "LabProgress") -> list[ExportedPrediction]:
    found = []
    for one in lab.predictions:
        compared = predicting.compare(one, now.predictions.get(one.id), now.measured)
        found.append(
            ExportedPrediction(
                id=one.id,
                ask=one.ask,
                kind=one.kind,
                unit=one.unit,
                predicted=compared.predicted,
                measured=compared.measured,
                ratio=compared.ratio,
                swaps=compared.swaps,
                is_close=compared.is_close,
            )
        )
    return found


def read(content: bytes) -> Exported:
    """The document of these bytes. Raises UsageError for what is none, or of a newer version."""
    try:
        found = msgspec.json.decode(content, type=Exported)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError("it is no export of `concur labs`", why=str(error)) from None
    if found.version > VERSION:
        raise UsageError(
            f"it is of version {found.version}", why=f"this concur reads up to {VERSION}", do="Bring concur up to date."
        )
    return found
