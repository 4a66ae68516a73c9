"""`concur slides`: the talk. Its sub-verbs build it, list it, draw its figures, and present it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from concur.cli import console

if TYPE_CHECKING:
    from rich.table import Table

    from concur.slides.deck import Deck, Problem

group = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="The talk: 200 minutes, with this machine's own figures.",
)
Decks = Annotated[list[str] | None, typer.Argument(metavar="[DECK]…", help="Decks by name or number; all without one.")]
Folder = Annotated[
    Path | None, typer.Option("--folder", metavar="DIR", help="Another folder of decks than concur's own.")
]


@group.command("list")
def list_slides(
    decks: Decks = None,
    folder: Folder = None,
    is_short: Annotated[bool, typer.Option("--short", help="Topics alone, without their slides.")] = False,
) -> None:
    """The table of contents with minutes; what is wrong with the decks, if anything is."""
    shown, found = _read(decks, folder)
    for deck in shown:
        console.results().print(_contents(deck, is_short=is_short))
    total = sum(slide.minutes for deck in shown for slide in deck.slides)
    console.results().print(f"\n{sum(len(deck.slides) for deck in shown)} slides, {total:g} minutes")
    if found:
        _complain(found)
        raise typer.Exit(1)


@group.command("build")
def build_slides(
    decks: Decks = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="DIR", help="Where to; .concur/slides without it.")
    ] = None,
    folder: Folder = None,
    has_pdf: Annotated[bool, typer.Option("--pdf/--no-pdf", help="As PDF too, where there is Chromium.")] = False,
    is_draft: Annotated[bool, typer.Option("--draft", help="In spite of what is wrong, which is said.")] = False,
) -> None:
    """Build the slides: an HTML file for each deck, to be shown without a network."""
    from concur.slides import build, pdf

    shown, found = _read(decks, folder)
    if found:
        _complain(found)
        if not is_draft:
            raise typer.Exit(2)
    place = output or build.OUTPUT
    for path in build.write(shown, build.pictures_of(folder or build.OURS), place, is_draft=is_draft):
        console.results().print(str(path), soft_wrap=True)
    if has_pdf:
        chromium = pdf.chromium()
        for deck in shown:
            made = pdf.write(chromium, place / f"{deck.name}.html", place / f"{deck.name}.pdf")
            console.results().print(str(made), soft_wrap=True)


def _read(decks: Sequence[str] | None, folder: Path | None) -> tuple[list["Deck"], list["Problem"]]:
    """The decks asked for, and what is wrong with them."""
    from concur.slides import build

    place = folder or build.OURS
    shown = build.decks_in(place, decks or ())
    return shown, build.problems(shown, place, is_whole=not decks)


def _complain(problems: Sequence["Problem"]) -> None:
    said = console.messages()
    for one in problems:
        said.print(f"concur: {one}", style="yellow", soft_wrap=True)
    said.print(f"concur: {len(problems)} problem{'s' * (len(problems) != 1)} in the decks", style="red")


def _contents(deck: "Deck", *, is_short: bool) -> "Table":
    """A deck's topics, each with its slides."""
    from rich import box
    from rich.table import Table

    from concur.slides.schedule import minutes_by_topic

    table = Table(box=box.SIMPLE_HEAD, title=f"{deck.name}: {deck.title}", title_justify="left", title_style="bold")
    table.add_column("topic, slide", overflow="fold")
    table.add_column("min", justify="right")
    for topic, minutes in minutes_by_topic(deck).items():
        table.add_row(topic or "no topic", f"{minutes:g}", style="bold")
        for slide in [] if is_short else [one for one in deck.slides if one.topic == topic]:
            table.add_row(f"  {slide.number:>2}  {slide.title}", f"{slide.minutes:g}")
    table.add_section()
    table.add_row("together", f"{sum(slide.minutes for slide in deck.slides):g}")
    return table


@group.command("figures")
def draw_figures(
    names: Annotated[list[str] | None, typer.Argument(metavar="[FIGURE]…", help="By name; all without one.")] = None,
    is_run: Annotated[bool, typer.Option("--run", help="Measure first what was not measured here.")] = False,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="DIR", help="Where to; .concur/slides/figures without it.")
    ] = None,
    source: Annotated[
        Path | None, typer.Option("--results", metavar="DIR", help="Results to draw from; .concur/results without it.")
    ] = None,
    folder: Folder = None,
) -> None:
    """Draw this machine's own figures from its newest results; the slides take them in place of the committed ones."""
    from concur.bench.saving import RESULTS
    from concur.slides import build, figures, measuring
    from concur.slides.pictures import OWN

    known = figures.chosen(figures.catalogue(folder or build.OURS), names or ())
    place = source or RESULTS
    drawn = [figures.draw(name, one, place, output or OWN) for name, one in known.items()]
    if is_run and (absent := [one.name for one in drawn if one.why]):
        measuring.measure([known[name] for name in absent], place, said=console.messages().print)
        drawn = [figures.draw(name, one, place, output or OWN) for name, one in known.items()]
    for one in drawn:
        console.results().print(f"{one.name}: {one.run or one.why}", soft_wrap=True)
    if commands := list(dict.fromkeys(one.command for one in drawn if one.why)):
        console.messages().print("concur: committed figures stand in for the others. What measures them is --run, or:")
        for command in commands:
            console.messages().print(f"  {command}", soft_wrap=True)


@group.command("present")
def present_slides(
    decks: Decks = None,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="On loopback; 0 takes one that is free.")] = 0,
    folder: Folder = None,
    is_opened: Annotated[bool, typer.Option("--open", help="Show it in a browser, if there is one.")] = False,
) -> None:
    """Present: slides on loopback, whose blocks run in real processes, with counters beside them.

    S opens the presenter view, R runs a slide's block, D turns light into dark. Only
    blocks of the decks can be run, and only by who has the address that is printed.
    """
    from concur.slides import build
    from concur.slides.present.server import presenter

    shown, found = _read(decks, folder)
    if found:
        _complain(found)
        raise typer.Exit(2)
    with presenter(shown, build.pictures_of(folder or build.OURS), port) as server:
        try:
            _announce(server.gate.url + (f"{shown[0].name}.html" if len(shown) == 1 else ""), is_opened=is_opened)
            server.serve_forever()
        except KeyboardInterrupt:
            console.messages().print("concur: ended")


def _announce(url: str, *, is_opened: bool) -> None:
    console.results().print(url, soft_wrap=True)
    console.messages().print("S: presenter view; R: run the block; D: light or dark; Ctrl-C ends it.", style="dim")
    if is_opened:
        _show(url)


def _show(url: str) -> None:
    import webbrowser

    from concur.cli import pages

    if not (pages.has_display() and webbrowser.open(url)):
        console.messages().print("concur: no browser could be started: open the address in one", style="yellow")
