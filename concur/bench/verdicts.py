"""What may be said of a trial, of a cell, and of two. Tier 1; pure rules over results."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from concur.bench import estimates
from concur.bench.plan import is_meant
from concur.bench.results import Cell, Comparison, CpuPerRequest, Estimate, Trial
from concur.interpreters.describe import Interpreter
from concur.load.plan import LATENCY_QUANTILES, LoadResult

ENGINE_SATURATED = 0.90  # of its core: beyond this the engine may be what limits the rate
SERVER_BOUND = 0.95  # of the CPU allotted: beyond this the target is
ON_TIME = 0.99  # of an open loop's messages: with fewer, the engine did not offer what it says
UNSTABLE = 1.5  # highest over lowest rate of a cell's rounds
ENDED_BADLY = ("lost", "short", "reset", "timed_out", "refused")
BROKEN = ("wrong", "failed")  # the target's own fault
# How many rounds make a cell what they are.
ANY_ROUND, MOST_ROUNDS = (*BROKEN, "absent"), ("void", "engine-bound")
NO_FIGURES = ("wrong", "void", "absent")  # a round whose rate is not what it says
NO_COMPARISON = ("wrong", "failed", "absent", "void", "engine-bound")


def of_trial(trial: Trial) -> tuple[str, str]:
    """(verdict, reason) of a trial that ran to its window's end."""
    load = trial.load
    if load is None:
        return "failed", "nothing was measured"
    if load.wrong:
        return "wrong", f"{load.wrong} replies differed from what was sent"
    if bad := [f"{getattr(load, kind)} {kind.replace('_', ' ')}" for kind in ENDED_BADLY if getattr(load, kind)]:
        return "failed", f"{', '.join(bad)} of {load.sent} messages"
    if not load.verified:
        return "failed", "no reply came within the window"
    return _of_load(load, trial.engine_busy or 0.0, trial.server_busy or 0.0)


def _of_load(load: LoadResult, engine_busy: float, server_busy: float) -> tuple[str, str]:
    if load.on_time is not None and load.on_time < ON_TIME:
        return "void", f"the engine sent only {load.on_time:.1%} on time"
    if engine_busy > ENGINE_SATURATED and server_busy < SERVER_BOUND:
        return "engine-bound", f"the engine was {engine_busy:.0%} busy, the target {server_busy:.0%}"
    return "ok", ""


def not_as_named(interpreter: Interpreter, env: Mapping[str, str], observed: Mapping[str, Any]) -> str:
    """Why a target is not what its interpreter's name says, by what it observed of itself; empty if it is.

    A state that a setting of its own asks for is in its name, and so no lie: PYTHON_GIL=1, PYTHON_JIT=1.
    """
    if interpreter.free_threaded and observed.get("gil") and env.get("PYTHON_GIL") != "1":
        return f"{observed.get('gil_turned_on_by', 'an import')} turned the GIL back on"
    if "jit" not in observed or env.get("PYTHON_JIT"):
        return ""
    if interpreter.jit == "on" and not observed["jit"]:
        return "its JIT is off"
    return "its JIT is on" if interpreter.jit == "off" and observed["jit"] else ""


def summarise(cell: Cell) -> None:
    """Fill a cell in from its trials: medians with intervals, counters a request, the verdict."""
    cell.verdict, cell.reason = of_cell(cell)
    good = measured(cell)
    for trial in (good or cell.trials)[-1:]:
        cell.observed = trial.ready | trial.end.get("observed", {})
    if not good:
        return
    loads = [trial.load for trial in good if trial.load]
    cell.rate_per_s = estimates.estimate([load.rate_per_s for load in loads])
    cell.latency_ns = {
        name: estimates.estimate([load.latency_ns[name] for load in loads])
        for name in LATENCY_QUANTILES
        if all(name in load.latency_ns for load in loads)
    }
    cell.server_cpu_ns_per_request = CpuPerRequest(
        total=_per_request(good, lambda trial: trial.counters.cpu_ns if trial.counters else 0),
        user=_per_request(good, lambda trial: trial.counters.user_ns if trial.counters else 0),
        system=_per_request(good, lambda trial: trial.counters.system_ns if trial.counters else 0),
    )
    cell.server_busy = _median(trial.server_busy for trial in good)
    cell.engine_busy = _median(trial.engine_busy for trial in good)
    cell.counters = _counters_per_request(good)


def measured(cell: Cell) -> list[Trial]:
    """The trials whose window holds verified replies, no wrong one, and the load that was meant."""
    return [trial for trial in cell.trials if trial.load and trial.load.verified and trial.verdict not in NO_FIGURES]


def of_cell(cell: Cell) -> tuple[str, str]:
    """(verdict, reason). One round in which the target was wrong or failed is enough; what the engine did must be
    so in half of the rounds. If all is well, whether the rounds agree.
    """
    if not cell.trials:
        return cell.verdict, cell.reason
    for verdict in (*ANY_ROUND, *MOST_ROUNDS):
        bad = [trial for trial in cell.trials if trial.verdict == verdict]
        if bad and (verdict in ANY_ROUND or 2 * len(bad) >= len(cell.trials)):
            return verdict, _times(len(bad), len(cell.trials)) + bad[0].reason
    rates = [trial.load.rate_per_s for trial in measured(cell) if trial.load]
    if estimates.is_bimodal(rates):
        return "bimodal", f"its rounds fall into two groups, between {min(rates):,.0f} and {max(rates):,.0f} req/s"
    if max(rates) > UNSTABLE * min(rates):
        return (
            "unstable",
            f"its rounds lie between {min(rates):,.0f} and {max(rates):,.0f} req/s: more rounds, a quieter machine",
        )
    return "ok", ""


def _times(bad: int, trials: int) -> str:
    return "" if trials == 1 else f"in {bad} of {trials} rounds: "


def _per_request(trials: list[Trial], used_ns: Callable[[Trial], int]) -> Estimate:
    return estimates.estimate([used_ns(trial) / trial.load.verified for trial in trials if trial.load])


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return estimates.estimate(known).median if known else None


def _counters_per_request(trials: list[Trial]) -> dict[str, float]:
    rows = [trial.counters.per_request(trial.load.verified) for trial in trials if trial.counters and trial.load]
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: estimates.estimate([row[name] for row in rows if name in row]).median for name in names}


def bounds_the_common_rate(cell: Cell) -> bool:
    """Whether its capacity counts when a rate for all is sought: not where it served fewer connections than others."""
    return cell.rate_per_s is not None and cell.connections is None and cell.verdict not in (*ANY_ROUND, "void")


# Comparisons


METRICS: dict[str, Callable[[Trial], float]] = {
    "rate": lambda trial: trial.load.rate_per_s if trial.load else 0.0,
    "p99": lambda trial: trial.load.latency_ns.get("p99", 0.0) if trial.load else 0.0,
    "cpu": lambda trial: trial.counters.cpu_ns / trial.load.verified if trial.counters and trial.load else 0.0,
}


def compare(cells: list[Cell], reference: str) -> list[Comparison]:
    """Each scenario's cells against its reference cell, paired by round: the rate, or at a common rate p99 and CPU.

    The comparisons of one metric in one scenario are a family, and corrected as such.
    """
    comparisons: list[Comparison] = []
    for name in dict.fromkeys(cell.scenario for cell in cells):
        family = [cell for cell in cells if cell.scenario == name]
        against = reference_cell(family, reference)
        if against:
            is_open = any(trial.load and trial.load.offered_per_s for trial in against.trials)
            for metric in ("p99", "cpu") if is_open else ("rate",):
                comparisons += _compare_family([cell for cell in family if cell is not against], against, metric)
    return comparisons


def reference_cell(family: list[Cell], reference: str) -> Cell | None:
    """The cell others are compared with: the first of that label or model, on that interpreter, that was measured."""
    named = [cell for cell in family if is_meant(reference, cell.label, cell.model, cell.interpreter)]
    return next((cell for cell in named if measured(cell)), None)


def _compare_family(cells: list[Cell], against: Cell, metric: str) -> list[Comparison]:
    pairs = {id(cell): _paired(cell, against, metric) for cell in cells}
    rated = [cell for cell in cells if pairs[id(cell)] and not not_comparable(cell, against)]
    adjusted = estimates.holm([estimates.p_value(pairs[id(cell)]) for cell in rated]) if rated else []
    p_values = dict(zip(map(id, rated), adjusted, strict=True))
    return [
        _comparison(cell, against, metric, pairs[id(cell)], p_values.get(id(cell)), len(rated))
        for cell in cells
        if pairs[id(cell)]
    ]


def _comparison(
    cell: Cell, against: Cell, metric: str, ratios: list[float], p_value: float | None, family: int
) -> Comparison:
    reason = not_comparable(cell, against)
    verdict = (
        "not comparable"
        if reason
        else estimates.verdict_of_ratio(ratios, p_value, family=max(1, family), higher_is_better=metric == "rate")
    )
    return Comparison(
        label=cell.label,
        interpreter=cell.interpreter,
        reference=against.label,
        reference_interpreter=against.interpreter,
        scenario=cell.scenario,
        metric=metric,
        ratio=estimates.ratio(ratios, [1.0] * len(ratios)),
        verdict=verdict,
        reason=reason,
    )


def not_comparable(cell: Cell, against: Cell) -> str:
    """Why a ratio of the two would compare two different things; empty if it would not."""
    for each in (cell, against):
        if each.connections is not None and cell.connections != against.connections:
            return f"{each.label} ran with {each.connections} at a time, as it serves no more connections"
    if cell.topology != against.topology:
        return f"its topology is {cell.topology}, the reference's {against.topology}"
    for each in (cell, against):
        if each.verdict in NO_COMPARISON:
            return f"{each.label} is {each.verdict}"
    return ""


def _paired(cell: Cell, against: Cell, metric: str) -> list[float]:
    """The ratios of the rounds that both have."""
    value = METRICS[metric]
    theirs = {trial.round: value(trial) for trial in measured(against)}
    ours = {trial.round: value(trial) for trial in measured(cell)}
    return [ours[number] / theirs[number] for number in sorted(ours) if ours[number] and theirs.get(number)]
