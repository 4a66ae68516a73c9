"""Builders of runs for tests of what is said of them: rates by round, and everything else as it mostly is."""

from collections.abc import Sequence
from typing import Any

from concur.bench.counters import Counters
from concur.bench.results import Cell, Run, Trial
from concur.bench.verdicts import summarise
from concur.load.plan import LATENCY_QUANTILES, LoadResult

MACHINE = {
    "cpu": "a CPU",
    "cpus": 2,
    "architecture": "x86_64",
    "system": "Linux",
    "virtualised": False,
    "kernel": "6.1",
}
SMALL = {"name": "small", "connections": 64, "payload_bytes": 1024}
OBSERVED = {
    "implementation": "CPython",
    "version": "3.11.7",
    "compiler": "GCC",
    "gil": True,
    "jit": False,
    "libraries": {},
}
STEP_S = 10  # between the beginnings of two rounds


def trial(number: int, rate_per_s: float, *, p99_ns: float = 5e6, begins_s: int = 0, **changed: Any) -> Trial:
    verified = round(rate_per_s)
    figures: dict[str, Any] = {
        "engine": "native", "opened_ns": 0, "window_ns": 10**9, "sent": verified, "verified": verified, "wrong": 0,
        "lost": 0, "short": 0, "reset": 0, "timed_out": 0, "refused": 0, "rate_per_s": rate_per_s,
        "offered_per_s": None, "on_time": None, "backlog": 0,
        "latency_ns": dict.fromkeys(LATENCY_QUANTILES, p99_ns), "histogram": [(1023, verified)], "connect_ns": {},
        "send_lag_ns": {}, "fairness": 1.0, "engine_cpu_ns": 1, "slices": [],
    }  # fmt: skip
    at = begins_s + STEP_S * number
    return Trial(
        round=number,
        started_at=f"2026-01-01T00:{at // 60:02}:{at % 60:02}+00:00",
        verdict="ok",
        load=LoadResult(**(figures | changed)),
        counters=Counters(at_ns=10**9, user_ns=4 * 10**8, system_ns=5 * 10**8),
        counter_source="proc",
        ready=OBSERVED,
    )


def cell(model: str, rates: Sequence[float], *, begins_s: int = 0, **changed: Any) -> Cell:
    of_trials = {name: changed.pop(name) for name in ("p99_ns", "offered_per_s", "engine", "wrong") if name in changed}
    figures: dict[str, Any] = {"model": model, "label": model, "topology": "1", "interpreter": "3.11",
                               "scenario": "small", "placement": "pinned"}  # fmt: skip
    trials = [trial(n, rate, begins_s=begins_s, **of_trials) for n, rate in enumerate(rates, 1)]
    made = Cell(**(figures | changed), trials=trials)
    summarise(made)
    return made


def run(name: str, cells: Sequence[Cell], **changed: Any) -> Run:
    plan = {"scenarios": [SMALL], "reference": "threads", "duration_s": 0.8}
    figures: dict[str, Any] = {"concur": "0.1.0", "id": name, "started_at": "2026-01-01T00:00:00+00:00",
                               "command": ["concur", "bench"], "plan": plan, "machine": MACHINE,
                               "complete": True}  # fmt: skip
    return Run(cells=list(cells), **(figures | changed))
