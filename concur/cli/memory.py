"""`concur bench --memory`: bytes a connection of each model, instead of rates."""

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from concur.cli import console, settings, units
from concur.cli.ending import interrupts, status
from concur.cli.measuring import present
from concur.errors import UsageError
from concur.report import figures

if TYPE_CHECKING:
    from concur.bench.memory.plan import MemoryPlan
    from concur.cli.pages import Page

# The options of `concur bench` that have a meaning here, with their defaults: all models, rounds enough for intervals.
DEFAULTS = {
    "models": "all",
    "interpreters": "",
    "rounds": "5",
    "connections": "10000",
    "payload": "1KiB",
    "workers": "1",
    "pool": "",
    "command": "",
    "env": "",
    "seed": "1",
}
EXPORTS = ("json", "csv", "markdown")
ELSEWHERE = ("default", "[tool.concur]")  # a project's defaults are about rates


def memory(
    flags: Mapping[str, str | None],
    servers: Sequence[str],
    plan_file: Path | None,
    exports: dict[str, str | None],
    plot: Path | None,
    page: "Page | None",
    *,
    show_plan: bool = False,
) -> int:
    """Measures and presents; returns the exit status. flags are those of `concur bench`.

    Raises UsageError for what does not exist, makes no sense, or is about rates.
    """
    do = "It takes -m, -i, -r, -c (the most connections), --payload, --workers, --pool, --command, --env, --seed."
    settings.refuse_others("--memory", flags, exports, taken=DEFAULTS, taken_exports=EXPORTS, do=do)
    plan = make_plan(chosen_values(flags, plan_file, servers), servers)
    if show_plan:
        _describe(plan)
        return 0
    return _carry_out(plan, exports, plot, page)


def chosen_values(flags: Mapping[str, str | None], plan_file: Path | None, servers: Sequence[str]) -> dict[str, str]:
    """Each setting: flag > CONCUR_* > plan file > default. Servers of one's own stand alone, unless -m is given."""
    merged = settings.merge(flags, plan_file)
    defaults = DEFAULTS | ({"models": ""} if servers or flags.get("command") else {})
    return {
        name: default if merged[name].source in ELSEWHERE else merged[name].value for name, default in defaults.items()
    }


def make_plan(value: Mapping[str, str], servers: Sequence[str] = ()) -> "MemoryPlan":
    """The plan that the settings describe. Raises UsageError for what does not exist or makes no sense."""
    from concur.bench.choose import ask_what_is_missing, choose_targets, read_topology
    from concur.bench.memory.levels import asked
    from concur.bench.memory.plan import MemoryPlan
    from concur.interpreters.find import current, resolve_many

    targets = choose_targets(
        [*_names(value["models"]), *servers],
        value["command"].splitlines(),
        resolve_many(value["interpreters"]) if value["interpreters"] else [current()],
        value["env"].splitlines(),
        [read_topology(text) for text in dict.fromkeys(_names(value["workers"]))],
        _positive(value["pool"]) if value["pool"] else None,
    )
    return MemoryPlan(
        targets=ask_what_is_missing(targets),
        levels=asked([_positive(text) for text in _names(value["connections"])]),
        rounds=_positive(value["rounds"]),
        payload_bytes=units.size_bytes(value["payload"]),
        seed=units.seed(value["seed"]),
    )


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.replace("\n", ",").split(",") if name.strip()]


def _positive(text: str) -> int:
    value = units.count(text)
    if value < 1:
        raise UsageError(f"'{text}' is none at all", do="Give a whole number of 1 or more.")
    return value


def _carry_out(plan: "MemoryPlan", exports: dict[str, str | None], plot: Path | None, page: "Page | None") -> int:
    from concur.bench.memory.running import Runner
    from concur.cli.progress import ProgressLine

    said, line = console.messages(), ProgressLine(plan)
    runner = Runner(plan, ["concur", *sys.argv[1:]], line.show)
    line.follow(runner.run)
    runner.prepare()
    said.print(announce(plan), style="dim")
    with line:
        was_interrupted = interrupts(runner.carry_out)
    present(runner.run, exports, plot, page)
    has_failed = any(row.verdict == "failed" for row in runner.memory.rows)
    return status(runner.file, was_interrupted=was_interrupted, has_failed=has_failed and not was_interrupted)


def announce(plan: "MemoryPlan") -> str:
    """What will be done, in one line, and about how long that takes."""
    present_, absent = len(plan.present), len(plan.targets) - len(plan.present)
    away = f" ({absent} more are absent)" if absent else ""
    took = f"{figures.counted(plan.trials, 'trial')}, about {figures.duration(plan.about_s())}"
    many = f"up to {figures.counted(plan.levels[-1], 'idle connection')}"
    return f"{figures.counted(present_, 'target')}{away} × {many} × {figures.counted(plan.rounds, 'round')}: {took}"


def _describe(plan: "MemoryPlan") -> None:
    out = console.results()
    out.print(announce(plan))
    for target in plan.targets:
        absent = f", absent: {target.absent}" if target.absent else ""
        out.print(f"  {target.label} on {target.interpreter.short}{absent}")
