"""Going through the course: where one is, `list`, `start`, `next` and `reset`."""

import os
import shlex
import subprocess
from typing import TYPE_CHECKING, Annotated

import typer

from concur.errors import MachineError, UsageError
from concur.labs import steps

if TYPE_CHECKING:
    from pathlib import Path

    from concur.cli.lab_verbs.place import Place
    from concur.labs.lab import Lab


def greet(place: "Place") -> None:
    """Where one is, and the one next command."""
    from concur.report.labs.overview import show_overview, show_welcome

    if not place.folder.is_there:
        show_welcome(place.course, place.screen)
        place.say("concur labs start", "Begins the first lab.")
        return
    current = place.current()
    show_overview(place.course, place.states(), current, place.screen)
    if current is None:
        place.say("concur labs next", "Begins the first lab.")
    else:
        place.say_next(current)


def list_labs(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, and nothing else.")] = False,
) -> None:
    """List the labs of the course: state, gates that pass, minutes spent of those planned."""
    from concur.report.labs.overview import show_list

    place: Place = ctx.obj
    states, current = place.states(), place.current()
    if not as_json:
        show_list(place.course, states, current, place.screen)
        return
    place.print_json(
        [
            {
                "number": lab.number,
                "slug": lab.slug,
                "title": lab.title,
                "summary": lab.summary,
                "state": states[lab.number].state,
                "is_current": lab is current,
                "minutes_planned": lab.minutes.total,
                "minutes_spent": states[lab.number].minutes_spent,
                "gates": len(lab.checks),
                "gates_passed": steps.gates_passed(lab, states[lab.number]),
            }
            for lab in place.course.labs
        ]
    )


Edit = Annotated[bool, typer.Option("--edit", help="Open work.py in $EDITOR.")]


def start(
    ctx: typer.Context,
    lab: Annotated[
        str | None, typer.Argument(metavar="[LAB]", help="Its number or name; the next one, without.")
    ] = None,
    edit: Edit = False,
) -> None:
    """Begin a lab, or go back to one: its files are copied into your folder, and it is the one you are at."""
    place: Place = ctx.obj
    chosen = place.course.lab(lab) if lab else _following(place, after_current=False)
    begin(place, chosen, edit=edit)


def next_lab(ctx: typer.Context, edit: Edit = False) -> None:
    """Go on to the next lab that is not done. The one you are at may stay unfinished: you can come back to it."""
    place: Place = ctx.obj
    begin(place, _following(place, after_current=True), edit=edit)


def _following(place: "Place", *, after_current: bool) -> "Lab":
    """The lab to go on with. Raises UsageError once all are done, and where there is none."""
    if not place.course.labs:
        name, error = place.course.broken[0]
        raise UsageError(f"no lab of {place.course.title} can be read", why=f"{name}: {error}")
    states = {number: now.state for number, now in place.states().items()}
    current = place.current()
    if current and not after_current and states[current.number] not in steps.DONE:
        return current
    found = steps.after(place.course.labs, states, current.number if current else None)
    if found is None:
        raise UsageError("all labs are done", do="`concur labs log` looks back; `concur labs start N` returns to one.")
    return found


def begin(place: "Place", lab: "Lab", *, edit: bool = False) -> None:
    """Copy its files, unless they are there, make it the current one, and say what it is about."""
    from concur.report.labs.overview import show_beginning

    states = {number: now.state for number, now in place.states().items()}
    with place.progress() as progress:
        place.folder.begin(lab)
        progress.begin(lab)
        progress.save()
    unmet = steps.unmet(lab, place.course.labs, states)
    show_beginning(lab, place.folder.work(lab), unmet, place.screen)
    if editor() and not edit:
        place.screen.line(f"`concur labs start {lab.number} --edit` opens it in your editor.", "dim")
    place.say_next(lab)
    if edit:
        open_in_editor(place.work(lab))


def editor() -> str:
    """What the learner edits with; empty where that is not set."""
    return os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""


def open_in_editor(path: "Path") -> None:
    """Open a file in $VISUAL or $EDITOR, and wait until that ends. Raises MachineError where there is none."""
    if not (command := editor()):
        raise MachineError("no editor is set", do=f"Set EDITOR, or open {path} yourself.")
    try:
        status = subprocess.run([*shlex.split(command), str(path)], check=False).returncode
    except (OSError, ValueError) as error:
        raise MachineError(f"{command} cannot be started", why=str(error), do=f"Open {path} yourself.") from None
    if status:
        raise MachineError(f"{command} ended with status {status}", do=f"Open {path} yourself.")


def reset(
    ctx: typer.Context,
    lab: Annotated[str | None, typer.Argument(metavar="[LAB]", help="The lab you are at, without it.")] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Begin work.py anew as the lab has it. What you wrote is kept aside; predictions and hints stay recorded."""
    from concur.cli.lab_verbs import asking

    place: Place = ctx.obj
    chosen = place.begun(lab)
    question = f"Begin work.py of lab {chosen.number} anew? Yours is kept aside."
    if not yes and asking.is_possible() and not asking.yes(question, asking.screen(is_plain=place.is_plain)):
        place.screen.line("Nothing was changed.")
        return
    with place.progress():
        aside = place.need_folder().reset(chosen)
    if aside:
        place.screen.hanging("kept aside: ", place.screen.path(aside))
    place.say_next(chosen)
