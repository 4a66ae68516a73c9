"""A report made by hand, with a row of each kind on several interpreters; figures are invented."""

from concur.bench.results import Estimate
from concur.gil.results import (
    Bandwidth,
    Ccbench,
    Convoy,
    Latency,
    Offload,
    Release,
    Report,
    Sharing,
    Subject,
    Tax,
    Throughput,
)

GIL = ("3.11", "3.12", "3.13", "3.14", "3.14+jit", "3.15", "3.15+jit", "pypy3.11")
FREE = "3.13t"
ALL = ("3.11", "3.12", "3.13", FREE, "3.14", "3.14+jit", "3.15", "3.15+jit", "pypy3.11")
OLD = "subinterpreters need Python 3.14"


def about(value: float, share: float = 0.02) -> Estimate:
    return Estimate(value, (value * (1 - share), value * (1 + share)))


def report(interpreters: tuple[str, ...] = ALL) -> Report:
    return Report(
        concur="0",
        id="gil-x",
        started_at="2026-11-23T00:00:00+00:00",
        command=["concur", "gil"],
        machine={"cpu": "a CPU"},
        seed=1,
        budget_s=600.0,
        rounds={"throughput": 3, "convoy": 3},
        complete=True,
        subjects=[subject(short) for short in interpreters],
        models=["threads", "asyncio_protocol"],
        notes=["pypy3.11 does not heed the switch interval"],
        left_out=["convoy: 12 of 90 points"],
        throughput=[row for short in interpreters for row in throughput(short)],
        latency=[row for short in interpreters for row in latency(short)],
        bandwidth=[row for short in interpreters for row in bandwidth(short)],
        convoy=[row for short in interpreters for row in convoy(short)],
        offload=[row for short in interpreters for row in offload(short)],
        release=[row for short in interpreters for row in release(short)],
        tax=tax(),
        sharing=[row for short in interpreters for row in sharing(short)],
        ccbench=ccbench(),
    )


def subject(short: str) -> Subject:
    return Subject(
        short=short,
        implementation="PyPy" if short.startswith("pypy") else "CPython",
        version=short,
        gil=short != FREE,
        jit="jit" in short or short.startswith("pypy"),
        free_threaded_build=short == FREE,
        compiler="GCC",
        switch_interval="heeded" if short != FREE else "none",
    )


def throughput(short: str) -> list[Throughput]:
    rows = [
        Throughput(interpreter=short, kind=kind, workers=1, topology="1", rate_per_s=about(90_000), efficiency=1.0)
        for kind in ("python", "held", "released")
    ]
    for kind in ("python", "held", "released"):
        parallel = short == FREE or kind == "released"
        gains = {"threads": 1.94 if parallel else 0.99, "processes": 1.95, "interpreters": 1.9}
        for topology, gain in gains.items():
            absent = OLD if topology == "interpreters" and "3.14" not in short and "3.15" not in short else ""
            rows.append(
                Throughput(
                    interpreter=short,
                    kind=kind,
                    workers=2,
                    topology=topology,
                    rate_per_s=None if absent else about(90_000 * gain),
                    speedup=None if absent else about(gain),
                    efficiency=None if absent else gain / 2,
                    absent=absent,
                )
            )
    return rows


def latency(short: str) -> list[Latency]:
    return [
        Latency(
            interpreter=short,
            model="threads",
            cpu_threads=count,
            round_trips=1200,
            latency_ns={
                "p50": about(70_000 if not count or short == FREE else 5e6 * count),
                "p90": about(80_000 if not count or short == FREE else 6e6 * count),
                "p99": about(120_000 if not count or short == FREE else 1e7 * count),
                "p99.9": about(300_000 if not count or short == FREE else 1.1e7 * count),
                "max": about(900_000 if not count or short == FREE else 1.6e7 * count),
            },
        )
        for count in (0, 1, 2, 4)
    ]


def bandwidth(short: str) -> list[Bandwidth]:
    return [
        Bandwidth(
            interpreter=short,
            model=model,
            protocol=protocol,
            cpu_threads=count,
            connections=8,
            rate_per_s=about(90_000 / (1 + (30 * count if short != FREE else 0.3 * count))),
            sent=100_000,
            received=99_990,
            lost=10,
            reordered=3,
        )
        for model in ("threads", "asyncio_protocol")
        for protocol in ("tcp", "udp")
        for count in (0, 1)
    ]


def convoy(short: str) -> list[Convoy]:
    intervals = (1e-6, 1e-5, 1e-4, 5e-4, 1e-3, 5e-3, 2e-2) if short != FREE else (5e-3,)
    rows = [_convoy(short, count, interval_s) for count in (1, 8, 64) for interval_s in intervals]
    alone = about(14_400)
    process = Convoy(
        interpreter=short,
        model="threads",
        connections=1,
        cpu_workers=1,
        beside="processes",
        interval_s=0.005,
        rate_per_s=about(13_000),
        alone_per_s=alone,
        fall=about(1.1),
    )
    return [*rows, process]


def _convoy(short: str, connections: int, interval_s: float) -> Convoy:
    service_s, k = 1 / 14_400, 1.15
    predicted = 1 / (k * interval_s + service_s) if short != FREE else None
    rate = (predicted or 12_000) * (connections**0.8) * 0.95
    fits = connections == 1 and interval_s >= 5e-4
    return Convoy(
        interpreter=short,
        model="threads",
        connections=connections,
        cpu_workers=1,
        beside="threads",
        interval_s=interval_s,
        rate_per_s=about(rate, 0.05),
        alone_per_s=about(14_400),
        fall=about(14_400 / rate, 0.05),
        latency_ns={"p99": about(1e9 / rate * 3)},
        asks=2.0,
        waits=about(k) if predicted else None,
        service_ns=about(service_s * 1e9),
        predicted_per_s=about(predicted) if predicted else None,
        waiting_at_once=k * interval_s * rate,
        why_not="" if fits else "the waits of several threads overlap",
        cpu_units_per_s=about(60_000),
    )


def offload(short: str) -> list[Offload]:
    places = {"inline": 400.0, "2 threads": 500.0, "2 processes": 9_000.0}
    return [
        Offload(
            interpreter=short,
            model="threads",
            where=where,
            heavy=heavy,
            rate_per_s=about(rate if heavy else 20_000),
            latency_ns={"p50": about(1e9 / rate), "p99": about(2e9 / rate)},
            heavy_per_s=about(5.0) if heavy else None,
        )
        for where, rate in places.items()
        for heavy in (False, True)
    ]


def release(short: str) -> list[Release]:
    operations = {"sha256, 1 KiB": False, "sha256, 1 MiB": True, "json.dumps": False, "sleep": True, "numpy add": True}
    free = "there is no GIL to let go of" if short == FREE else ""
    return [
        Release(
            interpreter=short,
            operation=name,
            group=name.split()[0].strip(","),
            call_ns=None if free else 1000.0,
            beats_per_s=None if free else 5000.0 * lets_go,
            lets_go=None if free else lets_go,
            absent=free,
        )
        for name, lets_go in operations.items()
    ]


def tax() -> list[Tax]:
    pairs = {("3.13t", "3.13"): "free threading", ("3.14+jit", "3.14"): "the JIT", ("3.15+jit", "3.15"): "the JIT"}
    ratios = {"all": 1.12, "calls": 1.3, "dict": 1.05, "json": 0.99, "floats": 1.1}
    return [
        Tax(interpreter=mine, against=other, what=what, version="3.13.15", workload=workload, ratio=about(ratio))
        for (mine, other), what in pairs.items()
        for workload, ratio in ratios.items()
    ]


def sharing(short: str) -> list[Sharing]:
    free = short == FREE
    gains = {
        ("counter", "shared"): 0.3,
        ("counter", "locked"): 0.2,
        ("counter", "sharded"): 1.95,
        ("dictionary", "shared"): 0.8,
        ("dictionary", "per thread"): 1.9,
        ("constants", "of code just compiled"): 0.9,
        ("constants", "of code from a .pyc"): 2.0,
    }
    return [
        Sharing(
            interpreter=short,
            what=what,
            how=how,
            workers=2,
            rate_per_s=about(1e7),
            speedup=about(gain if free else 0.98),
            updates=200_000 if what == "counter" else 0,
            lost=(60_000 if free and how == "shared" else 0) if what == "counter" else None,
            counted=4 * (not free or "just" in how) if what == "constants" else None,
        )
        for (what, how), gain in gains.items()
    ]


def ccbench() -> list[Ccbench]:
    return [
        Ccbench(
            interpreter="3.11",
            experiment="throughput",
            task="Pi calculation (Python)",
            threads=count,
            value=2437.0 / count,
            unit="iterations/s",
            line=f"threads={count}: 2437 iterations/s.",
        )
        for count in (1, 2)
    ]
