"""The convoy: a service whose threads queue for the GIL behind one that computes. Tier 1.

A thread that returns from a system call needs the GIL, and a thread that
computes keeps it for the switch interval (D. Beazley, Understanding the Python
GIL, PyCon 2010; bpo-7946). The rate of a service beside CPU-bound work is
measured over switch intervals, and stands beside what `formula.py` predicts of
two figures that are measured, too: how many intervals are waited out, and how
long a request takes alone. What must not live here: what the samples say, which
is in `convoy_figures.py`.
"""

import os
from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Any

from concur import catalog
from concur.bench.probe import gil_takes, tracing, waiting
from concur.bench.probe.perf_stat import PerfStat
from concur.bench.target import RunningTarget
from concur.errors import MachineError
from concur.gil import company, formula
from concur.gil.company import Cell, checked, let_pass
from concur.gil.convoy_figures import ALONE, ASKS, DEFAULT_S, RATE
from concur.gil.convoy_figures import rows as rows  # an experiment has the three of them
from concur.gil.points import FURTHER, HEADLINE, USUAL, Asked, Point, Sample
from concur.gil.waits import Waits, counted_per_s, threads_of, why_uncounted
from concur.load.drive import Engine
from concur.load.plan import LoadResult

INTERVALS_S = (1e-6, 1e-5, 1e-4, 5e-4, 1e-3, DEFAULT_S, 1e-2, 2e-2)
SHOWN_S = (5e-4, 1e-3, DEFAULT_S, 2e-2)  # where the formula is to hold, at one connection
CONNECTIONS = (1, 8, 64)
WORKERS = (1, 2)
WARMUP_S, PERF_S = 0.2, 0.1
MOVED_S = 0.05  # after a target was moved to other CPUs
SHORTEST_S = 0.6  # a window
QUICKER = 4
ASKING_S = 0.3
PROBE_S = 0.8  # to set a probe and to remove it


# What there is to measure


def points(asked: Asked) -> list[Point]:
    """Models × connections × what is beside × intervals; what cannot be had is there once, with the reason.

    Without a GIL one interval is as good as another, and one is measured.
    """
    found = []
    for interpreter in asked.interpreters:
        for model in asked.models:
            found += [_point(asked, interpreter, cell, RATE) for cell in _cells(asked, interpreter, model)]
            if _has_calls(asked, interpreter, model):
                found.append(_point(asked, interpreter, _cell(model), ASKS))
    return found


def _cell(model: str, connections: int = 1, workers: int = 1, **more: Any) -> Cell:
    return Cell(model=model, connections=connections, cpu_workers=workers, **{"interval_s": DEFAULT_S} | more)


def _cells(asked: Asked, interpreter: str, model: str) -> Iterator[Cell]:
    intervals_s = (DEFAULT_S,) if asked.interpreters[interpreter].free_threaded else INTERVALS_S
    for connections in CONNECTIONS:
        if company.why_not(asked, interpreter, _cell(model, connections)):
            yield _cell(model, connections)
            return  # it cannot have more of them either
        yield _cell(model, connections, ALONE)
        for kind, workers in product(catalog.COPIES, WORKERS):
            if company.why_not(asked, interpreter, _cell(model, kind=kind)):
                if (connections, workers) == (1, 1):
                    yield _cell(model, kind=kind)
                continue
            for interval_s in intervals_s if kind == catalog.THREADS else (DEFAULT_S,):
                yield _cell(model, connections, workers, kind=kind, interval_s=interval_s)


def _has_calls(asked: Asked, interpreter: str, model: str) -> bool:
    """Whether there is a function to count at whose calls ask for the GIL: on CPython, where there is a GIL."""
    found = asked.interpreters[interpreter]
    is_measured = not company.why_not(asked, interpreter, _cell(model)) and model not in formula.OWN_GILS
    return is_measured and found.implementation == "CPython" and not found.free_threaded


def _point(asked: Asked, interpreter: str, cell: Cell, look: str) -> Point:
    interval_s = cell.interval_s or DEFAULT_S
    measuring_s = ASKING_S + PROBE_S if look == ASKS else _window_s(interval_s, asked)
    return Point(
        interpreter=interpreter,
        what=(cell.model, cell.connections, cell.cpu_workers, cell.kind, interval_s, look),
        about_s=company.about_s(cell, interval_s) + WARMUP_S + PERF_S + measuring_s,
        priority=_priority(asked, cell, look),
        absent=company.why_not(asked, interpreter, cell),
    )


def _priority(asked: Asked, cell: Cell, look: str) -> int:
    """Of `threads`, or else the first model, the figures that the summary needs come first."""
    is_first = cell.model == ("threads" if "threads" in asked.models else asked.models[0])
    if is_first and look == RATE and cell in _headline(cell.model):
        return HEADLINE
    if is_first and cell in _shown_of_first(cell.model):
        return USUAL
    is_shown = catalog.model(cell.model).default and look == RATE and cell in _shown(cell.model)
    return USUAL if is_shown else FURTHER


@cache
def _headline(model: str) -> frozenset[Cell]:
    """The fall, where the formula holds at one connection and where it does not at more, and the cure."""
    over_intervals = {_cell(model, interval_s=interval_s) for interval_s in SHOWN_S}
    over_connections = {_cell(model, connections) for connections in CONNECTIONS}
    apart = {_cell(model, workers=ALONE), _cell(model, kind=catalog.PROCESSES)}
    return frozenset(over_intervals | over_connections | apart)


@cache
def _shown(model: str) -> frozenset[Cell]:
    return frozenset(_cell(model, connections, workers) for connections in CONNECTIONS for workers in (ALONE, 1))


@cache
def _shown_of_first(model: str) -> frozenset[Cell]:
    over_both = {_cell(model, each, interval_s=interval_s) for each, interval_s in product(CONNECTIONS, INTERVALS_S)}
    return _shown(model) | over_both | {_cell(model, workers=2), _cell(model, kind=catalog.INTERPRETERS)}


def _window_s(interval_s: float, asked: Asked) -> float:
    """Long enough for 50 requests and more at one in 1.5 intervals; for a hundred at 5 ms."""
    seconds = max(SHORTEST_S, 0.4 + 80 * interval_s)
    return seconds / QUICKER if asked.quick else seconds


# One sample


def measure(point: Point, asked: Asked, number: int) -> Sample:
    """rate_per_s and latency_ns of a fresh target, with its waits_per_s or why they are uncounted, or its service_ns.

    Or its asks, of a point that is for them. Raises ConcurError as `drive` does.
    """
    model, connections, workers, kind, interval_s, look = point.what
    cell = _cell(str(model), int(connections), int(workers), kind=str(kind), interval_s=float(interval_s))
    window_s = _window_s(float(interval_s), asked)

    def measured(running: RunningTarget, engine: Engine) -> Sample:
        let_pass(engine, WARMUP_S)
        if look == ASKS:
            return asks_of(running, engine)
        return rate_of(running, engine, window_s) if cell.cpu_workers else alone_of(running, engine, window_s)

    sample = company.drive(cell, asked.interpreters[point.interpreter], asked, measured)
    return sample | {"implementation": asked.interpreters[point.interpreter].implementation, "cpus": asked.cpus}


def alone_of(running: RunningTarget, engine: Engine, window_s: float) -> Sample:
    """What the service does with nothing beside it, and service_ns, how long a request takes.

    At one connection the scheduler may leave service and peer on one CPU or part
    them, by chance, and the rate is another three times. So both are measured
    there: the rate is the better one's, and the time that of the two apart, where
    each message wakes a CPU, as beside CPU-bound work it does.
    """
    together = set(engine.cpus or ())
    apart = os.sched_getaffinity(running.pid) - together if together else set()
    if engine.load.connections > 1 or not apart:
        window = _window(engine, window_s)
        return _said(window) | {"service_ns": 1e9 / window.rate_per_s}
    windows = []
    for cpus in (together, apart):
        company.move(running.pid, cpus)
        let_pass(engine, MOVED_S)
        windows.append(_window(engine, window_s / 2))
    best = max(windows, key=lambda each: each.rate_per_s)
    return _said(best) | {"service_ns": 1e9 / windows[-1].rate_per_s}


def _said(window: LoadResult) -> Sample:
    rate_and_latency = {"rate_per_s": window.rate_per_s, "latency_ns": dict(window.latency_ns)}
    return rate_and_latency | {"waits_per_s": None, "uncounted": ""}


def rate_of(running: RunningTarget, engine: Engine, window_s: float) -> Sample:
    """A window in which intervals waited out are counted, where that may be and where there are any."""
    observed, waits_per_s, uncounted = running.ready["observed"], None, why_uncounted()
    if uncounted or not observed.get("gil") or observed["implementation"] != "CPython":
        window = _window(engine, window_s)
    else:
        try:
            window, waits_per_s = _counted_window(running, engine, window_s)
        except MachineError as error:
            window, uncounted = _window(engine, window_s), str(error)
    return _said(window) | {"waits_per_s": waits_per_s, "uncounted": uncounted}


def _counted_window(running: RunningTarget, engine: Engine, window_s: float) -> tuple[LoadResult, float]:
    with Waits(threads_of(running.pid, running.ready.get("beside", {}).get("threads", ()))) as waits:
        waits.begin()
        window = _window(engine, window_s)
        return window, counted_per_s(waits.end())


def asks_of(running: RunningTarget, engine: Engine) -> Sample:
    """asks: how often the service asked for the GIL for a request, which tracing slows; else None, and a note why."""
    try:
        if uncounted := why_uncounted():
            raise MachineError("asking for the GIL is not counted", why=uncounted)
        with gil_takes.probe_on(waiting.interpreter_images(waiting.mappings(running.pid))) as event:
            return {"asks": _asks_a_request(running, engine, event)}
    except MachineError as error:
        return {"asks": None, "notes": [str(error)]}


def _asks_a_request(running: RunningTarget, engine: Engine, event: str) -> float:
    with PerfStat(tracing.members_of(running.pid), (), event) as counting:
        counting.begin()
        window = _window(engine, ASKING_S)
        counted = counting.end()
    return (counted.gil_takes or 0) / (counted.ended_ns - counted.began_ns) * 1e9 / window.rate_per_s


def _window(engine: Engine, seconds: float) -> LoadResult:
    engine.open_window(int(seconds * 1e9))
    return checked(engine.close_window())
