"""The gates of a lab after a check: what was asked of each against what happened, and where to look. Tier 2."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from rich.text import Text

from concur.report.labs.screen import BAD, CARE, GOOD, QUIET, Screen

if TYPE_CHECKING:
    from concur.labs.checking import Result
    from concur.labs.lab import Check, Lab

MOST_OUTPUT, MOST_DETAIL = 8, 24  # lines shown of what a learner's code printed, and of a gate's detail


class Look(NamedTuple):
    """A verdict's mark and colour, and what is said of it."""

    mark: str
    style: str
    word: str


LOOKS = {
    "passed": Look("✓", GOOD, "passed"),
    "failed": Look("✗", BAD, "failed"),
    "error": Look("✗", BAD, "your code raised an error"),
    "hung": Look("✗", BAD, "did not end in time"),
    "killed": Look("✗", BAD, "was ended by a limit"),
    "tampered": Look("✗", BAD, "your code changed what checks it"),
    "skipped": Look("–", CARE, "skipped, with credit"),
    "broken": Look("!", CARE, "the checker is broken, not your code"),
}


def look(verdict: str) -> Look:
    """How a verdict looks; one that is not known here looks like a failure, and is called by its name."""
    return LOOKS.get(verdict, Look("✗", BAD, verdict))


def show_gates(lab: "Lab", results: Sequence["Result"], screen: Screen, *, is_brief: bool = False) -> None:
    """All gates in the lab's order, then how many pass. Brief: one line for each, the first that fails in full."""
    by_id = {result.id: result for result in results}
    failing = [result for check in lab.checks if (result := by_id.get(check.id)) and not result.is_passed]
    full = failing[:1] if is_brief else failing
    told: set[tuple[str, str]] = set()
    for check in lab.checks:
        if result := by_id.get(check.id):
            _title(check, result, screen)
            if result in full or not (is_brief or result in failing):
                _rest(check, result, screen, is_told=(result.seen, result.detail) in told)
            told.add((result.seen, result.detail))
    screen.line(count_of(lab, results), "bold")


def count_of(lab: "Lab", results: Sequence["Result"]) -> str:
    """`2 of 4 gates pass, 3 of 7 points.`"""
    points = {check.id: check.points for check in lab.checks}
    passed = [result for result in results if result.is_passed]
    skipped = sum(result.verdict == "skipped" for result in results)
    credit = f" ({skipped} skipped, with credit)" if skipped else ""
    earned, of = sum(points.get(result.id, 0) for result in passed), sum(points.values())
    return f"{len(passed)} of {len(lab.checks)} gates pass{credit}, {earned} of {of} points."


def _title(check: "Check", result: "Result", screen: Screen) -> None:
    seen = look(result.verdict)
    title = Text(check.title, style="" if result.is_passed else "bold")
    title.append(f": {seen.word}" if screen.is_plain or result.verdict != "passed" else "", style=seen.style)
    screen.hanging(screen.mark(seen.mark, seen.style), title)


def _rest(check: "Check", result: "Result", screen: Screen, *, is_told: bool) -> None:
    """What was seen if it passed, else what was asked, what happened, and where to look. is_told: it stands above."""
    if result.verdict == "passed":
        _row(screen, "", result.seen, QUIET)
        return
    if result.verdict == "skipped":
        _row(screen, "because", result.seen or result.detail)
        return
    _row(screen, "asked", result.asked)
    _row(screen, "happened", f"{result.seen}{' (as above)' if is_told else ''}", look(result.verdict).style)
    if not is_told:
        _lines(result, screen)
    if result.verdict == "broken":
        _row(screen, "do", "Tell whoever wrote this lab; your work is not judged by it.")
    else:
        _row(screen, "help", check.help)


def _lines(result: "Result", screen: Screen) -> None:
    """The detail, and what her code printed."""
    indent = 4 if screen.is_plain else 12
    screen.block(result.detail, indent=indent, most=MOST_DETAIL)
    if result.output.strip():
        _row(screen, "printed", "")
        screen.block(result.output.strip("\n"), indent=indent, style=QUIET, most=MOST_OUTPUT)


def _row(screen: Screen, name: str, text: str, style: str = "") -> None:
    if not text and name != "printed":
        return
    lead = f"{name}: ".lstrip(": ") if screen.is_plain else f"{name:>10}  "
    screen.hanging(Text(lead, style=QUIET), Text(text, style=style))


def show_reasons(lab: "Lab", results: Sequence["Result"], screen: Screen) -> None:
    """After passing: why each gate proves what it proves."""
    passed = {result.id for result in results if result.verdict == "passed"}
    screen.heading("Why these gates")
    for check in lab.checks:
        if check.id in passed and check.rationale:
            screen.hanging(screen.mark("·", QUIET), f"{check.title}: {check.rationale}")


def show_verified(rows: Sequence[tuple["Lab", Sequence["Result"]]], screen: Screen) -> None:
    """A row a lab: how many gates pass, and which do not."""
    if not rows:
        screen.line("Nothing is begun yet. `concur labs start` begins.")
        return
    screen.table(
        ["lab", "title", "gates", "not passed"],
        [[str(lab.number), lab.title, _passed(lab, results), _failing(results)] for lab, results in rows],
    )
    whole = sum(all(result.is_passed for result in results) for _, results in rows)
    screen.line(f"{whole} of {len(rows)} begun {'lab passes' if len(rows) == 1 else 'labs pass'}.", "bold")


def _passed(lab: "Lab", results: Sequence["Result"]) -> Text:
    number = sum(result.is_passed for result in results)
    return Text(f"{number} of {len(lab.checks)}", style=GOOD if number == len(lab.checks) else BAD)


def _failing(results: Sequence["Result"]) -> str:
    failing = [result for result in results if not result.is_passed]
    return ", ".join(f"{one.id} ({look(one.verdict).word})" if one.verdict != "failed" else one.id for one in failing)
