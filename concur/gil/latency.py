"""Round trips to a service in a process that computes besides: one connection, one message after the other. Tier 1.

A closed loop of one connection: each round trip begins when the last one has
ended, so that its latency is all that the peer waits. The switch interval is
the interpreter's own. A measurement goes on until it has so many round trips
that three rounds make a thousand, or until it takes too long; the row says how
many there were.
"""

import time
from collections.abc import Iterator, Sequence

from concur import catalog
from concur.bench import estimates
from concur.bench.target import RunningTarget
from concur.gil import company
from concur.gil.company import Cell, checked, let_pass
from concur.gil.points import FURTHER, HEADLINE, USUAL, Asked, Outcome, Point, Sample
from concur.gil.results import Latency
from concur.load.drive import Engine
from concur.load.merge import merged
from concur.load.plan import LATENCY_QUANTILES, LoadResult

CPU_THREADS = (0, 1, 2, 4)
SHOWN_THREADS = (0, 1)
ENOUGH = 340  # round trips of a measurement
PIECE_S = 0.25  # between two looks whether it has enough
WARMUP_S = 0.2
MOST_S = 4.5  # of measuring, for each CPU-bound thread: beside one, so many take about 3 s
QUICK_S = 0.25
INTERVAL_S = 0.005  # that every CPython begins with; for what a point takes alone
INTERVALS_EACH = 1.8  # that a round trip waits for each thread, as seen


def points(asked: Asked) -> list[Point]:
    """Models × CPU-bound threads on each interpreter; what cannot be had is there once, with the reason."""
    return [
        point
        for interpreter in asked.interpreters
        for model in asked.models
        for point in _of_model(asked, interpreter, model)
    ]


def _of_model(asked: Asked, interpreter: str, model: str) -> Iterator[Point]:
    has_gil = not asked.interpreters[interpreter].free_threaded
    for cpu_threads in CPU_THREADS:
        cell = Cell(model=model, cpu_workers=cpu_threads)
        absent, priority = company.why_not(asked, interpreter, cell), _priority(asked, model, cpu_threads)
        measuring_s = PIECE_S if asked.quick else _takes_s(cpu_threads if has_gil else 0)
        yield Point(
            interpreter=interpreter,
            what=(model, cpu_threads),
            about_s=company.about_s(cell, INTERVAL_S) + WARMUP_S + measuring_s,
            priority=priority,
            absent=absent,
        )
        if absent:
            return


def _takes_s(cpu_threads: int) -> float:
    """About how long enough round trips take."""
    return max(PIECE_S, ENOUGH * INTERVALS_EACH * INTERVAL_S * cpu_threads)


def _priority(asked: Asked, model: str, cpu_threads: int) -> int:
    is_first = model == ("threads" if "threads" in asked.models else asked.models[0])
    if cpu_threads in SHOWN_THREADS:
        return HEADLINE if is_first else USUAL if catalog.model(model).default else FURTHER
    return USUAL if is_first else FURTHER


def measure(point: Point, asked: Asked, number: int) -> Sample:
    """round_trips, and latency_ns by the engine's quantiles; from a fresh target. Raises ConcurError as `drive`."""
    model, cpu_threads = str(point.what[0]), int(point.what[1])
    most_s = QUICK_S if asked.quick else MOST_S * max(1, cpu_threads)

    def measured(_running: RunningTarget, engine: Engine) -> Sample:
        let_pass(engine, WARMUP_S)
        found = checked(round_trips(engine, ENOUGH, most_s))
        return {"round_trips": found.verified, "latency_ns": dict(found.latency_ns)}

    cell = Cell(model=model, cpu_workers=cpu_threads)
    return company.drive(cell, asked.interpreters[point.interpreter], asked, measured)


def round_trips(engine: Engine, enough: int, most_s: float) -> LoadResult:
    """As many as are enough or more, in windows one after the other, for at most so long: what all of them say."""
    windows: list[LoadResult] = []
    end_s = time.monotonic() + most_s
    while not windows or (sum(each.verified for each in windows) < enough and time.monotonic() + PIECE_S <= end_s):
        engine.open_window(int(PIECE_S * 1e9))
        windows.append(engine.close_window())
    return merged(windows, engine.load.slice_ns)


def rows(outcomes: Sequence[Outcome]) -> list[Latency]:
    """One for each point: quantiles as medians of the rounds', round trips of all rounds together."""
    return [_row(outcome) for outcome in outcomes]


def _row(outcome: Outcome) -> Latency:
    samples = list(outcome.samples.values())
    return Latency(
        interpreter=outcome.point.interpreter,
        model=str(outcome.point.what[0]),
        cpu_threads=int(outcome.point.what[1]),
        absent="" if samples else outcome.reason or outcome.point.absent,
        round_trips=sum(one["round_trips"] for one in samples),
        latency_ns={
            name: estimates.estimate([one["latency_ns"][name] for one in samples])
            for name in LATENCY_QUANTILES
            if samples and all(name in one["latency_ns"] for one in samples)
        },
    )
