"""`concur labs hint` and `solution`: help in steps, each of which is recorded."""

from typing import TYPE_CHECKING, Annotated

import typer

from concur.errors import UsageError
from concur.labs import steps

if TYPE_CHECKING:
    from concur.cli.lab_verbs.place import Place
    from concur.labs.lab import Lab


def hint(
    ctx: typer.Context,
    lab: Annotated[str | None, typer.Argument(metavar="[LAB]", help="The lab you are at, without it.")] = None,
    again: Annotated[bool, typer.Option("--again", help="Show those that were shown, and no further one.")] = False,
) -> None:
    """Show the next hint: where to look, then which idea, then almost the code. How many you took is recorded."""
    place: Place = ctx.obj
    chosen = place.begun(lab)
    hints = chosen.hints
    if not hints:
        raise UsageError(f"lab {chosen.number} has no hints", do="`concur labs check` says what is asked.")
    with place.progress() as progress:
        now = progress.of(chosen)
        before = min(now.hints_shown, len(hints))
        shown = before if again else min(before + 1, len(hints))
        now.hints_shown = shown
        progress.save()
    if not shown:
        raise UsageError("no hint has been shown yet", do="`concur labs hint` shows the first.")
    for number in range(1 if again or before == shown else shown, shown + 1):
        _show(place, hints[number - 1].title, hints[number - 1].text, f"hint {number} of {len(hints)}")
    place.screen.console.print()
    if shown < len(hints):
        place.screen.line("`concur labs hint` shows the next one.", "dim")
    else:
        place.screen.line("That was the last one. `concur labs solution --give-up` shows a solution.", "dim")


def _show(place: "Place", title: str, text: str, count: str) -> None:
    place.screen.heading(f"{title} ({count})")
    show_markdown(place, text)


def show_markdown(place: "Place", text: str) -> None:
    """Prose is wrapped, code is left as it is."""
    is_code = False
    for paragraph in text.split("\n\n"):
        fences = paragraph.count("```")
        if is_code or fences or paragraph.startswith("    "):
            lines = [line for line in paragraph.splitlines() if not line.startswith("```")]
            place.screen.block("\n".join(lines), indent=0 if paragraph.startswith("    ") else 4)
        else:
            for item in _items(paragraph):
                place.screen.line(item)
        is_code ^= fences % 2 == 1


def _items(paragraph: str) -> list[str]:
    """A paragraph as one line, or a list as one for each item."""
    items: list[str] = []
    for line in paragraph.splitlines():
        if items and not line.lstrip().startswith(("- ", "* ", "1", "2", "3", "4", "5", "6", "7", "8", "9")):
            items[-1] += f" {line.strip()}"
        else:
            items.append(line)
    return items


def solution(
    ctx: typer.Context,
    lab: Annotated[str | None, typer.Argument(metavar="[LAB]", help="The lab you are at, without it.")] = None,
    give_up: Annotated[bool, typer.Option("--give-up", help="Before passing; it is recorded.")] = False,
) -> None:
    """Show one way that passes: after passing, or with --give-up, which is recorded."""
    place: Place = ctx.obj
    chosen = place.begun(lab)
    now = place.of(chosen)
    _refuse(chosen, steps.unpredicted(chosen, now), is_done=now.state in steps.DONE, gives_up=give_up)
    text = place.source(chosen.solution)
    with place.progress() as progress:
        kept = progress.of(chosen)
        kept.solution_shown = True
        if kept.state not in steps.DONE:
            kept.state = steps.GIVEN_UP
        progress.save()
    place.screen.hanging("", place.screen.path(chosen.solution))
    place.screen.console.print()
    place.screen.block(text, indent=0)
    place.say_next(chosen)


def _refuse(lab: "Lab", missing: list[str], *, is_done: bool, gives_up: bool) -> None:
    if missing:
        raise UsageError(
            f"lab {lab.number} has {len(missing)} predictions to be made",
            why="once you have seen the solution, they teach nothing",
            do="`concur labs predict` asks for them.",
        )
    if not (is_done or gives_up):
        raise UsageError(
            f"lab {lab.number} is not passed yet",
            do="`concur labs hint` helps; `concur labs solution --give-up` shows it all the same, and is recorded.",
        )
