"""One service beside CPU-bound work, started, loaded, looked at and ended: what experiments share. Tier 1.

The target may use all CPUs and the engine is on the last of them, so that
CPU-bound work competes with the service for the GIL before it does for a CPU.
What must not live here: what is measured, which is the experiment's own.
"""

import os
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Any

import msgspec

from concur import catalog
from concur.bench import verdicts
from concur.bench.placement import place
from concur.bench.plan import Target
from concur.bench.probe.backlog import await_accepted
from concur.bench.probe.tracing import members_of
from concur.bench.results import Trial
from concur.bench.scenarios import Scenario
from concur.bench.target import RunningTarget, running_on, start
from concur.bench.trial import SLICE_NS, smoke
from concur.errors import TargetError
from concur.gil.points import Asked, Sample
from concur.gil.waits import threads_of
from concur.interpreters.describe import Interpreter
from concur.load.drive import Engine
from concur.load.plan import Load, LoadResult

PAYLOAD_BYTES = 64
TIMEOUT_NS = 20_000_000_000  # 64 connections on one loop, at 20 ms for each reply, take turns for over a second
ACCEPT_S = 20.0  # to accept 64 connections takes some switch intervals for each
END_S = 15.0  # for the end of many connections on one loop, which takes some switch intervals for each
STARTS_S = 0.45  # a target's start, smoke and end
INTERVALS_EACH = 4  # that go by for each connection at its beginning and its end

Look = Callable[[RunningTarget, Engine], Sample]


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """A model with so many connections, and what computes beside it: no workers, no work."""

    model: str
    connections: int = 1
    cpu_workers: int = 0
    kind: str = catalog.THREADS
    interval_s: float | None = None  # None leaves the interpreter its own, 5 ms

    @property
    def beside(self) -> str:
        """As a scenario has it: «1 threads»; empty for none."""
        return f"{self.cpu_workers} {self.kind}" if self.cpu_workers else ""


def why_not(asked: Asked, interpreter: str, cell: Cell) -> str:
    """Why a cell cannot be had on that interpreter; empty if it can, as far as is known before it starts."""
    if missing := asked.why_missing(interpreter, cell.model):
        return missing
    most = catalog.model(cell.model).max_active
    if most is not None and most < cell.connections:
        return f"it serves {most} connection{'s' * (most != 1)} at a time"
    version = tuple(int(part) for part in asked.interpreters[interpreter].version.split(".")[:2])
    return catalog.not_as("", cell.kind, version) if cell.cpu_workers else ""


def about_s(cell: Cell, interval_s: float) -> float:
    """How long a target of that cell takes beside what is measured of it."""
    waited_s = cell.connections * INTERVALS_EACH * interval_s * cell.cpu_workers
    return STARTS_S + (waited_s if cell.kind == catalog.THREADS else 0.0)


def drive(cell: Cell, interpreter: Interpreter, asked: Asked, look: Look) -> Sample:
    """What `look` finds of a fresh target whose load has begun; with what its company computed, as units_per_s.

    Raises ConcurError where target, company, load or look fail; nothing that was started is left in any case.
    """
    target = Target(kind="model", name=cell.model, interpreter=interpreter)
    placement = place("shared")
    with running_on(placement.engine), start(target, _scenario(cell), placement) as running:
        running.grace_s = END_S
        check_named(target, running.ready)
        with running.blamed():
            sample = _under_load(running, cell, asked, placement.engine, look)
        end = running.stop()
        check_named(target, end)
    return sample | {"gil": bool(end["observed"].get("gil")), "units_per_s": units_per_s(end.get("beside", {}))}


def _scenario(cell: Cell) -> Scenario:
    return Scenario(
        name="convoy",
        shows="a service beside CPU-bound work",
        connections=cell.connections,
        payload_bytes=PAYLOAD_BYTES,
        beside=cell.beside,
        switch_interval_s=cell.interval_s,
        placement="shared",
    )


def check_named(target: Target, said: Mapping[str, Any]) -> None:
    """Raises TargetError where a target, by what it says of itself, is not what its interpreter's name promises."""
    if reason := verdicts.not_as_named(target.interpreter, target.env, said.get("observed", {})):
        raise TargetError(f"{target.label} on {target.interpreter.short} is not what it is called", why=reason)


def _under_load(running: RunningTarget, cell: Cell, asked: Asked, cpus: tuple[int, ...] | None, look: Look) -> Sample:
    smoke(running.host, running.port)
    load = Load(
        host=running.host,
        port=running.port,
        connections=cell.connections,
        payload_bytes=PAYLOAD_BYTES,
        timeout_ns=TIMEOUT_NS,
        seed=asked.seed,
        slice_ns=SLICE_NS,
    )
    with Engine(load, cpus=cpus, kind=asked.engine) as engine:
        if left := await_accepted(running.port, ACCEPT_S):
            raise TargetError(f"{left} connections were not accepted", why=f"nobody took them for {ACCEPT_S:.0f} s")
        engine.start()
        return look(running, engine)


def units_per_s(beside: Mapping[str, Any]) -> float | None:
    """Units of computing a second, all workers together and over their whole life; None where there were none."""
    return sum(beside["units"]) / beside["seconds"] if beside else None


def move(root: int, cpus: Collection[int]) -> None:
    """Let every thread of a process tree run on these CPUs alone, from now on. Who has just ended does not matter."""
    for pid in members_of(root)():
        for thread in threads_of(pid):
            with suppress(ProcessLookupError):
                os.sched_setaffinity(thread, cpus)


def let_pass(engine: Engine, seconds: float) -> None:
    """Let the load go on for so long. A convoy has a request each 30 ms: its slices don't tell whether it is steady."""
    end_ns = time.monotonic_ns() + int(seconds * 1e9)
    next(piece for piece in engine.slices() if piece.at_ns + engine.load.slice_ns >= end_ns)


def checked(window: LoadResult) -> LoadResult:
    """The same. Raises TargetError for a target that answered wrongly, or not at all."""
    verdict, reason = verdicts.of_trial(Trial(round=0, started_at="", verdict="failed", load=window))
    if verdict in verdicts.BROKEN:
        raise TargetError("the target did not serve", why=reason)
    return window
