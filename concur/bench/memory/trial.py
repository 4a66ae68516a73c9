"""One trial: a fresh process, read without a connection and then with more and more that idle. Tier 1.

The connections are held by load generators in processes of their own, one for
each level, so that none of their memory is in what is read. Each sends one
message and verifies the reply before the level is read.
"""

import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime

import psutil

from concur.bench import verdicts
from concur.bench.launch import Launch
from concur.bench.memory.kernel import Kernel, kernel_of, stack_bytes
from concur.bench.memory.plan import MemoryPlan
from concur.bench.memory.reading import Holding, Reader, reader
from concur.bench.memory.records import MemoryPoint, MemoryTrial
from concur.bench.placement import Placement
from concur.bench.plan import Target
from concur.bench.target import RunningTarget, launch, running_on
from concur.bench.trial import smoke
from concur.errors import ConcurError, LoadError, TargetError
from concur.load.drive import Engine
from concur.load.plan import Load

# To take in the end of all connections. With 10,000 threads it takes 30 s: each wakes every 5 ms to ask for the GIL.
GRACE_S = 90.0
TIMEOUT_NS = 30_000_000_000  # of a reply, where thousands ask at once
PATIENCE_S = 60.0  # without a reply, all of them waiting
SLICE_NS = 100_000_000  # how often the engine says what came back
THINK_NS = 3_600_000_000_000  # after its one message a connection is silent
PAUSE_S = 0.1  # between two readings
MOST_READINGS = 20
STILL = 0.001  # two readings that differ by less, or by less than a page for a hundred connections, are one
STILL_BYTES = 64 * 1024
MOST_OF_FREE = 0.5  # of the memory that is available, the next level may take

Tell = Callable[[str], None]


def run_trial(
    target: Target, levels: Sequence[int], placement: Placement, plan: MemoryPlan, number: int, tell: Tell
) -> MemoryTrial:
    """Measure one target once. What it does wrong is in the result, with the levels that it had reached."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    trial = MemoryTrial(round=number, started_at=now, verdict="failed")
    try:
        tell("start")
        with running_on(placement.target):
            started = launch(target, Launch(grace_s=GRACE_S))
        with started as running, running_on(placement.engine):
            _grow(trial, running, target, levels, placement, plan, tell)
    except (TargetError, LoadError) as error:
        trial.verdict, trial.reason = "failed", str(error)
    except subprocess.TimeoutExpired:
        trial.verdict, trial.reason = "failed", "the load generator did not end: the machine is overloaded"
    return trial


def _grow(
    trial: MemoryTrial,
    running: RunningTarget,
    target: Target,
    levels: Sequence[int],
    placement: Placement,
    plan: MemoryPlan,
    tell: Tell,
) -> None:
    trial.ready = running.ready.get("observed", {})
    if reason := verdicts.not_as_named(target.interpreter, target.env, trial.ready):
        trial.verdict, trial.reason = "absent", reason
        return
    try:
        with running.blamed("died under its connections"):
            smoke(running.host, running.port)
            _levels(trial, running, levels, placement, plan, tell)
        tell("end")
        running.stop()
        trial.verdict = "ok"
    except ConcurError:
        trial.stderr = running.said()
        raise


def _levels(
    trial: MemoryTrial,
    running: RunningTarget,
    levels: Sequence[int],
    placement: Placement,
    plan: MemoryPlan,
    tell: Tell,
) -> None:
    tree = reader(running.pid)
    kernel = kernel_of(tree.pids())
    trial.source, trial.kernel_source = tree.source, kernel.source
    engines: list[Engine] = []
    try:
        with ExitStack() as held:
            for before, connections in zip((0, *levels), levels, strict=False):
                if not _fits(trial.points, connections):
                    trial.stopped = f"{connections:,} connections would not have fitted into this machine's memory"
                    break
                tell(f"{connections:,} connections")
                if connections > before:
                    load = _load(running, connections - before, plan)
                    engine = held.enter_context(Engine(load, cpus=placement.engine, kind=plan.engine))
                    engines.append(engine)
                    _exchange(engine, running)
                trial.points.append(_point(connections, tree, kernel))
            tell("closing")
            for engine in engines:
                engine.finish()
    finally:
        kernel.close()
    for engine in engines:
        _check(engine)


def _exchange(engine: Engine, running: RunningTarget) -> None:
    """One message on each connection, there and back. Raises TargetError where the target ends, or nothing comes."""
    engine.start()
    quiet_at = time.monotonic() + PATIENCE_S
    for piece in engine.slices():
        if not running.is_alive():
            raise TargetError("the target ended under its connections")
        if engine.is_exhausted:
            return
        if piece.verified:
            quiet_at = time.monotonic() + PATIENCE_S
        if time.monotonic() > quiet_at:
            raise TargetError("not every connection was served", why=f"nothing more came for {PATIENCE_S:.0f} s")


def _load(running: RunningTarget, connections: int, plan: MemoryPlan) -> Load:
    return Load(
        host=running.host,
        port=running.port,
        connections=connections,
        payload_bytes=plan.payload_bytes,
        messages=connections,
        think_ns=THINK_NS,
        timeout_ns=TIMEOUT_NS,
        seed=plan.seed,
        slice_ns=SLICE_NS,
    )


def _check(engine: Engine) -> None:
    """Raises TargetError unless each connection's message came back, and the connection stayed."""
    told = engine.totals()
    if told.verified != engine.load.connections:
        names = ("wrong", "short", "reset", "timed_out", "refused", "lost")
        found = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name in names if (count := getattr(told, name)))
        why = (
            f"{told.verified:,} of {engine.load.connections:,} had their reply; {found or 'nobody knows of the others'}"
        )
        raise TargetError("not every connection was served", why=why)


def _point(connections: int, tree: Reader, kernel: Kernel) -> MemoryPoint:
    holding, is_settled = _settled(tree)
    stack = stack_bytes()
    return MemoryPoint(
        connections=connections,
        bytes=holding.bytes,
        threads=holding.threads,
        processes=holding.processes,
        page_tables_bytes=holding.page_tables_bytes,
        stacks_bytes=None if stack is None else stack * holding.threads,
        kernel_bytes=kernel.read(connections),
        is_settled=is_settled,
    )


def _settled(tree: Reader) -> tuple[Holding, bool]:
    """The first reading that the next one repeats; the last one, and False, where none does."""
    before = tree.read()
    for _ in range(MOST_READINGS):
        time.sleep(PAUSE_S)
        now = tree.read()
        if abs(now.bytes - before.bytes) <= max(STILL * before.bytes, STILL_BYTES) and now.threads == before.threads:
            return now, True
        before = now
    return before, False


def _fits(points: Sequence[MemoryPoint], connections: int) -> bool:
    """Whether the next level will leave memory to others, if it goes on as it did so far."""
    if len(points) < 2 or points[-1].connections == 0:
        return True
    first, last = points[0], points[-1]
    held = last.bytes - first.bytes + (last.kernel_bytes or 0) - (first.kernel_bytes or 0)
    more = held / last.connections * (connections - last.connections)
    return more <= MOST_OF_FREE * psutil.virtual_memory().available
