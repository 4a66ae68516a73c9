"""One probe: why a cell's rate is what it is, by tracing a fresh target in a trial of its own. Tier 1.

    first half of the window    threads are looked at, and the target is asked of its collections and its JIT
    second half                 every system call, switch, page fault and take of the GIL is counted, which slows it

So the rate of the second half is nobody's capacity, and counts are for one
verified request of it. Where nothing may count, threads are looked at all the
time. Who waits for the GIL is read off /proc, not asked of a profiler: each
profiler knows few versions of one interpreter, and stops the target for each look.

What must not live here: how a source works (`tracing.py`, `waiting.py`,
`gil_takes.py`, and `inside.py` for what the target tells), what follows from its figures (`probe_figures.py`).
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from concur.bench import verdicts
from concur.bench.placement import Placement
from concur.bench.plan import Plan, Target
from concur.bench.probe import gil_takes, tracing, waiting
from concur.bench.probe.backlog import await_accepted
from concur.bench.probe.probe_figures import fill_counts, fill_inside
from concur.bench.probe.tracing import Tracer
from concur.bench.results import Probe
from concur.bench.scenarios import Scenario
from concur.bench.target import RunningTarget, running_on, start
from concur.bench.trial import load_of, smoke, warm_up
from concur.catalog import INTERPRETERS, PROCESSES
from concur.errors import MachineError, TargetError
from concur.load.drive import Engine
from concur.load.plan import Load, LoadResult
from concur.load.stuck import stuck_peers

FORKING = ("processes", "prefork")  # models whose work is done in forked children
ISOLATED = "subinterpreters"
LEAST_WINDOW_NS = 100_000_000
SPARE_NS = 100_000_000  # of the window after the counting, so that this ends within it
ACCEPT_S = 5.0  # a thread or process with counters of its own takes longer to be born


def probe(target: Target, scenario: Scenario, placement: Placement, plan: Plan) -> Probe:
    """Trace a fresh target under this load, for about plan.duration_s after a trial's warm-up.

    What a source does not give is said in `missing`. Raises TargetError and
    LoadError where the target or its load fail, as a trial would report.
    """
    with running_on(placement.engine), start(target, scenario, placement, ask=can_be_asked(target)) as running:
        if reason := verdicts.not_as_named(target.interpreter, target.env, running.ready.get("observed", {})):
            raise TargetError(f"{target.label} is not what it is called", why=reason)
        with running.blamed("died while it was probed"):
            smoke(running.host, running.port)
            with stuck_peers(running.host, running.port, scenario.stuck_peers):
                found = _under_load(running, target, load_of(running, target, scenario, plan), placement, plan)
        found.shares = running.stop().get("shares", [])
    return found


def can_be_asked(target: Target) -> bool:
    """Whether the process that is started is the one that works: it tells nothing of children."""
    return target.kind != "command" and not _forks(target)


def _forks(target: Target) -> bool:
    return target.name in FORKING or target.topology.endswith(PROCESSES)


def _has_own_gils(target: Target) -> bool:
    return target.name == ISOLATED or target.topology.endswith(INTERPRETERS)


def _under_load(running: RunningTarget, target: Target, load: Load, placement: Placement, plan: Plan) -> Probe:
    missing: list[str] = []
    half_ns = max(int(plan.duration_s * 1e9 / 2), LEAST_WINDOW_NS)
    with ExitStack() as held:
        tracer = _attach(held, running, load.connections + load.idle, missing)
        engine = held.enter_context(Engine(load, cpus=placement.engine, kind=plan.engine))
        if left := await_accepted(running.port, ACCEPT_S):
            missing.append(f"{left} connections: nobody accepted them before the load began")
        engine.start()
        warm_up(engine, plan.warmup_s)
        found = _look(engine, running, target, half_ns if tracer else 2 * half_ns)
        if load.churn and _forks(target):
            found.missing.append("where children waited: most ended before they could be looked at")
        if tracer:
            _count(engine, tracer, half_ns, found)
    found.missing = list(dict.fromkeys([*missing, *found.missing, *filter(None, [engine.warning])]))
    return found


def _check(window: LoadResult) -> LoadResult:
    """The same. Raises TargetError for a target that answered wrongly, or not at all."""
    if window.wrong:
        raise TargetError("the target answered wrongly", why=f"{window.wrong} replies differed from what was sent")
    if not window.verified:
        raise TargetError("the target gave no answer", why="no reply came within the probe's window")
    return window


# The first half: looking, and asking


def _look(engine: Engine, running: RunningTarget, target: Target, window_ns: int) -> Probe:
    missing: list[str] = []
    before = _ask(running, target, missing)
    watch = _watch(running, target, before, missing)
    opened_ns = engine.open_window(window_ns)
    if watch:
        watch.until(opened_ns + window_ns)
    window = _check(engine.close_window())
    found = Probe(verified=window.verified, window_ns=window.window_ns, rate_per_s=window.rate_per_s, missing=missing)
    if before:
        fill_inside(found, before, running.ask())
    if watch:
        _fill_waiting(found, watch)
    return found


def _fill_waiting(found: Probe, watch: waiting.Watch) -> None:
    found.waiting, found.looks = watch.result()
    found.gil_source = "proc" if watch.has_gil else ""
    if not watch.is_urgent:
        found.missing.append("looks while the engine runs, where they share a CPU: no real-time priority is allowed")


def _watch(running: RunningTarget, target: Target, answer: dict[str, Any], missing: list[str]) -> waiting.Watch | None:
    without = [answer["thread"]] if answer else []
    if target.kind == "command":
        missing.append("who waits for the GIL: a command does not say whether it has one")
    try:
        own_gils = _has_own_gils(target)
        return waiting.Watch(running.pid, has_gil=_has_gil(running), has_own_gils=own_gils, without=without)
    except MachineError as error:
        missing.append(str(error))
        return None


def _has_gil(running: RunningTarget) -> bool:
    """Whether it said that its GIL is on; a command says nothing."""
    return bool(running.ready.get("observed", {}).get("gil"))


def _ask(running: RunningTarget, target: Target, missing: list[str]) -> dict[str, Any]:
    """What the target says of its collections and its JIT; nothing where it cannot be asked."""
    if not can_be_asked(target):
        missing.append(f"collections and the JIT: {_why_not_asked(target)}")
        return {}
    if _has_own_gils(target):
        missing.append("collections of subinterpreters: the main interpreter alone is asked")
    return running.ask()


def _why_not_asked(target: Target) -> str:
    if target.kind == "command":
        return "only servers under our own contract can be asked"
    return "it forks, and children are not asked"


# The second half: counting


def _attach(held: ExitStack, running: RunningTarget, threads: int, missing: list[str]) -> Tracer | None:
    """The tracer, ready but not counting; None where there is none. It attaches before the load makes threads."""
    members = tracing.members_of(running.pid)
    try:
        source = tracing.available()
        takes = held.enter_context(_takes(running, source, missing)) if _has_gil(running) else ""
        return held.enter_context(tracing.tracer(source, members, threads, takes))
    except MachineError as error:
        missing.append(str(error))
        return None


@contextmanager
def _takes(running: RunningTarget, source: str, missing: list[str]) -> Iterator[str]:
    """The tracepoint that fires when a thread asks for the GIL; empty where there is none."""
    with ExitStack() as held:
        name = why = ""
        if source != "perf":
            why = f"{source} does not count them"
        elif running.ready["observed"].get("implementation") != "CPython":
            why = "only CPython has a function to count them at"
        else:
            try:
                images = waiting.interpreter_images(waiting.mappings(running.pid))
                name = held.enter_context(gil_takes.probe_on(images))
            except MachineError as error:
                why = str(error)
        if why:
            missing.append(f"takes of the GIL: {why}")
        yield name


def _count(engine: Engine, tracer: Tracer, window_ns: int, found: Probe) -> None:
    """What the tracer counts for so long, over the requests of just that time."""
    try:
        tracer.begin()
        opened_ns = engine.open_window(window_ns + SPARE_NS)
        time.sleep(max(opened_ns + window_ns - time.monotonic_ns(), 0) / 1e9)
        counted = tracer.end()
    except MachineError as error:
        found.missing.append(str(error))
        return
    fill_counts(found, counted, _check(engine.close_window()), tracer.source)
