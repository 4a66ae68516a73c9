"""`concur labs explore`: a file's threads by all schedules, or by one, with the lanes of what went wrong."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from concur.errors import MachineError, UsageError, unknown

if TYPE_CHECKING:
    from concur.cli.lab_verbs.place import Place
    from concur.labs.gates.outcome import Exploration, Replay

WHERE = ("operations", "opcodes", "eval-breaker")
MOST_PREEMPTIONS, MOST_RUNS = 10, 1_000_000


def explore(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(help="Has `threads = (f, g)`, and a `verdict()` that says what is wrong.")],
    threads: Annotated[str, typer.Option(metavar="F,G", help="Functions to run as threads A, B …")] = "",
    preemptions: Annotated[int, typer.Option(metavar="N", help="At most so many in a schedule.")] = 2,
    runs: Annotated[int, typer.Option(metavar="N", help="At most so many schedules.")] = 2000,
    at: Annotated[str, typer.Option(metavar="WHERE", help="Switch at: operations, opcodes, or eval-breaker.")] = WHERE[
        0
    ],
    schedule: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Run this one alone: 'A load count, B end', or 'A12 B7'.")
    ] = None,
    svg: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw the lanes there, too.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, and nothing else.")] = False,
) -> None:
    """Run a file's threads by all schedules with a bounded number of preemptions, and draw the first that goes wrong.

    The file is run in this process, once for each schedule. Exit status 1 if something is wrong.
    """
    place: Place = ctx.obj
    _refuse("--preemptions", preemptions, 0, MOST_PREEMPTIONS)
    _refuse("--runs", runs, 1, MOST_RUNS)
    if at not in WHERE:
        raise unknown("place to switch at", at, WHERE)
    replay, exploration = _carry_out(place, file, threads, preemptions, runs, at, schedule)
    if svg and replay:
        _draw(replay, svg)
    if as_json:
        place.print_json(_document(replay, exploration))
    else:
        _show(place, replay, exploration, svg)
    if replay and replay.what:
        raise typer.Exit(1)


def _refuse(option: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise UsageError(f"{option} cannot be {value:,}", do=f"Give {least:,} to {most:,}.")


def _carry_out(
    place: "Place", file: Path, threads: str, preemptions: int, runs: int, where: Any, schedule: str | None
) -> "tuple[Replay | None, Exploration | None]":
    """The run asked for, or all of them and the first that goes wrong."""
    from concur.labs.exploring import explore_file, replay_file

    try:
        if schedule is not None:
            return replay_file(file, schedule, threads=threads), None
        with place.waiting(f"exploring the schedules of {file.name}"):
            found = explore_file(file, threads=threads, preemptions=preemptions, most_runs=runs, where=where)
    except SystemExit as error:
        raise UsageError(f"{file.name} cannot be explored", why=f"it exits ({error.code}) when it is run") from None
    return (found.found[0] if found.found else None), found


def _draw(replay: "Replay", path: Path) -> None:
    from concur.labs.gates.lanes import draw_svg

    try:
        path.write_text(draw_svg(replay), encoding="utf-8")
    except OSError as error:
        raise MachineError(f"{path} cannot be written", why=error.strerror or str(error), do="Name another.") from None


def _show(place: "Place", replay: "Replay | None", exploration: "Exploration | None", svg: Path | None) -> None:
    from concur.labs.gates.lanes import draw, tell

    screen = place.screen
    if replay and place.is_plain:
        for sentence in tell(replay):
            screen.line(sentence)
    elif replay:
        screen.block(draw(replay, min(screen.console.width, 120)), indent=0)
    if exploration:
        screen.line(f"{str(exploration)[:1].upper()}{str(exploration)[1:]}.", "bold")
    if replay and svg:
        screen.hanging("drawn: ", screen.path(svg))


def _document(replay: "Replay | None", exploration: "Exploration | None") -> dict[str, Any]:
    found: dict[str, Any] = {}
    if exploration:
        found = {
            "runs": exploration.runs,
            "preemptions": exploration.preemptions,
            "is_complete": exploration.is_complete,
            "interleavings": exploration.interleavings,
            "wrong": [str(one.what) for one in exploration.found],
        }
    if replay:
        found |= {"what": replay.what, "schedule": str(replay.schedule), "by_operation": str(replay.by_operation)}
    return found
