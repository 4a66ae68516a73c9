"""What the settings of `concur bench` mean: the plan that they make, and how it is told."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from concur.cli import console, ranges, units
from concur.errors import UsageError
from concur.report import figures

if TYPE_CHECKING:
    from concur.bench.compare.conditions import Condition
    from concur.bench.plan import Plan
    from concur.bench.results import Run
    from concur.cli.settings import Setting

T = TypeVar("T")


def make_plan(chosen: dict[str, "Setting"], servers: list[str]) -> "Plan":
    """The plan that the settings describe. Raises UsageError for what does not exist or makes no sense."""
    from concur.bench.choose import (
        ask_what_is_missing,
        check_reference,
        choose_scenarios,
        choose_targets,
        read_topology,
        read_workers,
    )
    from concur.bench.placement import kind_named, usable_cpus
    from concur.bench.plan import Plan
    from concur.bench.scaling.ladder import with_ladders
    from concur.interpreters.find import current, resolve_many

    value = {name: setting.value for name, setting in chosen.items()}

    def read(name: str, how: Callable[[str], T]) -> T:
        return chosen[name].read(name, how)

    pythons = resolve_many(value["interpreters"]) if value["interpreters"] else [current()]
    targets = choose_targets(
        [*_names(value["models"]), *servers],
        value["command"].splitlines(),
        pythons,
        value["env"].splitlines(),
        [read_topology(text) for text in ranges.workers(_names(value["workers"]), len(usable_cpus() or (0,)))],
        read("pool", _if_given(_positive)),
    )
    if chosen["reference"].source != "default":
        check_reference(value["reference"], targets)
    scenarios = choose_scenarios(
        _names(value["scenarios"]),
        connections=read("connections", lambda text: ranges.connections(_names(text), _positive)),
        payload_bytes=read("payload", lambda text: ranges.payloads(_names(text), units.size_bytes)),
        rate_per_s=read("rate", _if_given(units.rate_per_s)),
        placement=read("place", _if_given(kind_named)),
        offload=read("offload", _if_given(lambda text: read_workers(text, "--offload"))),
        beside=read("beside", _if_given(lambda text: read_workers(text, "--beside"))),
        switch_interval_s=read("switch_interval", _if_given(lambda text: _some_time(text, "switch interval"))),
    )
    limits = limits_of(value["keep"])
    return Plan(
        targets=ask_what_is_missing(targets),
        scenarios=with_ladders(scenarios) if read("rate_sweep", units.switch) or limits else scenarios,
        keep=limits,
        rounds=read("rounds", _positive),
        duration_s=read("duration", lambda text: _some_time(text, "duration")),
        warmup_s=read("warmup", lambda text: _some_time(text, "warm-up")),
        timeout_s=read("timeout", lambda text: _some_time(text, "timeout")),
        reference=value["reference"],
        seed=read("seed", units.seed),
        until=read("until", _if_given(units.share)),
        budget_s=read("budget", _if_given(lambda text: _some_time(text, "budget"))),
        turns=read("turns", _positive),
        twin=read("twin", units.switch),
        explain=read("explain", units.switch),
    )


def conditions_of(text: str) -> list["Condition"]:
    """The conditions of --fail-if, one a line. Raises UsageError for one that is not understood, with the place."""
    if not text:
        return []
    from concur.bench.compare.conditions import parse

    return [parse(line) for line in text.splitlines()]


def limits_of(text: str) -> list[str]:
    """The limits of --keep, one a line, which ask for a rate sweep. Raises UsageError for one that is none."""
    if not text:
        return []
    from concur.bench.scaling.knees import read_limit

    return [read_limit(line).text for line in text.splitlines()]


def kept_by(run: "Run", keep: list[str]) -> "Run":
    """A run made before, with other limits read off its rate sweeps. Raises UsageError where it has none."""
    if not (limits := limits_of("\n".join(keep))):
        return run
    from concur.bench.scaling.concluding import scaling

    if not run.steps:
        raise UsageError("--keep needs a rate sweep, and this run has none", do="Measure one: --rate-sweep.")
    run.scaling = scaling(run, limits)
    return run


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.replace("\n", ",").split(",") if name.strip()]


def _if_given(read: Callable[[str], T]) -> Callable[[str], T | None]:
    return lambda text: read(text) if text else None


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
    from concur.bench.scenarios import listed

    scenarios = listed(plan.scenarios)
    rounds = f"{plan.rounds} round{'s' * (plan.rounds > 1)}{_open_end(plan)}"
    present = sum(not target.absent for target in plan.targets)
    absent = f" ({len(plan.targets) - present} more are absent)" if present < len(plan.targets) else ""
    took = f"{plan.trials} trials{' or more' * plan.goes_on}, about {figures.duration(plan.about_s())}{_at_most(plan)}"
    return f"{present} targets{absent} × {scenarios} × {rounds}: {took}"


def _open_end(plan: "Plan") -> str:
    return "" if plan.until is None else f" or more, until every ratio is within {100 * plan.until:g} %"


def _at_most(plan: "Plan") -> str:
    return "" if plan.budget_s is None else f", and more within {figures.duration(plan.budget_s)}"
