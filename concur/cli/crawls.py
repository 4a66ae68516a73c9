"""`concur bench --service crawl`: every model's crawler against webs that know the right answer."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from concur.cli import console, settings, units
from concur.cli.ending import interrupts, status
from concur.errors import MachineError, UsageError

if TYPE_CHECKING:
    from concur.bench.crawls.plan import Plan
    from concur.bench.crawls.results import Run
    from concur.bench.crawls.scenarios import Scenario

ECHO, CRAWL = "echo", "crawl"
# Of `concur bench`'s settings, those that mean something here, with what they are if nobody sets them.
DEFAULTS = {
    "models": "default",
    "interpreters": "",
    "scenarios": "near,far",
    "rounds": "3",
    "connections": "",
    "place": "",
    "reference": "threads",
    "seed": "1",
    "strict": "no",
}
ELSEWHERE = ("default", "[tool.concur]")  # whose settings are about the echo service
EXPORTS = ("json", "markdown")


class Own(NamedTuple):
    """The options that only a run of crawls has, as they were typed."""

    parser: str | None = None
    pages: str | None = None
    is_sweep: bool = False
    is_quick: bool = False


def check_service(service: str, own: Own) -> bool:
    """Whether crawls are to be measured. Raises UsageError for another service, and for crawls' options with echo."""
    if service not in (ECHO, CRAWL):
        raise UsageError(f"there is no service {service}", do=f"Take {ECHO} or {CRAWL}.")
    given = {"--parser": own.parser, "--pages": own.pages, "--sweep": own.is_sweep}
    if service == ECHO and (names := [name for name, value in given.items() if value]):
        raise UsageError(f"{', '.join(names)} is about crawls", do="Add --service crawl.")
    return service == CRAWL


def crawls(
    flags: Mapping[str, str | None],
    own: Own,
    plan_file: Path | None,
    exports: Mapping[str, str | None],
    plot: Path | None,
    *,
    show_plan: bool = False,
) -> int:
    """Measures and presents; returns the exit status. flags are those of `concur bench`.

    Raises UsageError for what does not exist, makes no sense, or belongs to the echo service.
    """
    do = "-c is how many are in flight; --pages how long a crawl is."
    settings.refuse_others("--service crawl", flags, exports, taken=DEFAULTS, taken_exports=EXPORTS, do=do)
    value = chosen_values(flags, plan_file)
    plan = make_plan(value, own)
    if show_plan:
        _describe(plan)
        return 0
    return _carry_out(plan, exports, plot, is_strict=units.switch(value["strict"]))


def show_again(path: Path, exports: Mapping[str, str | None], plot: Path | None) -> None:
    """A run that was made before."""
    from concur.bench.crawls.results import load

    _present(load(path), exports, plot)


# What was asked for


def chosen_values(flags: Mapping[str, str | None], plan_file: Path | None) -> dict[str, str]:
    """Each setting: flag > CONCUR_* > plan file > default; a project's [tool.concur] is about the echo service."""
    merged = settings.merge(flags, plan_file)
    return {
        name: default if merged[name].source in ELSEWHERE else merged[name].value for name, default in DEFAULTS.items()
    }


def make_plan(value: Mapping[str, str], own: Own) -> "Plan":
    """The plan that the settings describe. Raises UsageError for what does not exist or makes no sense."""
    from concur.bench.choose import check_reference
    from concur.bench.crawls.choosing import crawlers
    from concur.bench.crawls.plan import Plan
    from concur.interpreters.find import current, resolve_many
    from concur.wire.links import PARSERS

    rounds = 1 if own.is_quick else units.count(value["rounds"])
    if rounds < 1:
        raise UsageError("0 rounds are none at all", do="Give a whole number of 1 or more.")
    chosen = _scenarios(value, own)
    pythons = resolve_many(value["interpreters"]) if value["interpreters"] else [current()]
    targets, parser, notes = crawlers(_names(value["models"]), pythons, own.parser or PARSERS[0])
    if value["reference"] != DEFAULTS["reference"]:
        check_reference(value["reference"], targets)
    return Plan(
        targets=targets,
        scenarios=chosen,
        rounds=rounds,
        parser=parser,
        reference=value["reference"],
        seed=units.seed(value["seed"]),
        notes=notes,
    )


def _scenarios(value: Mapping[str, str], own: Own) -> "list[Scenario]":
    from concur.bench.crawls import scenarios
    from concur.bench.placement import kind_named

    in_flight = [units.count(text) for text in _names(value["connections"])]
    return scenarios.chosen(
        _swept(value["scenarios"]) if own.is_sweep else _names(value["scenarios"]),
        in_flight=in_flight or (scenarios.SWEEP if own.is_sweep else ()),
        pages=None if own.pages is None else units.count(own.pages),
        placement=kind_named(value["place"]) if value["place"] else None,
        is_quick=own.is_quick,
    )


def _swept(scenarios: str) -> list[str]:
    """What a sweep goes over: `far`, unless others are named."""
    return ["far"] if scenarios == DEFAULTS["scenarios"] else _names(scenarios)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.replace("\n", ",").split(",") if name.strip()]


# What is done, and said


def _carry_out(plan: "Plan", exports: Mapping[str, str | None], plot: Path | None, *, is_strict: bool) -> int:
    from concur.bench.crawls.running import Runner
    from concur.bench.crawls.verdicts import BROKEN
    from concur.cli.progress import ProgressLine

    said, line = console.messages(), ProgressLine(cast(Any, plan))
    runner = Runner(plan, ["concur", *sys.argv[1:]], lambda progress: line.show(cast(Any, progress)))
    if is_strict and len(runner.run.warnings) > len(plan.notes):
        told = " ".join(runner.run.warnings[len(plan.notes) :]).rstrip(".")
        raise MachineError("the machine is not fit to be measured on", why=told, do="Mend that, or leave --strict out.")
    runner.prepare()
    for warning in runner.run.warnings:
        said.print(f"concur: {warning}", style="yellow")
    said.print(announce(plan), style="dim")
    with line:
        was_interrupted = interrupts(runner.carry_out)
    _present(runner.run, exports, plot)
    has_failed = any(cell.verdict in BROKEN for cell in runner.run.cells)
    return status(runner.file, was_interrupted=was_interrupted, has_failed=has_failed)


def announce(plan: "Plan") -> str:
    """What will be done, in one line, and about how long that takes."""
    from concur.report import figures

    present, absent = len(plan.present), len(plan.targets) - len(plan.present)
    away = f" ({absent} more are absent)" if absent else ""
    names = ", ".join(dict.fromkeys(one.variant_of or one.name for one in plan.scenarios))
    counts = dict.fromkeys(str(one.in_flight) for one in plan.scenarios)
    over = f" over {', '.join(counts)} in flight" if plan.is_sweep else ""
    crawled = f"{figures.counted(plan.trials, 'crawl')}, about {figures.duration(plan.about_s())}"
    rounds = figures.counted(plan.rounds, "round")
    return f"{figures.counted(present, 'crawler')}{away} × {names}{over} × {rounds}, links by {plan.parser}: {crawled}"


def _describe(plan: "Plan") -> None:
    out = console.results()
    out.print(announce(plan))
    for one in plan.scenarios:
        out.print(f"  {one.name}: {one.pages:,} pages, {one.in_flight} in flight; {one.shows}")
    for target in plan.targets:
        absent = f", absent: {target.absent}" if target.absent else ""
        out.print(f"  {target.label} on {target.interpreter.short}{absent}")


def _present(run: "Run", exports: Mapping[str, str | None], plot: Path | None) -> None:
    """Tables and words on stdout, unless a document was asked for there; then the exports and the picture."""
    import msgspec

    from concur.report.crawls import show, to_markdown
    from concur.report.exports import write

    if "-" not in exports.values():
        show(run, console.results())
    documents: dict[str, Callable[[], bytes]] = {
        "json": lambda: msgspec.json.format(msgspec.json.encode(run), indent=2) + b"\n",
        "markdown": lambda: to_markdown(run),
    }
    for name, make in documents.items():
        if path := exports.get(name):
            write(make(), path)
    if plot:
        from concur.report.crawls_plot import save

        save(run, plot)
