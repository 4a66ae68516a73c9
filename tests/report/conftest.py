"""Builders of runs as a benchmark leaves them; figures are of the size that two cores show."""

from collections.abc import Callable
from typing import Any

import pytest

from concur.bench.counters import Counters
from concur.bench.results import Cell, Comparison, CpuPerRequest, Estimate, Run, Trial
from concur.load.plan import LoadResult

ROUNDS = 3


def estimate(median: float, spread: float = 0.03) -> Estimate:
    return Estimate(median, (median * (1 - spread), median * (1 + spread)))


def load_result(rate_per_s: float, *, offered_per_s: float | None = None, engine: str = "native") -> LoadResult:
    verified = int(rate_per_s * 2)
    return LoadResult(
        engine=engine, opened_ns=0, window_ns=2_000_000_000, sent=verified, verified=verified, wrong=0, lost=0, short=0,
        reset=0, timed_out=0, refused=0, rate_per_s=rate_per_s, offered_per_s=offered_per_s,
        on_time=None if offered_per_s is None else 1.0, backlog=0, latency_ns={"p50": 2e5, "p99": 4e5}, histogram=[],
        connect_ns={}, send_lag_ns={}, fairness=1.0, engine_cpu_ns=1_000_000_000, slices=[],
    )  # fmt: skip


def trial(
    number: int, rate_per_s: float, faults: float = 0.0, *, offered_per_s: float | None = None, engine: str = "native"
) -> Trial:
    result = load_result(rate_per_s, offered_per_s=offered_per_s, engine=engine)
    counted = Counters(at_ns=2_000_000_000, user_ns=1, system_ns=1, minor_faults=round(faults * result.verified))
    return Trial(round=number, started_at="", verdict="ok", load=result, counters=counted, counter_source="proc")


def cell(
    model: str = "threads",
    rate_per_s: float = 100_000.0,
    *,
    scenario: str = "small",
    cpu_ns: float = 6_000.0,
    faults: float = 0.0,
    switches: tuple[float, float] = (0.01, 0.0),
    p99_ns: float = 400_000.0,
    offered_per_s: float | None = None,
    engine: str = "native",
    rounds: int = ROUNDS,
    **changed: Any,
) -> Cell:
    figures: dict[str, Any] = {
        "model": model,
        "topology": "1",
        "interpreter": "3.11",
        "scenario": scenario,
        "label": model,
        "verdict": "ok",
        "rate_per_s": estimate(rate_per_s),
        "latency_ns": {"p50": estimate(p99_ns / 2), "p90": estimate(p99_ns * 0.8), "p99": estimate(p99_ns),
                       "p99.9": estimate(p99_ns * 3), "max": estimate(p99_ns * 20)},
        "server_cpu_ns_per_request": CpuPerRequest(
            estimate(cpu_ns), estimate(cpu_ns * 0.4), estimate(cpu_ns * 0.6)),
        "server_busy": 0.99,
        "engine_busy": 0.7,
        "counters": {"voluntary_switches": switches[0], "involuntary_switches": switches[1], "minor_faults": faults},
        "trials": [trial(n, rate_per_s, faults, offered_per_s=offered_per_s, engine=engine) for n in range(rounds)],
    }  # fmt: skip
    return Cell(**(figures | changed))


def absent(model: str, reason: str, **changed: Any) -> Cell:
    named: dict[str, Any] = {"topology": "1", "interpreter": "3.11", "scenario": "small", "label": model}
    return Cell(model=model, verdict="absent", reason=reason, **(named | changed))


def steady(model: str, p99_ns: float, **changed: Any) -> Cell:
    return cell(
        model,
        10_000.0,
        scenario="steady",
        offered_per_s=10_000.0,
        p99_ns=p99_ns,
        cpu_ns=30_000.0,
        server_busy=0.3,
        **changed,
    )


def comparison(
    label: str, ratio: float, *, scenario: str = "small", verdict: str = "described", reason: str = "", **changed: Any
) -> Comparison:
    named: dict[str, Any] = {"interpreter": "3.11", "reference": "threads", "metric": "rate"}
    return Comparison(
        label=label, scenario=scenario, ratio=estimate(ratio), verdict=verdict, reason=reason, **(named | changed)
    )


def run(cells: list[Cell], comparisons: list[Comparison] | None = None, **changed: Any) -> Run:
    named: dict[str, Any] = {
        "concur": "0.1.0",
        "id": "sample",
        "started_at": "2026-01-01T00:00:00Z",
        "command": ["concur", "bench"],
        "plan": {},
        "machine": {},
        "complete": True,
    }
    return Run(cells=cells, comparisons=comparisons or [], **(named | changed))


RATES = {
    "uvloop_protocol": (181_204.0, 5_400.0, 350_000.0, (0.01, 0.002), 0.0),
    "callbacks": (165_310.0, 6_000.0, 360_000.0, (0.01, 0.001), 0.0),
    "coroutines": (151_002.0, 6_550.0, 371_000.0, (0.01, 0.003), 0.0),
    "generators": (149_870.0, 6_610.0, 369_000.0, (0.01, 0.003), 0.0),
    "threads": (98_840.0, 9_980.0, 612_000.0, (1.02, 0.31), 0.0),
    "gevent_greenlets": (61_275.0, 16_300.0, 455_000.0, (0.01, 0.004), 0.0),
    "asyncio_protocol": (36_415.0, 27_300.0, 702_000.0, (0.01, 0.006), 2.0),
}


def default_run() -> Run:
    """What `concur bench` without arguments leaves."""
    cells = [
        cell("sequential", 21_433.0, cpu_ns=17_000, switches=(1.0, 0.0), connections=1, server_busy=0.55),
        *(cell(name, r, cpu_ns=c, switches=s, faults=f) for name, (r, c, _, s, f) in RATES.items()),
        *(steady(name, p99) for name, (_, _, p99, _, _) in RATES.items()),
    ]
    compared = [comparison(name, r / 98_840.0) for name, (r, *_) in RATES.items() if name != "threads"]
    apart = comparison(
        "sequential",
        0.22,
        verdict="not comparable",
        reason="sequential ran with 1 at a time, as it serves no more connections",
    )
    return run(cells, [*compared, apart])


SHORTS = ("3.11", "3.13t", "3.14+jit", "pypy3.11")


def matrix_run(models: int = 7, rounds: int = ROUNDS) -> Run:
    """Models on four interpreters: trio_tasks is absent from one and failed on another, threadpool had few peers."""
    cells, compared = [], []
    names = [*list(RATES)[: models - 3], "threads", "threadpool", "trio_tasks"]
    names = list(dict.fromkeys(names))
    for column, short in enumerate(SHORTS):
        for row, name in enumerate(names):
            rate = 20_000.0 * (row + 1) * (1 + column / 2)
            changed: dict[str, Any] = {"interpreter": short, "rounds": rounds}
            if name == "trio_tasks" and short == "3.13t":
                cells.append(absent(name, f"needs trio: concur interpreters prepare {short}", interpreter=short))
                continue
            if name == "trio_tasks" and short == "pypy3.11":
                changed |= {"verdict": "failed", "reason": "it died"}
            if name == "threadpool":
                changed["connections"] = 32
            cells.append(cell(name, rate, **changed))
            if (name, short) != ("threads", "3.11"):
                reason = {"threadpool": f"{name} ran with 32 at a time"}.get(name, "")
                of_it: dict[str, Any] = {"interpreter": short, "reference_interpreter": "3.11", "reason": reason}
                of_it |= {"verdict": "not comparable"} if reason else {}
                compared.append(comparison(name, rate / 100_000.0, **of_it))
    return run(cells, compared)


BUILDERS: dict[str, Callable[..., Any]] = {
    "cell": cell,
    "absent": absent,
    "steady": steady,
    "comparison": comparison,
    "run": run,
    "trial": trial,
    "estimate": estimate,
}


@pytest.fixture
def make() -> dict[str, Callable[..., Any]]:
    return BUILDERS


@pytest.fixture
def matrix_of() -> Callable[..., Run]:
    return matrix_run


@pytest.fixture
def default() -> Run:
    return default_run()
