"""Builders of what verdicts are made of: good trials, and cells of them."""

from typing import Any

import msgspec

from concur.bench import verdicts
from concur.bench.counters import Counters
from concur.bench.results import Cell, Trial
from concur.load.plan import LoadResult

GOOD = LoadResult(
    engine="native",
    opened_ns=0,
    window_ns=1_000_000_000,
    sent=1000,
    verified=1000,
    wrong=0,
    lost=0,
    short=0,
    reset=0,
    timed_out=0,
    refused=0,
    rate_per_s=1000.0,
    offered_per_s=None,
    on_time=None,
    backlog=0,
    latency_ns={"p50": 1e6, "p90": 1e6, "p99": 2e6, "p99.9": 3e6, "max": 4e6},
    histogram=[],
    connect_ns={},
    send_lag_ns={},
    fairness=1.0,
    engine_cpu_ns=500_000_000,
    slices=[],
)
COUNTED = Counters(at_ns=1_000_000_000, user_ns=300_000_000, system_ns=600_000_000, minor_faults=2000)


def trial(number: int = 1, rate: float = 1000.0, **load: Any) -> Trial:
    result = msgspec.structs.replace(GOOD, rate_per_s=rate, verified=int(rate), **load)
    made = Trial(
        round=number, started_at="", verdict="", load=result, counters=COUNTED, server_busy=0.9, engine_busy=0.5
    )
    made.verdict, made.reason = verdicts.of_trial(made)
    return made


def cell(model: str, rates: list[float], **changes: Any) -> Cell:
    trials = [trial(number, rate) for number, rate in enumerate(rates, 1)]
    named: dict[str, Any] = {"topology": "1", "interpreter": "3.11", "scenario": "small", "label": model}
    made = Cell(model=model, trials=trials, **(named | changes))
    verdicts.summarise(made)
    return made
