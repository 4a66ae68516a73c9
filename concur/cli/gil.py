"""`concur gil`: what the GIL does to a service, on every Python of the machine."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from concur.cli import console, outputs, units
from concur.cli.ending import interrupts, status
from concur.errors import UsageError, unknown

if TYPE_CHECKING:
    from concur.cli.progress import PointLine
    from concur.gil.budget import Wave
    from concur.gil.results import Report
    from concur.gil.running import Runner

Text = str | None


def gil(
    experiments: Annotated[
        list[str] | None,
        typer.Argument(metavar="[EXPERIMENT]…", help="throughput, latency, bandwidth, convoy, offload, release, tax …"),
    ] = None,
    models: Annotated[str, typer.Option("-m", "--models", metavar="A,B", help="Models, `default`, or `all`.")] = "all",
    interpreters: Annotated[
        str, typer.Option("-i", "--interpreters", metavar="A,B", help="Names, executables, or `all`.")
    ] = "all",
    budget: Annotated[str, typer.Option(metavar="TIME", help="What does not fit is left out, and said.")] = "20m",
    rounds: Annotated[str, typer.Option("-r", "--rounds", metavar="N", help="Measurements of each point.")] = "3",
    quick: Annotated[bool, typer.Option("--quick", help="One round of short windows: a look.")] = False,
    seed: Annotated[str, typer.Option(metavar="N", help="Of the order of measurements.")] = "1",
    plots: Annotated[Path | None, typer.Option(metavar="DIR", help="Pictures, as PNG and SVG.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, and nothing else.")] = False,
    export_json: Annotated[Text, typer.Option(metavar="FILE", help="`-` is stdout.")] = None,
    export_markdown: Annotated[Text, typer.Option(metavar="FILE", help="`-` is stdout.")] = None,
    show: Annotated[Path | None, typer.Option(metavar="FILE.json", help="What was measured before.")] = None,
    show_plan: Annotated[bool, typer.Option("--show-plan", help="Say what would be done, and do nothing.")] = False,
) -> None:
    """Find out what the GIL does to a service, and what these Pythons can do in parallel.

    Without arguments: all experiments on all interpreters, what matters most
    first, in 20 minutes; it ends in ten lines of plain words.
    """
    exports = {"json": outputs.json_file(as_json, export_json), "markdown": export_markdown}
    outputs.check(exports)
    if show:
        from concur.gil.results import load

        present(load(show), exports, plots)
        return
    names = _experiments(experiments or [])
    budget_s, count = _some_time(budget), 1 if quick else _rounds(rounds)
    from concur.cli.progress import PointLine
    from concur.gil.choosing import choose_asked
    from concur.gil.running import Runner

    asked, notes = choose_asked(models, interpreters, seed=units.seed(seed), quick=quick)
    line = PointLine()

    runner = Runner(asked, names, ["concur", *sys.argv[1:]], budget_s=budget_s, rounds=count, show=line.show)
    for note in notes:
        runner.note(note)
    if show_plan:
        console.results().print(announce(runner, runner.first_wave()))
        return
    raise typer.Exit(_carry_out(runner, line, exports, plots))


def _carry_out(runner: "Runner", line: "PointLine", exports: dict[str, str | None], plots: Path | None) -> int:
    from concur.bench.machine import warnings_before_start

    said = console.messages()
    for warning in warnings_before_start():
        runner.note(warning)
    runner.prepare()
    for note in runner.report.notes:
        said.print(f"concur: {note}", style="yellow")
    said.print(announce(runner, runner.first_wave()), style="dim")
    with line:
        was_interrupted = interrupts(runner.carry_out)
    present(runner.report, exports, plots)
    return status(runner.file, was_interrupted=was_interrupted, has_failed=runner.has_failed)


# What was asked for


def _experiments(names: list[str]) -> list[str]:
    from concur.gil.results import EXPERIMENTS

    for name in names:
        if name not in EXPERIMENTS:
            raise unknown("experiment", name, EXPERIMENTS)
    return names or list(EXPERIMENTS)


def _some_time(text: str) -> float:
    value = units.seconds(text)
    if value <= 0:
        raise UsageError(f"a budget of {text} is none at all", do="Give a time such as 90s or 10m.")
    return value


def _rounds(text: str) -> int:
    value = units.count(text)
    if value < 1:
        raise UsageError(f"'{text}' rounds are none at all", do="Give a whole number of 1 or more.")
    return value


# What is said


def announce(runner: "Runner", wave: "Wave") -> str:
    """What will be done, and in what time, in one line."""
    from concur.report import figures

    asked, points = runner.asked, [point for each in runner.outcomes.values() for point in each]
    absent = sum(bool(point.absent) for point in points)
    what = [
        (len(runner.outcomes), "experiment"),
        (len(asked.interpreters), "interpreter"),
        (len(asked.models), "model"),
    ]
    experiments, pythons, models = (figures.counted(*each) for each in what)
    times = f"about {figures.duration(wave.about_s)} of {figures.duration(runner.report.budget_s)} (--budget)"
    chosen = f"{len(wave.choices):,} of {len(points) - absent:,} points × {figures.counted(wave.rounds, 'round')}"
    told = f"{experiments} on {pythons}, {models}: {chosen}, {times}"
    return f"{told}; {absent:,} more cannot be had" if absent else told


def present(report: "Report", exports: dict[str, str | None], plots: Path | None) -> None:
    """Tables and summary on stdout, unless a document was asked for there; then the exports and the pictures."""
    import msgspec

    from concur.report.exports import write
    from concur.report.gil.markdown import markdown
    from concur.report.gil.tables import show

    if "-" not in exports.values():
        show(report, console.results())
    documents = {
        "json": lambda: msgspec.json.format(msgspec.json.encode(report), indent=2),
        "markdown": lambda: markdown(report),
    }
    for name, path in exports.items():
        if path:
            write(documents[name](), path)
    if plots:
        from concur.report.gil.plots import save

        for drawn in save(report, plots):
            console.messages().print(f"drawn: {drawn}", style="dim")
