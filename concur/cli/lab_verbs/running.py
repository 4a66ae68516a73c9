"""`concur labs run`: the learner's program, the counters beside her predictions, and their picture."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from pathlib import Path

    from concur.cli.lab_verbs.place import Place
    from concur.labs.evidence import Measured
    from concur.labs.lab import Lab

ANSWER = "explain"  # the key under which the evidence's own answer to the last question is kept
MOST_LINES = 30  # of what the program printed


def run(
    ctx: typer.Context,
    lab: Annotated[str | None, typer.Argument(metavar="[LAB]", help="The lab you are at, without it.")] = None,
    no_program: Annotated[bool, typer.Option("--no-program", help="Measure alone, without running work.py.")] = False,
    no_plot: Annotated[bool, typer.Option("--no-plot", help="Draw no picture.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, and nothing else.")] = False,
) -> None:
    """Run work.py, measure on this machine, and see the counters beside your predictions. It decides nothing."""
    from concur.cli.lab_verbs.predicting import ask_missing

    place: Place = ctx.obj
    chosen = place.begun(lab)
    ask_missing(place, chosen)
    work = place.work(chosen)
    if not (no_program or as_json):
        show_program(place, work)
    measured = measure(place, chosen, work)
    values = measured.values or place.of(chosen).measured
    pictures = [] if no_plot else _draw(place, chosen, values)
    if as_json:
        _print(place, chosen, measured, pictures)
    else:
        _show(place, chosen, measured, values, pictures)
    if measured.error:
        raise typer.Exit(1)


def show_program(place: "Place", work: "Path") -> None:
    """Run it as `python work.py`, and show what it printed."""
    from concur.labs.demo import run_demo
    from concur.report.labs.screen import typed

    place.screen.heading(f"python {typed(work)}")
    with place.waiting("running your program"):
        shown = run_demo(work)
    place.screen.block(shown.output, indent=2, most=MOST_LINES)
    if shown.problem:
        place.screen.hanging(place.screen.mark("!", "yellow"), f"Your program: {shown.problem}.")
    elif not shown.output.strip():
        place.screen.line("It printed nothing.", "dim")


def measure(place: "Place", lab: "Lab", work: "Path") -> "Measured":
    """Measure, and keep the figures; those of before stay where it did not work out."""
    from concur.labs import evidence

    with place.waiting("measuring"):
        measured = evidence.measure(lab, work)
    if measured.values:
        with place.progress() as progress:
            progress.of(lab).measured = {**measured.values, ANSWER: measured.answer}
            progress.save()
    return measured


def _draw(place: "Place", lab: "Lab", values: dict[str, Any]) -> "list[Path]":
    from concur.report.labs import plot

    return plot.save(lab, place.of(lab).predictions, values, place.work(lab).parent / "evidence")


def _show(place: "Place", lab: "Lab", measured: "Measured", values: dict[str, Any], pictures: "list[Path]") -> None:
    from concur.report.labs.beside import show_beside
    from concur.report.labs.chart import show_chart

    screen = place.screen
    if measured.error:
        screen.hanging(screen.mark("!", "yellow"), f"The evidence could not be measured: {measured.error}")
        screen.block(measured.output, indent=2, most=MOST_LINES)
    if values:
        screen.heading("What you expected, and what this machine did")
        show_beside(lab, place.of(lab).predictions, values, screen)
    if lab.plot and measured.values:
        show_chart(lab.plot, values, screen)
    for path in pictures[:1]:
        screen.hanging("drawn: ", screen.path(path))
    place.say_next(lab)


def _print(place: "Place", lab: "Lab", measured: "Measured", pictures: "list[Path]") -> None:
    from concur.labs import predicting

    predicted = place.of(lab).predictions
    compared = {one.id: predicting.compare(one, predicted.get(one.id), measured.values) for one in lab.predictions}
    place.print_json(
        {
            "lab": lab.number,
            "values": measured.values,
            "error": measured.error,
            "predictions": compared,
            "pictures": [str(path) for path in pictures],
        }
    )
