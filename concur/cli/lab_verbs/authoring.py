"""`concur labs new` and `lint`, for authors: a lab to begin with, and whether labs keep their promises."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from concur.errors import UsageError

if TYPE_CHECKING:
    from concur.cli.lab_verbs.place import Place
    from concur.interpreters.describe import Interpreter
    from concur.labs.lab import Lab
    from concur.labs.linting import Linted

MOST_BUSY, MOST_TIMES = 64, 1000
ALL = "all"


def new(
    ctx: typer.Context,
    slug: Annotated[str, typer.Argument(help="Small letters, digits, hyphens: bounded-queue, or 08-bounded-queue.")],
) -> None:
    """Make a new lab in the course of --course: a small one that is whole, and passes lint."""
    from concur.labs.authoring import new_lab

    place: Place = ctx.obj
    folder = new_lab(place.own_course, slug)
    place.screen.hanging("made: ", place.screen.path(folder))
    place.screen.line("Change its files one by one; the README is the story, lab.toml what is asked and checked.")
    place.say(f"concur labs lint {folder.name}", "Every start fails, every solution passes, every wrong answer fails.")


def lint(
    ctx: typer.Context,
    labs: Annotated[list[str] | None, typer.Argument(metavar="[LAB]…", help="All of the course, without.")] = None,
    interpreters: Annotated[
        str | None,
        typer.Option(
            "-i", "--interpreters", metavar="A,B", help="Names, or `all`: one of each kind a lab must hold on."
        ),
    ] = None,
    busy: Annotated[int, typer.Option(metavar="N", help="So many processes compute meanwhile.")] = 0,
    times: Annotated[int, typer.Option(metavar="N", help="So often: the verdicts must be the same each time.")] = 1,
    verbose: Annotated[bool, typer.Option("--verbose", help="A row for each file, with each check's verdict.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, and nothing else.")] = False,
) -> None:
    """Check that labs keep their promises: start fails, solution passes, each wrong answer fails the gate it names.

    And that what is written is there: three hints, minutes, notes, a rationale and
    help for each gate. Exit status 1 if something is wrong.
    """
    from concur.labs.flaking import busy as burners
    from concur.report.labs.lint import show_lint

    place: Place = ctx.obj
    _refuse("--busy", busy, 0, MOST_BUSY)
    _refuse("--times", times, 1, MOST_TIMES)
    chosen = [place.course.lab(word) for word in labs] if labs else place.course.labs
    broken = [] if labs else place.course.broken
    with burners(busy):
        found = [
            (lab, python.short if python else "", several)
            for lab in chosen
            for python in _pythons(lab, interpreters)
            for several in [_lint(place, lab, python, times)]
        ]
    if as_json:
        place.print_json(_document(found))
    else:
        show_lint(found, [(one.name, str(one.error)) for one in broken], place.screen, is_verbose=verbose)
    if broken or any(one.problems for _, _, several in found for one in several):
        raise typer.Exit(1)


def _refuse(option: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise UsageError(f"{option} {value} makes no sense", do=f"Give {least} to {most}.")


def _pythons(lab: "Lab", names: str | None) -> "Sequence[Interpreter | None]":
    """Those to lint it on: None is the one that runs this."""
    from concur.interpreters.find import resolve_many
    from concur.labs.linting import interpreters_for, kind_of

    if names is None:
        return [None]
    if names == ALL:
        return interpreters_for(lab)
    return [one for one in resolve_many(names) if kind_of(one) in lab.runs_on]


def _lint(place: "Place", lab: "Lab", python: "Interpreter | None", times: int) -> "list[Linted]":
    """So often; where a verdict is another one than the first time, that is a problem of its own."""
    from concur.labs.flaking import with_flakes
    from concur.labs.linting import lint_rows

    on = f" on {python.short}" if python else ""
    found: list[Linted] = []
    with place.waiting(f"linting lab {lab.number}{on}", of=times * (2 + len(lab.wrong))) as tell:
        for _ in range(times):
            found.append(lint_rows(lab, python, on_row=lambda row: tell(row.file)))
    return [with_flakes(found[0], one) for one in found]


def _document(found: "Sequence[tuple[Lab, str, list[Linted]]]") -> object:
    return [
        {
            "lab": lab.number,
            "slug": lab.slug,
            "interpreter": python,
            "times": len(several),
            "problems": [problem._asdict() for one in several for problem in one.problems],
            "files": [row._asdict() for row in several[0].rows],
        }
        for lab, python, several in found
    ]
