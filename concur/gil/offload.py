"""One heavy request among light ones, by where the computing is done (claim 4). Tier 1.

Eight connections send light lines in a closed loop. Beside them, or not, one
peer has a heavy line under way at all times. Inline it takes its turn with the
others in a loop, and the GIL from them among threads; in a pool of threads it
still does the latter; processes and subinterpreters have a GIL of their own.
The target may use all CPUs, the engine is on the last of them.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack

from concur import catalog
from concur.bench import estimates
from concur.bench.placement import place
from concur.bench.plan import Target
from concur.bench.results import Estimate
from concur.bench.scenarios import Scenario
from concur.bench.target import RunningTarget, start
from concur.echo.offload import why_not_from_interpreters
from concur.errors import TargetError
from concur.gil.company import check_named
from concur.gil.points import FURTHER, HEADLINE, USUAL, Asked, Outcome, Point, Sample
from concur.gil.results import Offload
from concur.interpreters.describe import Interpreter
from concur.load.drive import Engine
from concur.load.heavy import HeavyPeer, heavy_peer
from concur.load.plan import LATENCY_QUANTILES, Load, LoadResult

INLINE = "inline"
POOLS = tuple(f"2 {kind}" for kind in (catalog.THREADS, catalog.PROCESSES, catalog.INTERPRETERS))
WHERE = (INLINE, *POOLS)
SUMMED_UP = ("threads", "asyncio_protocol")  # models of the summary
NEEDED = {(INLINE, False), (INLINE, True), (f"2 {catalog.PROCESSES}", True)}  # of each of them

LIGHT_UNITS = 1
HEAVY_UNITS = 15_000  # 100 to 200 ms on CPython 3.11
CONNECTIONS = 8
PAYLOAD_BYTES = 64
TIMEOUT_NS = 5_000_000_000  # of a light line, behind however many heavy ones
WARMUP_S, WINDOW_S = 0.2, 1.0
QUICK_WARMUP_S, QUICK_WINDOW_S = 0.1, 0.3
ENDS_S = 0.5  # for starting and stopping a target and its pool
FAILURES = ("wrong", "lost", "short", "reset", "timed_out", "refused")
ONE_AT_A_TIME = "it serves one connection at a time, and whoever is heavy keeps it"


def points(asked: Asked) -> list[Point]:
    """Models × where × without and with a heavy peer; what cannot be had is there once, with the reason."""
    return [
        point
        for short, interpreter in asked.interpreters.items()
        for model in asked.models
        for where in WHERE
        for point in _of(
            asked, short, model, where, asked.why_missing(short, model) or why_not(model, where, interpreter)
        )
    ]


def _of(asked: Asked, short: str, model: str, where: str, absent: str) -> Iterator[Point]:
    for heavy in (False,) if absent else (False, True):
        yield Point(
            interpreter=short,
            what=(model, where, int(heavy)),
            about_s=ENDS_S + sum(_times_s(asked)),
            priority=_priority(model, where, heavy),
            absent=absent,
        )


def why_not(model: str, where: str, interpreter: Interpreter) -> str:
    """Why that model cannot have its computing done there, on that interpreter; empty if it can."""
    if light_connections(model) < 1:
        return ONE_AT_A_TIME
    if where == INLINE:
        return ""
    kind = where.split()[1]
    if kind == catalog.INTERPRETERS and interpreter.implementation != "CPython":
        return f"{interpreter.implementation} has no subinterpreters"
    reason = catalog.not_offloaded(model, kind, tuple(int(part) for part in interpreter.version.split(".")[:2]))
    return reason or (why_not_from_interpreters(kind) if model == "subinterpreters" else "")


def _priority(model: str, where: str, heavy: bool) -> int:
    if model in SUMMED_UP:
        return HEADLINE if (where, heavy) in NEEDED else USUAL
    return USUAL if catalog.model(model).default and where == INLINE else FURTHER


def _times_s(asked: Asked) -> tuple[float, float]:
    """Of warm-up and window."""
    return (QUICK_WARMUP_S, QUICK_WINDOW_S) if asked.quick else (WARMUP_S, WINDOW_S)


def light_connections(model: str) -> int:
    """How many light peers there are: fewer where it serves fewer at a time, as the heavy one is to be served, too."""
    most = catalog.model(model).max_active
    return CONNECTIONS if most is None else min(CONNECTIONS, most - 1)


def measure(point: Point, asked: Asked, number: int) -> Sample:
    """rate_per_s and latency_ns of the light lines, heavy_per_s. Raises ConcurError where target or load fails."""
    model, where, heavy = str(point.what[0]), str(point.what[1]), bool(point.what[2])
    target = Target(kind="model", name=model, interpreter=asked.interpreters[point.interpreter])
    scenario = Scenario(
        name="offload",
        shows="one heavy request among light ones",
        connections=light_connections(model),
        payload_bytes=PAYLOAD_BYTES,
        cpu_units=LIGHT_UNITS,
        heavy_units=HEAVY_UNITS,
        offload="" if where == INLINE else where,
        placement="shared",
    )
    placement = place(scenario.placement)
    with start(target, scenario, placement) as running:
        check_named(target, running.ready)
        sample = _load(running, scenario, heavy, asked, placement.engine)
        _check_end(running.stop())
    return sample


def _check_end(report: Sample) -> None:
    left = report.get("left", {})
    if behind := [f"{left[kind]} {kind}" for kind in ("threads", "children") if left.get(kind)]:
        raise TargetError("the target left something behind", why=", ".join(behind))


def _load(running: RunningTarget, scenario: Scenario, heavy: bool, asked: Asked, cpus: Sequence[int] | None) -> Sample:
    load = Load(
        host=running.host,
        port=running.port,
        connections=scenario.connections,
        payload_bytes=scenario.payload_bytes,
        lines=True,
        timeout_ns=TIMEOUT_NS,
        seed=asked.seed,
    )
    with running.blamed(), ExitStack() as stack:
        peer = stack.enter_context(heavy_peer(running.host, running.port)) if heavy else None
        engine = stack.enter_context(Engine(load, cpus=cpus, kind=asked.engine))
        return _window(engine, peer, *_times_s(asked))


def _window(engine: Engine, peer: HeavyPeer | None, warmup_s: float, window_s: float) -> Sample:
    engine.start()
    warm_ns = time.monotonic_ns() + int(warmup_s * 1e9)
    next(piece for piece in engine.slices() if piece.at_ns + engine.load.slice_ns >= warm_ns)
    engine.open_window(int(window_s * 1e9))
    before = peer.answered if peer else 0
    result = engine.close_window()
    answered = peer.answered - before if peer else 0
    _check_answers(result, peer)
    return {
        "rate_per_s": result.rate_per_s,
        "latency_ns": result.latency_ns if result.verified else {},
        "heavy_per_s": answered / window_s,
    }


def _check_answers(result: LoadResult, peer: HeavyPeer | None) -> None:
    if failed := [f"{count} {kind}" for kind in FAILURES if (count := getattr(result, kind))]:
        raise TargetError("light lines were not answered", why=", ".join(failed))
    if peer and peer.failure:
        raise TargetError("heavy lines were not answered", why=peer.failure)


def rows(outcomes: Sequence[Outcome]) -> list[Offload]:
    """One for each point, over its rounds."""
    return [_row(outcome) for outcome in outcomes]


def _row(outcome: Outcome) -> Offload:
    model, where, heavy = outcome.point.what
    samples = [outcome.samples[number] for number in sorted(outcome.samples)]
    return Offload(
        interpreter=outcome.point.interpreter,
        model=str(model),
        where=str(where),
        heavy=bool(heavy),
        absent="" if samples else outcome.reason or outcome.point.absent,
        rate_per_s=_estimate([sample["rate_per_s"] for sample in samples]),
        latency_ns=_latency([sample["latency_ns"] for sample in samples if sample["latency_ns"]]),
        heavy_per_s=_estimate([sample["heavy_per_s"] for sample in samples]) if heavy else None,
    )


def _estimate(values: Sequence[float]) -> Estimate | None:
    return estimates.estimate(values) if values else None


def _latency(found: Sequence[dict[str, float]]) -> dict[str, Estimate]:
    """By quantile; of the rounds in which a light line was answered at all."""
    return {name: estimates.estimate([each[name] for each in found]) for name in LATENCY_QUANTILES if found}
