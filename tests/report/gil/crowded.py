"""A report as crowded as a whole run's: all models, operations, workloads and things to share. Figures are invented."""

from msgspec import structs

from concur import catalog
from concur.gil.inside.operations import OPERATIONS
from concur.gil.inside.workloads import WORKLOADS
from concur.gil.results import Bandwidth, Convoy, Latency, Offload, Release, Report, Sharing, Tax
from tests.report.gil.reports import ALL, FREE, GIL, about, report

MODELS = [row.id for row in catalog.MODELS]
OTHERS = [model for model in MODELS if model != "threads"]
PAIRS = {
    ("3.13t", "3.13", "free threading"): 1.14,
    ("3.13t", "3.13t without its GIL", "a GIL that an import turned on"): 0.97,
    ("3.14+jit", "3.14", "the JIT"): 1.01,
    ("3.15+jit", "3.15", "the JIT"): 0.93,
    ("pypy3.11", "pypy3.11 without its JIT", "the JIT"): 0.06,
}
SHARED = {
    ("counter", "shared"): (0.31, 0.28),
    ("counter", "shared, made by a call"): (0.3, 0.41),
    ("counter", "locked"): (0.12, 0.0),
    ("counter", "itertools.count"): (0.4, 0.0),
    ("counter", "sharded"): (1.95, 0.0),
    ("dictionary", "shared, the same keys"): (0.2, 0.0),
    ("dictionary", "shared, own keys"): (0.7, 0.0),
    ("dictionary", "per thread"): (1.9, 0.0),
    ("constants", "of code just compiled"): (0.9, 0.0),
    ("constants", "of code from a .pyc"): (2.0, 0.0),
    ("object", "immortal"): (1.97, 0.0),
    ("object", "counted, shared"): (0.25, 0.0),
    ("object", "counted, per thread"): (1.9, 0.0),
    ("listener", "asyncio_protocol, shared"): (1.3, 0.0),
    ("listener", "asyncio_protocol, one per thread"): (1.6, 0.0),
    ("listener", "callbacks, one per thread"): (1.7, 0.0),
}


def crowded() -> Report:
    return structs.replace(
        report(ALL),
        machine={"cpu": "AMD EPYC 9R14 96-Core Processor"},
        rounds=dict.fromkeys(("throughput", "latency", "bandwidth", "convoy", "release", "tax", "sharing"), 3),
        models=MODELS,
        latency=[*report(ALL).latency, *(_latency(model, count) for model in OTHERS for count in (0, 1))],
        bandwidth=[_bandwidth(*each) for each in _loads()],
        convoy=[*report(ALL).convoy, *(_elsewhere(short) for short in ("3.14", "3.14+jit", "3.15", "3.15+jit"))],
        offload=[*report(ALL).offload, *(_offload(heavy=heavy) for heavy in (False, True))],
        release=[_release(short, at) for short in GIL for at in range(len(OPERATIONS))],
        tax=[_tax(pair, workload, at) for pair in PAIRS for at, workload in enumerate(_workloads(pair[2]))],
        sharing=[_sharing(short, *what) for short in ALL for what in SHARED],
    )


def _latency(model: str, cpu_threads: int) -> Latency:
    middle = 60_000.0 + 4_000 * MODELS.index(model) + cpu_threads * 5e6
    quantiles = {name: about(middle * times) for name, times in {"p50": 1, "p99": 2, "max": 9}.items()}
    return Latency(interpreter="3.11", model=model, cpu_threads=cpu_threads, round_trips=1000, latency_ns=quantiles)


def _loads() -> list[tuple[str, str, str, int]]:
    of_all = [(short, "threads", by, count) for short in ALL for by in ("tcp", "udp") for count in (0, 1, 2, 4)]
    of_one = [("3.11", model, "tcp", count) for model in OTHERS for count in (0, 1)]
    by_udp = [("3.11", row.id, "udp", count) for row in catalog.MODELS if row.by_udp for count in (0, 1)]
    return [*of_all, *of_one, *by_udp]


def _bandwidth(short: str, model: str, protocol: str, cpu_threads: int) -> Bandwidth:
    fall = 1 + cpu_threads * (0.5 if short == FREE else 40)
    rate = (20_000 + 2_000 * MODELS.index(model) + 1_500 * ALL.index(short)) / fall
    return Bandwidth(
        interpreter=short,
        model=model,
        protocol=protocol,
        cpu_threads=cpu_threads,
        connections=8,
        rate_per_s=about(rate, 0.1),
        sent=1000 if protocol == "udp" else 0,
        received=999 if protocol == "udp" else 0,
        lost=1 if protocol == "udp" else 0,
    )


def _elsewhere(short: str) -> Convoy:
    return Convoy(
        interpreter=short,
        model="threads",
        connections=1,
        cpu_workers=1,
        beside="interpreters",
        interval_s=0.005,
        rate_per_s=about(12_500),
        alone_per_s=about(14_400),
        fall=about(1.15),
    )


def _offload(*, heavy: bool) -> Offload:
    rate = about(8_000 if heavy else 20_000)
    return Offload(interpreter="3.14", model="threads", where="2 interpreters", heavy=heavy, rate_per_s=rate)


def _release(short: str, at: int) -> Release:
    operation = OPERATIONS[at]
    lets_go = None if short == "pypy3.11" and at % 7 == 0 else bool(at % 3)
    return Release(
        interpreter=short,
        operation=operation.name,
        group=operation.group,
        lets_go=lets_go,
    )


def _workloads(what: str) -> list[str]:
    services = ["echo, threads", "echo, asyncio_protocol"] if what == "free threading" else []
    return ["all", *WORKLOADS, "two threads, elapsed", *services]


def _tax(pair: tuple[str, str, str], workload: str, at: int) -> Tax:
    ratio = PAIRS[pair] * (1 if workload == "all" else 0.8 + at % 5 / 10)
    mine, other, what = pair
    return Tax(
        interpreter=mine, against=other, what=what, version="3.13.15", workload=workload, ratio=about(ratio, 0.05)
    )


def _sharing(short: str, what: str, how: str) -> Sharing:
    gain, lost = SHARED[what, how]
    updates = 200_000 if what == "counter" else 0
    return Sharing(
        interpreter=short,
        what=what,
        how=how,
        workers=2,
        rate_per_s=about(1e7),
        speedup=about(gain if short == FREE else 0.97, 0.04),
        updates=updates,
        lost=round(lost * updates * (1 if short == FREE else 0.3 if "call" in how else 0)) if updates else None,
    )
