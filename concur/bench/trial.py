"""One trial: a fresh target, driven by one load; a smoke, a warm-up, a window, an end. Tier 1.

The measured window contains neither start-up nor connecting nor draining. The
counters are read at its edges, while the load goes on before and after.
"""

import socket
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import psutil

from concur.bench import verdicts
from concur.bench.counters import Counters, Observer, observe, total
from concur.bench.estimates import is_steady
from concur.bench.placement import Placement
from concur.bench.plan import Plan, Target
from concur.bench.results import Trial
from concur.bench.scenarios import Scenario
from concur.bench.target import RunningTarget, running_on, start
from concur.bench.warmup import classify
from concur.errors import ConcurError, LoadError, TargetError
from concur.load.drive import Engine
from concur.load.merge import merged
from concur.load.plan import Load, LoadResult, Slice
from concur.load.stuck import stuck_peers

SMOKE = b"a line that comes back\n" * 3 + b"and one without an end"
SMOKE_S = 5.0
SLICE_NS = 50_000_000
SETTLE_S = 0.005  # after a pause
Tell = Callable[[str], None]


def run_trial(
    target: Target,
    scenario: Scenario,
    placement: Placement,
    plan: Plan,
    number: int,
    tell: Tell,
    trial: Trial | None = None,
) -> Trial:
    """Measure one cell once. Whatever the target does wrong is in the result; what it did before that is kept.

    A target that is not what its interpreter's name says (the GIL came back) is absent; where it says so when it
    is ready, nothing is measured.
    tell is called with what is going on: "start", "warm-up", "window", "end"; who gave a trial can look on.
    """
    trial = trial or new_trial(number)
    with running_on(placement.engine):
        for _ in steps(trial, target, scenario, placement, plan, tell):
            pass  # nobody else's turn
    return trial


def new_trial(number: int) -> Trial:
    """A trial of that round which is still to be made."""
    return Trial(round=number, started_at=datetime.now(UTC).isoformat(timespec="seconds"), verdict="failed")


def steps(
    trial: Trial, target: Target, scenario: Scenario, placement: Placement, plan: Plan, tell: Tell, parts: int = 1
) -> Generator[None, None, None]:
    """The same as a generator that fills the trial in, its window in so many parts: it yields before each of them.

    Of more than one part, nothing is sent while it waits for its turn.
    """
    try:
        tell("start")
        with start(target, scenario, placement) as running:
            yield from _drive(trial, running, target, scenario, placement, plan, tell, parts)
    except (TargetError, LoadError) as error:
        trial.verdict, trial.reason = "failed", str(error)


def _drive(
    trial: Trial,
    running: RunningTarget,
    target: Target,
    scenario: Scenario,
    placement: Placement,
    plan: Plan,
    tell: Tell,
    parts: int,
) -> Iterator[None]:
    trial.ready = running.ready.get("observed", {})
    if reason := verdicts.not_as_named(target.interpreter, target.env, trial.ready):
        trial.verdict, trial.reason = "absent", reason
        return
    try:
        with running.blamed("died in mid-trial"):
            smoke(running.host, running.port)
            with stuck_peers(running.host, running.port, scenario.stuck_peers):
                load = load_of(running, target, scenario, plan)
                yield from _measure(trial, running, load, placement, plan, tell, parts)
        tell("end")
        trial.verdict, trial.reason = verdicts.of_trial(trial)
        trial.end = running.stop()
        reason = verdicts.not_as_named(target.interpreter, target.env, trial.end.get("observed", {}))
        if reason and trial.verdict not in verdicts.BROKEN:
            trial.verdict, trial.reason = "absent", reason
    except ConcurError:
        trial.stderr = running.said()
        raise


def smoke(host: str, port: int) -> None:
    """Bytes return exactly, and a half-closed peer gets everything. Raises TargetError with what came instead."""
    try:
        with socket.create_connection((host, port), timeout=SMOKE_S) as connection:
            connection.sendall(SMOKE)
            connection.shutdown(socket.SHUT_WR)
            got = b"".join(iter(lambda: connection.recv(65536), b""))
    except TimeoutError:
        raise TargetError("the target does not answer", why=f"nothing came back for {SMOKE_S:.0f} s") from None
    except OSError as error:
        raise TargetError("the target does not echo", why=error.strerror or str(error)) from None
    if got != SMOKE:
        raise TargetError("the target does not echo", why=f"sent {SMOKE[:30]!r}…, got {got[:30]!r}… ({len(got)} bytes)")


def load_of(running: RunningTarget, target: Target, scenario: Scenario, plan: Plan) -> Load:
    """The scenario as the engine takes it, within what the target serves at a time: active connections come first."""
    total = fewer_connections(target, scenario) or scenario.connections + scenario.idle
    active = min(scenario.connections, total)
    return Load(
        host=running.host,
        port=running.port,
        connections=active,
        idle=min(scenario.idle, total - active),
        payload_bytes=scenario.payload_bytes,
        lines=scenario.is_dosed,
        rate_per_s=scenario.rate_per_s,
        churn=scenario.churn,
        timeout_ns=int(plan.timeout_s * 1e9),
        seed=plan.seed,
        slice_ns=SLICE_NS,
    )


def fewer_connections(target: Target, scenario: Scenario) -> int | None:
    """How many connections a cell has, where the target serves fewer at a time than the scenario asks; else None."""
    most = target.max_active
    return most if most is not None and most < scenario.connections + scenario.idle else None


def _measure(
    trial: Trial, running: RunningTarget, load: Load, placement: Placement, plan: Plan, tell: Tell, parts: int
) -> Iterator[None]:
    observer = observe(running.pid)
    try:
        with Engine(load, cpus=placement.engine, kind=plan.engine) as engine:
            tell("warm-up")
            engine.start()
            trial.warmup_slices, trial.steady = warm_up(engine, plan.warmup_s, trial.warmup_slices)
            trial.warmup_ns = len(trial.warmup_slices) * load.slice_ns
            measured = []
            for _ in range(parts):
                yield from _pause(engine) if parts > 1 else ()
                tell("window")
                measured.append(window(engine, observer, int(plan.duration_s * 1e9) // parts))
            trial.load = merged([each.load for each in measured], load.slice_ns)
            trial.counters = total([each.counters for each in measured])
            trial.engine_sleeps = sum(each.engine_sleeps for each in measured)
            trial.memory_bytes = observer.memory()
            engine.finish()
    finally:
        observer.close()
    trial.counter_source, trial.missing = observer.source, [*observer.missing, *filter(None, [engine.warning])]
    trial.server_busy = trial.counters.busy(placement.allotted)
    trial.engine_busy = trial.load.engine_cpu_ns / trial.load.window_ns
    trial.warmup = classify(whole_slices(trial.warmup_slices, trial.load, load.slice_ns), load.slice_ns)


class Part(NamedTuple):
    """What was counted in one window, by the engine and of the target."""

    load: LoadResult
    counters: Counters
    engine_sleeps: int


def window(engine: Engine, observer: Observer, window_ns: int) -> Part:
    """Measure for so long; the load goes on before and after."""
    engine.open_window(window_ns)
    before, slept = observer.read(), sleeps(engine)
    load = engine.close_window()
    return Part(load, observer.read().minus(before), sleeps(engine) - slept)


def _pause(engine: Engine) -> Iterator[None]:
    """Nothing is sent until the next step; then a moment passes, in which what had been in flight is taken in."""
    engine.pause()
    try:
        yield
    finally:
        engine.resume()
    time.sleep(SETTLE_S)


def sleeps(engine: Engine) -> int:
    """How often the engine has slept: it has one thread, which waits for replies alone."""
    return int(psutil.Process(engine.pid).num_ctx_switches().voluntary)


def warm_up(engine: Engine, bound_s: float, into: list[Slice] | None = None) -> tuple[list[Slice], bool]:
    """(slices, whether steady): let slices pass, `into` a list if one is given, until their rate is, at most so long.

    The same rule for every interpreter: who is steady at once pays for ten slices, whatever the bound.
    """
    slices: list[Slice] = [] if into is None else into
    bound = max(1, round(bound_s * 1e9 / SLICE_NS))
    for one in engine.slices():
        slices.append(one)
        if is_steady([each.verified for each in slices]):
            return slices, True
        if len(slices) >= bound:
            break
    return slices, False


def whole_slices(before: Sequence[Slice], load: LoadResult, slice_ns: int) -> list[int]:
    """What each slice verified, those before the window and then its own, but for a last one that the window cut short.

    What passed while the window was being opened is in none: less than a slice, on a machine that is not overloaded.
    """
    of_window = load.slices[: load.window_ns // slice_ns]
    return [one.verified for one in (*before, *of_window)]
