"""What may be said of a trial and of a cell; of two, in `comparing.py`. Tier 1; pure rules over results."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from concur.bench import estimates, noise, warmup
from concur.bench.comparing import compare, noise_floors, reference_cell
from concur.bench.placement import Placement
from concur.bench.results import Cell, CpuPerRequest, Trial
from concur.bench.usable import BROKEN, NO_FIGURES, measured, not_comparable
from concur.interpreters.describe import Interpreter
from concur.load.plan import LATENCY_QUANTILES, LoadResult

__all__ = [
    "BROKEN",
    "NO_FIGURES",
    "bounds_the_common_rate",
    "compare",
    "measured",
    "noise_floors",
    "not_as_named",
    "not_comparable",
    "of_cell",
    "of_trial",
    "reference_cell",
    "summarise",
]

ENGINE_SATURATED = 0.90  # of its core: beyond this the engine may be what limits the rate
SERVER_BOUND = 0.95  # of the CPU allotted: beyond this the target is
ON_TIME = 0.99  # of an open loop's messages: with fewer, the engine did not offer what it says
UNSTABLE = 1.5  # highest over lowest rate of a cell's rounds; of ten and more, without a tenth at either end
MANY_ROUNDS = 10
MACHINE_REACH = 1.5  # a machine's speed is not believed to move further from its median
SETTLED = 1.1  # two states' figures that are nearer than this do not tell them apart
ENDED_BADLY = ("lost", "short", "reset", "timed_out", "refused")
# How many rounds make a cell what they are.
ANY_ROUND, MOST_ROUNDS = (*BROKEN, "absent"), ("void", "engine-bound")


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


def was_held_up(trial: Trial, placement: Placement) -> bool:
    """Whether an open loop's engine was late though it had time to spare, on a CPU that the target does not use.

    Then others had that CPU: it says nothing of the target, and another trial may be spared. Where the two
    share a CPU it may be the target's own doing, and to repeat it would choose the trials that suit the target.
    """
    return trial.verdict == "void" and placement.is_apart and (trial.engine_busy or 0.0) < ENGINE_SATURATED


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
    cell.server_cpu_ns_per_request = _cpu_per_request(good)
    cell.server_busy = _median(trial.server_busy for trial in good)
    cell.engine_busy = _median(trial.engine_busy for trial in good)
    cell.counters = _counters_per_request(good)
    cell.engine_sleeps = _median(map(_engine_sleeps, good))
    cell.noise = noise.of_trials(good)
    _settle(cell, good)


def _settle(cell: Cell, good: list[Trial]) -> None:
    """How its trials came to their steady state: the class of most, and when those that have one were there."""
    cell.warmup, after_ns, after_requests = warmup.of_trials(good)
    cell.steady_after_ns = estimates.estimate(after_ns) if after_ns else None
    cell.steady_after_requests = estimates.estimate(after_requests) if after_requests else None


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
    return _of_rounds(measured(cell))


def _of_rounds(good: list[Trial]) -> tuple[str, str]:
    """Whether the rounds agree."""
    if states := two_states(good):
        return "bimodal", _told(*states)
    low, high = _reach([rate_of(trial) for trial in good])
    if high <= UNSTABLE * low:
        return "ok", ""
    bulk = "its rounds" if len(good) < MANY_ROUNDS else "8 of 10 of its rounds"
    return "unstable", f"{bulk} lie between {low:,.0f} and {high:,.0f} req/s: more rounds, a quieter machine"


def rate_of(trial: Trial) -> float:
    """Verified replies a second; 0 for a trial without a window."""
    return trial.load.rate_per_s if trial.load else 0.0


def _reach(rates: list[float]) -> tuple[float, float]:
    """Lowest and highest; of many rounds the first and last decile, as the range grows with their number."""
    ends = (0.1, 0.9) if len(rates) >= MANY_ROUNDS else (0.0, 1.0)
    low, high = np.quantile(rates, ends)
    return float(low), float(high)


def two_states(good: list[Trial]) -> tuple[list[Trial], list[Trial]] | None:
    """The slow and the fast rounds, where they are two groups and not for the machine's speed; else None.

    The machine's speed is seen in the engine, whose CPU time for a request it
    moves as it moves the target's (correlation 0.5–0.95 by round, slope near 1, on two virtual
    cores). Two groups that are one when each rate is multiplied by it were the machine's.
    """
    rates = [rate_of(trial) for trial in good]
    between = estimates.two_groups(rates)
    if between is None or not estimates.is_bimodal([r * s for r, s in zip(rates, _slowness(good), strict=True)]):
        return None
    slow = [trial for trial, rate in zip(good, rates, strict=True) if rate < between]
    return slow, [trial for trial, rate in zip(good, rates, strict=True) if rate > between]


def _slowness(good: list[Trial]) -> list[float]:
    """How slow the machine was in each round: the engine's CPU time for a request over its median, within bounds."""
    costs = np.array([trial.load.engine_cpu_ns / trial.load.verified for trial in good if trial.load])
    if not costs.all():
        return [1.0] * len(good)
    return [float(each) for each in np.clip(costs / np.median(costs), 1 / MACHINE_REACH, MACHINE_REACH)]


def _told(slow: list[Trial], fast: list[Trial]) -> str:
    """Both states' rates, and the counter that differs most between them."""
    groups = " and ".join(
        f"{float(np.median([rate_of(trial) for trial in group])):,.0f} req/s in {len(group)}" for group in (slow, fast)
    )
    return f"its rounds fall into two groups, {groups} of them{_what_differs(slow, fast)}"


def _what_differs(slow: list[Trial], fast: list[Trial]) -> str:
    here, there = _counters_per_request(slow), _counters_per_request(fast)
    both = [name for name in here if name in there and not name.endswith("_ns")]
    apart = {name: abs(math.log((here[name] + 0.05) / (there[name] + 0.05))) for name in both}
    most = max(apart, key=lambda name: apart[name], default="")
    if not most or apart[most] < math.log(SETTLED):
        return "; no counter tells them apart"
    return f"; what differs most: {most.replace('_', ' ')}, {here[most]:.2f} and {there[most]:.2f} a request"


def _times(bad: int, trials: int) -> str:
    return "" if trials == 1 else f"in {bad} of {trials} rounds: "


def _cpu_per_request(trials: list[Trial]) -> CpuPerRequest | None:
    rows = [row for trial in trials if trial.counters for row in [trial.counters.per_request(trial.counted_requests)]]
    if not rows:
        return None
    total, user, system = (
        estimates.estimate([row[name] for row in rows]) for name in ("cpu_ns", "user_ns", "system_ns")
    )
    return CpuPerRequest(total=total, user=user, system=system)


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return estimates.estimate(known).median if known else None


def _engine_sleeps(trial: Trial) -> float | None:
    slept = trial.engine_sleeps
    return None if slept is None or trial.load is None else slept / trial.load.verified


def _counters_per_request(trials: list[Trial]) -> dict[str, float]:
    rows = [trial.counters.per_request(trial.counted_requests) for trial in trials if trial.counters]
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: estimates.estimate([row[name] for row in rows if name in row]).median for name in names}


def bounds_the_common_rate(cell: Cell) -> bool:
    """Whether its capacity counts when a rate for all is sought: not where it served fewer connections than others."""
    return cell.rate_per_s is not None and cell.connections is None and cell.verdict not in (*ANY_ROUND, "void")
