"""In what two runs differ besides their figures: the machine, the system, the Pythons, the plan. Tier 1; pure.

Some differences forbid a comparison (another machine, another load), others are
shown beside it, since they may be its cause. Which cells are compared, and what
is said of them, is `across.py`'s business.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from concur.bench.results import Cell, Run

# Another value of these is another machine.
MACHINE = ("cpu", "cpus", "architecture", "system", "virtualised")
# These may change on one machine, and are shown where they do.
SYSTEM = (
    "kernel", "libc", "python", "governor", "cpu_quota", "usable_cpus", "smt_siblings", "memory_bytes",
    "descriptors_soft", "descriptors_hard", "somaxconn", "ephemeral_ports",
)  # fmt: skip
OBSERVED = ("implementation", "version", "compiler", "build_flags", "gil", "gil_turned_on_by", "jit")
PLAN = ("warmup_s", "timeout_s", "seed", "engine")
# What makes a scenario of one name another load, with how it is called.
LOAD = {
    "connections": "connections", "idle": "idle connections", "stuck_peers": "stuck peers",
    "payload_bytes": "bytes a message", "churn": "a new connection for each message", "is_open": "an open loop",
    "cpu_units": "units of computing", "wait_s": "seconds of waiting",
}  # fmt: skip
STOLEN = 0.01  # of the CPU time: as much more than in the other run is a difference
RATES_APART = 0.05  # common rates that differ by more are two loads


class Difference(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is not the same in both runs, as text; what is not known is empty."""

    what: str
    reference: str
    new: str


def other_machine(reference: Run, new: Run) -> list[Difference]:
    """What says that the two runs were made on different machines; empty where nothing does."""
    return list(_differing("", MACHINE, reference.machine, new.machine))


def environment(reference: Run, new: Run, pairs: Iterable[tuple[Cell, Cell]]) -> list[Difference]:
    """Everything that may be behind a difference of these cells and is no model: versions, flags, governor, load …"""
    found = [
        *_differing("", ("concur",), {"concur": reference.concur}, {"concur": new.concur}),
        *_differing("", SYSTEM, reference.machine, new.machine),
        *_differing("", PLAN, reference.plan, new.plan),
        *_stolen(reference, new),
        *(each for before, after in pairs for each in _of_cells(before, after)),
        *_warnings(reference, new),
    ]
    return list(dict.fromkeys(found))


def _differing(
    prefix: str, names: Iterable[str], before: dict[str, Any], after: dict[str, Any]
) -> Iterable[Difference]:
    for name in names:
        if before.get(name) != after.get(name):
            what = f"{prefix} {name}".strip().replace("_", " ")
            yield Difference(what=what, reference=_text(before.get(name)), new=_text(after.get(name)))


def _text(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(map(_text, value))
    return "" if value is None else {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _stolen(reference: Run, new: Run) -> Iterable[Difference]:
    before, after = (float(run.machine.get("stolen_share") or 0.0) for run in (reference, new))
    if abs(before - after) >= STOLEN:
        yield Difference(what="CPU time stolen", reference=f"{100 * before:.0f} %", new=f"{100 * after:.0f} %")


def _of_cells(before: Cell, after: Cell) -> Iterable[Difference]:
    yield from _differing(before.interpreter, OBSERVED, before.observed, after.observed)
    libraries = [cell.observed.get("libraries") or {} for cell in (before, after)]
    yield from _differing(before.interpreter, dict.fromkeys([*libraries[0], *libraries[1]]), *libraries)
    counted = [{"counters' source": _sources(cell)} for cell in (before, after)]
    yield from _differing("", ("counters' source",), *counted)


def _sources(cell: Cell) -> str:
    return ", ".join(sorted({trial.counter_source for trial in cell.trials if trial.counter_source}))


def _warnings(reference: Run, new: Run) -> Iterable[Difference]:
    for said in reference.warnings:
        if said not in new.warnings:
            yield Difference(what="warning", reference=said, new="")
    for said in new.warnings:
        if said not in reference.warnings:
            yield Difference(what="warning", reference="", new=said)


def other_load(reference: Run, new: Run, before: Cell, after: Cell) -> str:
    """Why the two cells were not asked the same, though their scenario has one name; empty if they were."""
    if before.placement != after.placement:
        was, now = (cell.placement or "of unknown placement" for cell in (before, after))
        return f"it was {was} before and is {now} now"
    engines = [_engines(cell) for cell in (before, after)]
    if all(engines) and engines[0] != engines[1]:
        return f"the engine was {engines[0]} before and is {engines[1]} now"
    durations = [run.plan.get("duration_s") for run in (reference, new)]
    if durations[0] != durations[1]:
        return f"its windows were {durations[0]} s long before and are {durations[1]} s now"
    return _other_scenario(_scenario(reference, before), _scenario(new, after)) or _other_rate(
        _rate_per_s(reference, before), _rate_per_s(new, after)
    )


def _other_scenario(before: dict[str, Any], after: dict[str, Any]) -> str:
    for name, meaning in LOAD.items():
        if before.get(name) != after.get(name):
            was, now = _text(before.get(name)) or "none", _text(after.get(name)) or "none"
            return f"the load is another one ({meaning}: {was} before, {now} now)"
    return ""


def _scenario(run: Run, cell: Cell) -> dict[str, Any]:
    return next((one for one in run.plan.get("scenarios", []) if one.get("name") == cell.scenario), {})


def _engines(cell: Cell) -> str:
    return ", ".join(sorted({trial.load.engine for trial in cell.trials if trial.load}))


def _other_rate(before_per_s: float, after_per_s: float) -> str:
    if abs(before_per_s - after_per_s) > RATES_APART * max(before_per_s, after_per_s):
        return (
            f"it was offered {before_per_s:,.0f} req/s before and is offered {after_per_s:,.0f} now: set --rate in both"
        )
    return ""


def _rate_per_s(run: Run, cell: Cell) -> float:
    """What an open loop was to offer: the scenario's rate, else the common rate that the run found; 0 if closed."""
    one = _scenario(run, cell)
    is_open = any(trial.load and trial.load.offered_per_s for trial in cell.trials)
    return float(one.get("rate_per_s") or run.plan.get("common_rate_per_s") or 0.0) if is_open else 0.0
