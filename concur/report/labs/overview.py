"""Where the learner is: the labs with their states and minutes, and the one next command. Tier 2."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.text import Text

from concur.labs import steps
from concur.report import figures
from concur.report.labs.screen import CARE, GOOD, QUIET, Screen

if TYPE_CHECKING:
    from pathlib import Path

    from concur.labs.course import Course
    from concur.labs.lab import Lab
    from concur.labs.progress import LabProgress
    from concur.labs.steps import Step

    States = dict[int, LabProgress]

WORDS = {steps.NEW: "to do", steps.STARTED: "begun", steps.PASSED: "passed", steps.GIVEN_UP: "given up"}
STYLES = {steps.NEW: QUIET, steps.STARTED: CARE, steps.PASSED: GOOD, steps.GIVEN_UP: QUIET}
SUMMARY_FROM = 120  # columns from which on a lab's summary has room


def show_overview(course: "Course", states: "States", current: "Lab | None", screen: Screen) -> None:
    """The course's title, how much of it is done, and its labs."""
    screen.line(course.title, "bold")
    screen.line(_done(course.labs, states, screen))
    screen.console.print()
    show_list(course, states, current, screen)


def _done(labs: Sequence["Lab"], states: "States", screen: Screen) -> Text:
    done = [lab for lab in labs if states[lab.number].state in steps.DONE]
    minutes, of = sum(lab.minutes.total for lab in done), sum(lab.minutes.total for lab in labs)
    told = Text(f"{len(done)} of {figures.counted(len(labs), 'lab')} done, {minutes} of {of} minutes planned")
    if screen.is_plain:
        return told
    return screen.bar(minutes / of if of else 0.0) + Text("  ") + told


def show_list(course: "Course", states: "States", current: "Lab | None", screen: Screen) -> None:
    """A row a lab; where the terminal is wide, with its summary; then those that cannot be read."""
    is_wide = screen.console.width >= SUMMARY_FROM
    head = ["lab", "title", "state", "gates", "minutes", *(["about"] if is_wide else [])]
    rows = [_row(lab, states[lab.number], lab is current, is_wide, screen) for lab in course.labs]
    screen.table(head, rows, fold=-1 if is_wide else 1)
    for broken in course.broken:
        screen.hanging(screen.mark("!", CARE), str(broken.error))


def _row(lab: "Lab", now: "LabProgress", is_current: bool, is_wide: bool, screen: Screen) -> list[str | Text]:
    here = "›" if is_current and not screen.is_plain else ""
    state = WORDS.get(now.state, now.state) + (", you are here" if is_current and screen.is_plain else "")
    return [
        f"{screen.safe(here) if here else ' '}{lab.number:>2}" if not screen.is_plain else str(lab.number),
        Text(lab.title, style="bold" if is_current else ""),
        Text(state, style=STYLES.get(now.state, "")),
        f"{steps.gates_passed(lab, now)} of {len(lab.checks)}" if now.results else "",
        minutes(lab, now),
        *([lab.summary] if is_wide else []),
    ]


def minutes(lab: "Lab", now: "LabProgress") -> str:
    """`12 of 20`, or `20` before it is begun: spent of planned."""
    spent = f"{now.minutes_spent:.0f} of " if now.state != steps.NEW else ""
    return f"{spent}{lab.minutes.total}"


def show_next(step: "Step", screen: Screen) -> None:
    """The one next command, and why that one."""
    screen.console.print()
    screen.hanging(Text("Next: ", style="bold"), Text(step.command, style="bold"))
    screen.hanging("" if screen.is_plain else "      ", step.why, QUIET)


def show_welcome(course: "Course", screen: Screen) -> None:
    """For who has not begun."""
    labs = course.labs
    about = sum(lab.minutes.total for lab in labs)
    screen.line(course.title, "bold")
    if course.summary:
        screen.line(course.summary)
    screen.console.print()
    screen.line(
        f"{figures.counted(len(labs), 'lab')}, about {about} minutes. In each you say what you expect, run it, see "
        "your own machine's counters beside that, and change a program until its gates pass."
    )
    screen.line("Your files will be in a folder here, ./concur-labs; nothing else is touched, and nothing leaves it.")


def show_beginning(lab: "Lab", work: "Path", unmet: "Sequence[Lab]", screen: Screen) -> None:
    """What a lab is about, and where its files are."""
    screen.line(f"Lab {lab.number}, {lab.title}", "bold")
    screen.line(lab.summary)
    screen.line(f"{lab.minutes.total} minutes: {lab.minutes.teach} to read, {lab.minutes.do} to do.")
    if unmet:
        names = ", ".join(f"{one.number} ({one.title})" for one in unmet)
        screen.hanging(screen.mark("!", CARE), f"It builds on lab {names}, which you have not done yet.")
    screen.console.print()
    for lead, path in (("the story   ", work.parent / "README.md"), ("your file   ", work)):
        screen.hanging(lead if not screen.is_plain else f"{lead.strip()}: ", screen.path(path))
