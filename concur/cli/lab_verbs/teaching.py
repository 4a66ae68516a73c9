"""`concur labs schedule` and `class`: a session planned, and a class as it is."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from concur.errors import UsageError

if TYPE_CHECKING:
    from concur.cli.lab_verbs.place import Place
    from concur.labs.exporting import Exported

CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
MOST_MINUTES = 1440


def schedule(
    ctx: typer.Context,
    minutes: Annotated[int, typer.Option(metavar="N", help="Of the session, breaks included.")] = 180,
    at: Annotated[str | None, typer.Option(metavar="H:MM", help="When it begins: times are by the clock.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, and nothing else.")] = False,
) -> None:
    """Plan a session: the course's cut first, minutes to teach and to do, a break before 50 minutes are over."""
    from concur.labs import teaching
    from concur.report.labs.session import show_session

    place: Place = ctx.obj
    if minutes > MOST_MINUTES:
        raise UsageError(f"{minutes} minutes are more than a day", do="Plan each day on its own.")
    begins = None if at is None else _minute(at)
    course = place.course
    planned = teaching.schedule(course.labs, minutes, cut=course.cut, shown=course.shown)
    if as_json:
        place.print_json(planned)
    else:
        show_session(planned, place.screen, begins=begins)


def _minute(text: str) -> int:
    found = CLOCK.fullmatch(text)
    if not found:
        raise UsageError(f"'{text}' is no time of day", do="Give hours and minutes, such as 9:00 or 13:30.")
    return int(found[1]) * 60 + int(found[2])


def show_class(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Of exports (*.json), or of learners' own folders.")],
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, and nothing else.")] = False,
) -> None:
    """Show who is where, which gates fail most, what was predicted, and recorded minutes against planned ones."""
    from concur.labs import roster
    from concur.report.labs.classroom import show_class as show

    place: Place = ctx.obj
    found = roster.read_class(folder, lambda path: _export(place, path))
    if as_json:
        place.print_json(found)
    else:
        show(found, place.screen)
    if found.unread:
        raise typer.Exit(1)


def _export(place: "Place", folder: Path) -> "Exported":
    """A learner's own folder, which is only read, as an export; she is called as the folder is, or the one it is in."""
    from concur.labs.exporting import export
    from concur.labs.folder import NAME, LearnersFolder
    from concur.labs.progress import read_progress

    name = folder.resolve().parent.name if folder.name == NAME else folder.name
    progress = read_progress(LearnersFolder(folder))
    if progress.notes:
        raise UsageError("its progress is broken", why=progress.notes[0])
    return export(place.course, progress, learner=name, exported_at="", machine={})
