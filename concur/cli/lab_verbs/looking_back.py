"""`concur labs log` and `export`: what was predicted, measured and explained so far."""

import getpass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from concur.labs import steps

if TYPE_CHECKING:
    from concur.cli.lab_verbs.place import Place
    from concur.labs.exporting import Exported


def log(
    ctx: typer.Context,
    lab: Annotated[str | None, typer.Argument(metavar="[LAB]", help="One lab alone.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, and nothing else.")] = False,
) -> None:
    """Show your predictions against what was measured, how far they were, and what you explained."""
    from concur.report.labs.beside import show_log

    place: Place = ctx.obj
    place.need_folder()
    progress = place.peek()
    labs = [place.course.lab(lab)] if lab else place.course.labs
    begun = [(one, progress.of(one)) for one in labs if progress.of(one).state != steps.NEW]
    if as_json:
        numbers = [one.number for one, _ in begun]
        exported = _export(place, "", {})
        place.print_json([one for one in exported.labs if one.number in numbers])
    elif begun:
        show_log(begun, place.screen)
    else:
        place.screen.line("Nothing is begun yet. `concur labs start` begins.")


def export(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, which is the one format.")] = True,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="Your name there [default: your login].")] = None,
) -> None:
    """Print where you are as one JSON document for your teacher: states, checks, predictions, minutes, the machine.

    None of your code is in it.
    """
    from concur.bench.machine import describe

    place: Place = ctx.obj
    place.need_folder()
    place.print_json(_export(place, name or login(), describe()))


def _export(place: "Place", learner: str, machine: dict[str, Any]) -> "Exported":
    from concur.labs.exporting import export

    moment = datetime.now(UTC).isoformat(timespec="seconds")
    return export(place.course, place.peek(), learner=learner, exported_at=moment, machine=machine)


def login() -> str:
    """Who is logged in; `learner` where the system has no name for it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):
        return "learner"
