"""A class on a terminal: who is where, which gates fail most, what was predicted, what time it took. Tier 2."""

from collections.abc import Sequence

from rich.text import Text

from concur.labs import steps
from concur.labs.roster import GateCount, Histogram, Learner, Minutes, Roster
from concur.report import figures
from concur.report.labs.screen import BAD, CARE, QUIET, Screen

MOST_GATES, BAR = 12, 20
MARKS = {steps.NEW: "·", steps.STARTED: "…", steps.PASSED: "✓", steps.GIVEN_UP: "–"}
MEANINGS = {steps.NEW: "to do", steps.STARTED: "begun", steps.PASSED: "passed", steps.GIVEN_UP: "given up"}


def show_class(roster: Roster, screen: Screen) -> None:
    """All of it, each part under its heading."""
    screen.line(f"{figures.counted(len(roster.learners), 'learner')}", "bold")
    if roster.learners:
        _learners(roster.learners, screen)
        _gates(roster.gates, screen)
        _predictions(roster.histograms, screen)
        _minutes(roster.minutes, screen)
    for source, why in roster.unread:
        screen.hanging(screen.mark("!", CARE), f"{source} was left out: {why}")


def _learners(learners: Sequence[Learner], screen: Screen) -> None:
    numbers = sorted({number for one in learners for number in one.states})
    if screen.is_plain:
        screen.table(["", "lab", "points", "labs"], [_said(one) for one in learners])
        return
    rows: list[list[str | Text]] = [
        [
            Text(one.name),
            str(one.current or ""),
            f"{one.points} of {one.points_of}",
            *(screen.safe(MARKS.get(one.states.get(number, ""), " ")) for number in numbers),
        ]
        for one in learners
    ]
    screen.table(["learner", "at", "points", *map(str, numbers)], rows, fold=0)
    screen.line("  ".join(f"{screen.safe(MARKS[state])} {MEANINGS[state]}" for state in MARKS), QUIET)


def _said(one: Learner) -> list[str]:
    states = "; ".join(f"{number} {MEANINGS.get(state, state)}" for number, state in one.states.items())
    return [one.name, str(one.current or "none"), f"{one.points} of {one.points_of}", states]


def _gates(gates: Sequence[GateCount], screen: Screen) -> None:
    screen.heading("Gates that fail most")
    if not gates:
        screen.line("None fails.")
        return
    rows: list[list[str | Text]] = [
        [str(one.number), Text(f"{one.failing} of {one.tried}", style=BAD), one.title] for one in gates[:MOST_GATES]
    ]
    screen.table(["lab", "failing", "gate"], rows)


def _predictions(histograms: Sequence[Histogram], screen: Screen) -> None:
    if histograms:
        screen.heading("What was predicted")
    for one in histograms:
        close = f" ({one.close} of {one.compared} close to what they measured)" if one.compared else ""
        screen.hanging(Text(f"{one.number:>2}  " if not screen.is_plain else f"Lab {one.number}: "), one.ask + close)
        most, wide = max(count for _, count in one.bars), max(len(name) for name, _ in one.bars)
        wide = min(wide, screen.width - BAR - 12)
        for name, count in one.bars:
            bar = screen.bar(count / most, max(1, round(BAR * count / most)), style="cyan")
            lead = f"{name}: " if screen.is_plain else f"    {_shortened(name, wide):>{wide}}  "
            screen.hanging(lead, bar + Text(f" {count}" if len(bar) else str(count)))


def _shortened(name: str, width: int) -> str:
    return name if len(name) <= width else name[: width - 1] + "…"


def _minutes(rows: Sequence[Minutes], screen: Screen) -> None:
    finished = [one for one in rows if one.finished]
    if not finished:
        return
    screen.heading("Minutes, recorded and planned")
    screen.table(
        ["lab", "planned", "median", "most", "passed by", "title"],
        [
            [str(one.number), str(one.planned), _whole(one.median), _whole(one.most), str(one.finished), one.lab]
            for one in finished
        ],
    )


def _whole(value: float | None) -> str:
    return "" if value is None else f"{value:.0f}"
