"""Messages a second beside CPU-bound threads, by TCP and by UDP. Tier 1.

A closed loop of 8 connections, or sockets, with one message of 1 KiB in flight
on each. The target may use all CPUs and the load generator is on the last of
them, so that CPU-bound threads compete with the service for the GIL before they
do for a CPU. A datagram that does not fit a buffer is dropped without a word:
of those, what became of each is counted.
"""

from collections.abc import Iterator, Sequence

from concur import catalog
from concur.bench import estimates
from concur.bench.launch import Launch
from concur.bench.placement import place
from concur.bench.plan import Target
from concur.bench.target import GRACE_S, RunningTarget, launch, running_on
from concur.gil.company import check_named
from concur.gil.points import FURTHER, HEADLINE, USUAL, Asked, Outcome, Point, Sample
from concur.gil.results import Bandwidth
from concur.load.datagrams import DatagramLoad, exchange
from concur.load.drive import run_load
from concur.load.plan import Load

TCP, UDP = PROTOCOLS = ("tcp", "udp")
CPU_THREADS = (0, 1, 2, 4)
SHOWN_THREADS = (0, 1)  # what the tables show
CONNECTIONS = 8
PAYLOAD_BYTES = 1024
WARMUP_S, WINDOW_S = 0.3, 1.0
QUICK_WARMUP_S, QUICK_WINDOW_S = 0.1, 0.25
ENDS_S = 0.5  # for starting and stopping a target
TIMEOUT_NS = 1_000_000_000  # of a datagram: some switch intervals for each thread, and yet within warm-up and window
COUNTS = ("sent", "received", "lost", "reordered", "wrong")
LOST_TCP = ("lost", "short", "reset", "timed_out", "refused")


def points(asked: Asked) -> list[Point]:
    """Models × protocols × CPU-bound threads on each interpreter; what cannot be had is there once, with the reason."""
    found: list[Point] = []
    for interpreter in asked.interpreters:
        for model in asked.models:
            for protocol in PROTOCOLS:
                found += _of_model(asked, interpreter, model, protocol)
    return found


def _of_model(asked: Asked, interpreter: str, model: str, protocol: str) -> Iterator[Point]:
    absent = asked.why_missing(interpreter, model) or (catalog.not_by_udp(model) if protocol == UDP else "")
    for cpu_threads in CPU_THREADS[:1] if absent else CPU_THREADS:
        yield Point(
            interpreter=interpreter,
            what=(model, protocol, cpu_threads),
            about_s=ENDS_S + sum(_times_s(asked)),
            priority=_priority(model, cpu_threads),
            absent=absent,
        )


def _priority(model: str, cpu_threads: int) -> int:
    row = catalog.model(model)
    if cpu_threads not in SHOWN_THREADS or not (row.default or row.by_udp):
        return FURTHER
    return HEADLINE if model == "threads" else USUAL


def _times_s(asked: Asked) -> tuple[float, float]:
    """Of warm-up and window."""
    return (QUICK_WARMUP_S, QUICK_WINDOW_S) if asked.quick else (WARMUP_S, WINDOW_S)


def measure(point: Point, asked: Asked, number: int) -> Sample:
    """rate_per_s, the counts, and notes; from a fresh target. Raises ConcurError where it or its load fails."""
    model, protocol, cpu_threads = (str(point.what[0]), str(point.what[1]), int(point.what[2]))
    target = Target(kind="model", name=model, interpreter=asked.interpreters[point.interpreter])
    beside = f"{cpu_threads} {catalog.THREADS}" if cpu_threads else ""
    placement = place("shared")
    with running_on(placement.target):
        running = launch(target, Launch(udp=protocol == UDP, beside=beside, grace_s=GRACE_S))
    with running:
        check_named(target, running.ready)
        with running.blamed():
            sample = (_by_udp if protocol == UDP else _by_tcp)(running, connections(model), asked, placement.engine)
        running.stop()
    return sample


def connections(model: str) -> int:
    """How many it is loaded with: fewer than the others where it serves fewer at a time."""
    return min(CONNECTIONS, catalog.model(model).max_active or CONNECTIONS)


def _by_tcp(running: RunningTarget, count: int, asked: Asked, cpus: Sequence[int] | None) -> Sample:
    load = Load(host=running.host, port=running.port, connections=count, payload_bytes=PAYLOAD_BYTES, seed=asked.seed)
    warmup_s, window_s = _times_s(asked)
    result = run_load(load, warmup_s=warmup_s, duration_s=window_s, cpus=cpus, kind=asked.engine)
    return {
        "rate_per_s": result.rate_per_s,
        "sent": result.sent,
        "received": result.verified,
        "lost": sum(getattr(result, name) for name in LOST_TCP),
        "reordered": 0,
        "wrong": result.wrong,
        "notes": [],
    }


def _by_udp(running: RunningTarget, count: int, asked: Asked, cpus: Sequence[int] | None) -> Sample:
    warmup_s, window_s = _times_s(asked)
    load = DatagramLoad(
        host=running.host,
        port=running.port,
        sockets=count,
        payload_bytes=PAYLOAD_BYTES,
        timeout_ns=TIMEOUT_NS,
        seed=asked.seed,
        warmup_ns=int(warmup_s * 1e9),
        window_ns=int(window_s * 1e9),
    )
    result = exchange(load, cpus=cpus, kind=asked.engine)
    return {
        "rate_per_s": result.rate_per_s,
        "sent": result.sent,
        "received": result.verified,
        "lost": result.lost,
        "reordered": result.reordered,
        "wrong": result.wrong + result.stray,
        "notes": result.warnings,
    }


def rows(outcomes: Sequence[Outcome]) -> list[Bandwidth]:
    """One for each point: the rate over its rounds, the counts of all of them."""
    return [_row(outcome) for outcome in outcomes]


def _row(outcome: Outcome) -> Bandwidth:
    model, protocol, cpu_threads = outcome.point.what
    samples = [outcome.samples[number] for number in sorted(outcome.samples)]
    return Bandwidth(
        interpreter=outcome.point.interpreter,
        model=str(model),
        protocol=str(protocol),
        cpu_threads=int(cpu_threads),
        connections=connections(str(model)),
        absent="" if samples else outcome.reason or outcome.point.absent,
        rate_per_s=estimates.estimate([sample["rate_per_s"] for sample in samples]) if samples else None,
        **{name: sum(sample[name] for sample in samples) for name in COUNTS},
    )
