"""`concur bench`: measure targets against each other; a ranked table, and what explains it."""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from concur.cli import console, settings, units
from concur.errors import UsageError
from concur.report import figures

if TYPE_CHECKING:
    from concur.bench.plan import Plan
    from concur.bench.results import Run
    from concur.bench.runner import Runner
    from concur.cli.settings import Setting

T = TypeVar("T")

INTERRUPTED = 130
BAD = ("wrong", "failed")  # verdicts of a cell that make the exit status 1

Text = str | None
Texts = list[str] | None


def bench(
    servers: Annotated[Texts, typer.Argument(metavar="[SERVER.py]…", help="Servers of your own.")] = None,
    models: Annotated[Text, typer.Option("-m", "--models", metavar="A,B", help="Models, `default`, or `all`.")] = None,
    interpreters: Annotated[
        Text, typer.Option("-i", "--interpreters", metavar="A,B", help="Names, executables, or `all`.")
    ] = None,
    scenarios: Annotated[
        Text, typer.Option("-s", "--scenarios", metavar="A,B", help="small, large, one, many, churn, idle, steady …")
    ] = None,
    workers: Annotated[
        Texts,
        typer.Option(
            metavar="N:KIND", help="Copies as processes, threads or interpreters: 2:processes; several: 1,2:processes."
        ),
    ] = None,
    pool: Annotated[Text, typer.Option(metavar="N", help="Workers of models that have a pool.")] = None,
    command: Annotated[
        Texts, typer.Option(metavar="CMD", help="Any server: 'myserver --port {port}'. May be repeated.")
    ] = None,
    env: Annotated[
        Texts, typer.Option(metavar="[MODEL:]NAME=VALUE", help="Beside each target (or that model), one with this set.")
    ] = None,
    rounds: Annotated[Text, typer.Option("-r", "--rounds", metavar="N", help="Trials of each cell (3).")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="One round: it describes, and claims nothing.")] = False,
    duration: Annotated[Text, typer.Option("-d", "--duration", metavar="TIME", help="A trial's window (0.8s).")] = None,
    warmup: Annotated[Text, typer.Option("-w", "--warmup", metavar="TIME", help="The warm-up's bound (0.5s).")] = None,
    connections: Annotated[Text, typer.Option("-c", "--connections", metavar="N", help="In every scenario.")] = None,
    payload: Annotated[Text, typer.Option(metavar="SIZE", help="Bytes of a message, in every scenario.")] = None,
    rate: Annotated[Text, typer.Option(metavar="N", help="An open loop at this rate, in every scenario.")] = None,
    place: Annotated[
        Text, typer.Option(metavar="KIND", help="pinned, shared, or free (the scheduler's choice).")
    ] = None,
    timeout: Annotated[Text, typer.Option(metavar="TIME", help="A later reply ends its connection (5s).")] = None,
    reference: Annotated[
        Text, typer.Option(metavar="MODEL[@INTERPRETER]", help="What others are compared with (threads).")
    ] = None,
    seed: Annotated[Text, typer.Option(metavar="N", help="Of the order of trials, and of the bytes (1).")] = None,
    plan: Annotated[Path | None, typer.Option(metavar="FILE", help="Take options from this TOML file.")] = None,
    show_plan: Annotated[bool, typer.Option("--show-plan", help="Say what would be done, and do nothing.")] = False,
    show: Annotated[Path | None, typer.Option(metavar="RUN.json", help="The table of a run made before.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The run as one JSON document, and nothing else.")] = False,
    export_json: Annotated[Text, typer.Option(metavar="FILE", help="`-` is stdout.")] = None,
    export_csv: Annotated[Text, typer.Option(metavar="FILE", help="`-` is stdout.")] = None,
    export_markdown: Annotated[Text, typer.Option(metavar="FILE", help="`-` is stdout.")] = None,
    plot: Annotated[Path | None, typer.Option(metavar="FILE", help="A picture: .svg, .png or .pdf.")] = None,
) -> None:
    """Measure models, and servers of your own, against each other.

    Without arguments: the default models, three rounds of `small`, then of
    `steady`, in under 90 s. With servers of your own and no -m, these stand
    beside the default models.
    """
    exports = {"json": "-" if as_json else export_json, "csv": export_csv, "markdown": export_markdown}
    if show:
        from concur.bench.results import load

        present(load(show), exports, plot)
        return
    flags: dict[str, str | None] = {
        "models": models,
        "interpreters": interpreters,
        "scenarios": scenarios,
        "rounds": "1" if quick else rounds,
        "duration": duration,
        "warmup": warmup,
        "connections": connections,
        "payload": payload,
        "rate": rate,
        "place": place,
        "timeout": timeout,
        "reference": reference,
        "seed": seed,
        "workers": None if workers is None else ",".join(workers),
        "pool": pool,
        "command": None if command is None else "\n".join(command),
        "env": None if env is None else "\n".join(env),
    }
    chosen = settings.merge(flags, plan)
    made = make_plan(chosen, servers or [])
    if show_plan:
        describe(chosen, made)
        return
    raise typer.Exit(carry_out(made, exports, plot))


# Making the plan


def make_plan(chosen: dict[str, "Setting"], servers: list[str]) -> "Plan":
    """The plan that the settings describe. Raises UsageError for what does not exist or makes no sense."""
    from concur.bench.choose import (
        ask_what_is_missing,
        check_reference,
        choose_scenarios,
        choose_targets,
        read_topology,
    )
    from concur.bench.placement import kind_named
    from concur.bench.plan import Plan
    from concur.interpreters.find import current, resolve_many

    value = {name: setting.value for name, setting in chosen.items()}
    pythons = resolve_many(value["interpreters"]) if value["interpreters"] else [current()]
    targets = choose_targets(
        [*_names(value["models"]), *servers],
        value["command"].splitlines(),
        pythons,
        value["env"].splitlines(),
        [read_topology(text) for text in dict.fromkeys(_names(value["workers"]))],
        _given(value["pool"], _positive),
    )
    if chosen["reference"].source != "default":
        check_reference(value["reference"], targets)
    return Plan(
        targets=ask_what_is_missing(targets),
        scenarios=choose_scenarios(
            _names(value["scenarios"]),
            connections=_given(value["connections"], _positive),
            payload_bytes=_given(value["payload"], units.size_bytes),
            rate_per_s=_given(value["rate"], units.rate_per_s),
            placement=_given(value["place"], kind_named),
        ),
        rounds=_positive(value["rounds"]),
        duration_s=_some_time(value["duration"], "duration"),
        warmup_s=_some_time(value["warmup"], "warm-up"),
        timeout_s=_some_time(value["timeout"], "timeout"),
        reference=value["reference"],
        seed=units.count(value["seed"]),
    )


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.replace("\n", ",").split(",") if name.strip()]


def _given(text: str, read: Callable[[str], T]) -> T | None:
    return read(text) if text else None


def _positive(text: str) -> int:
    value = units.count(text)
    if value < 1:
        raise UsageError(f"'{text}' is none at all", do="Give a whole number of 1 or more.")
    return value


def _some_time(text: str, what: str) -> float:
    value = units.seconds(text)
    if value <= 0:
        raise UsageError(f"a {what} of {text} is none at all", do="Give a time such as 500ms or 2s.")
    return value


def describe(chosen: dict[str, "Setting"], plan: "Plan") -> None:
    """--show-plan: every setting with who set it, and what follows."""
    from rich.table import Table

    table = Table("setting", "value", "from", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name, setting in chosen.items():
        table.add_row(name, setting.value.replace("\n", ", ") or "–", setting.source)
    out = console.results()
    out.print(table)
    out.print(f"\n{announce(plan)}")
    for target in plan.targets:
        absent = f", absent: {target.absent}" if target.absent else ""
        out.print(f"  {target.label} on {target.interpreter.short}{absent}")


def announce(plan: "Plan") -> str:
    """What will be done, in one line, and how long that takes at most."""
    scenarios = ", ".join(one.name for one in plan.scenarios)
    rounds = f"{plan.rounds} round{'s' * (plan.rounds > 1)}"
    present = sum(not target.absent for target in plan.targets)
    absent = f" ({len(plan.targets) - present} more are absent)" if present < len(plan.targets) else ""
    took = f"{plan.trials} trials, about {figures.duration(plan.about_s())}"
    return f"{present} targets{absent} × {scenarios} × {rounds}: {took}"


# Carrying it out


def carry_out(plan: "Plan", exports: dict[str, str | None], plot: Path | None) -> int:
    """Measure and present; returns the exit status. What was measured before an interruption is kept and shown."""
    from concur.bench.runner import Runner
    from concur.cli.progress import ProgressLine

    said, line = console.messages(), ProgressLine(plan)
    runner = Runner(plan, ["concur", *sys.argv[1:]], line.show)
    runner.prepare()
    for warning in runner.run.warnings:
        said.print(f"concur: {warning}", style="yellow")
    said.print(announce(plan), style="dim")
    signal.signal(signal.SIGINT, _first_interrupt)
    with line:
        was_interrupted = _measure(runner)
    present(runner.run, exports, plot)
    return _status(runner, was_interrupted)


def _measure(runner: "Runner") -> bool:
    """Whether it was interrupted."""
    try:
        runner.carry_out()
    except KeyboardInterrupt:
        return True
    return False


def _first_interrupt(_number: int, _frame: FrameType | None) -> None:
    """Ctrl-C: the trial under way is lost, the rest is kept. The second time, everything ends at once."""
    signal.signal(signal.SIGINT, _second_interrupt)
    raise KeyboardInterrupt


def _second_interrupt(_number: int, _frame: FrameType | None) -> None:
    from concur.bench.target import kill_all

    kill_all()
    os._exit(INTERRUPTED)


def _status(runner: "Runner", was_interrupted: bool) -> int:
    said = console.messages()
    if runner.save_error:
        said.print(f"concur: {runner.save_error}. Make room, or export with --export-json.", style="red")
        return INTERRUPTED if was_interrupted else 2
    said.print(f"saved: {runner.path}", style="dim")
    if was_interrupted:
        said.print("concur: interrupted; what was measured is above, and saved", style="yellow")
        return INTERRUPTED
    return int(any(cell.verdict in BAD for cell in runner.run.cells))


def present(run: "Run", exports: dict[str, str | None], plot: Path | None) -> None:
    """The tables and words on stdout, unless a document was asked for there; then the exports and the picture."""
    from concur.report import exports as documents
    from concur.report.terminal import show

    if "-" not in exports.values():
        show(run, console.results())
    for name, path in exports.items():
        if path:
            documents.write(documents.FORMATS[name](run), path)
    if plot:
        from concur.report.plot import save

        save(run, plot)
