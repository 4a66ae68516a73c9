from typing import Any

import msgspec
import pytest

from concur.bench.counters import Counters
from concur.bench.metrics import METRICS, by_round, value
from concur.bench.results import Cell, CpuPerRequest, Estimate, Trial
from concur.load.plan import LATENCY_QUANTILES, LoadResult


def load(rate_per_s: float = 1000.0, **changed) -> LoadResult:
    figures: dict[str, Any] = {
        "engine": "native", "opened_ns": 0, "window_ns": 10**9, "sent": 1000, "verified": 1000, "wrong": 0, "lost": 0,
        "short": 0, "reset": 0, "timed_out": 0, "refused": 0, "rate_per_s": rate_per_s, "offered_per_s": None,
        "on_time": None, "backlog": 0, "latency_ns": {name: 5e6 for name in LATENCY_QUANTILES}, "histogram": [],
        "connect_ns": {}, "send_lag_ns": {}, "fairness": 1.0, "engine_cpu_ns": 1, "slices": [],
    }  # fmt: skip
    return LoadResult(**(figures | changed))


def trial(number: int, **changed) -> Trial:
    counters = Counters(at_ns=10**9, user_ns=2_000_000, system_ns=3_000_000, voluntary_switches=500,
                        involuntary_switches=250, minor_faults=2000)  # fmt: skip
    figures: dict[str, Any] = {"round": number, "started_at": "", "verdict": "ok", "load": load(), "counters": counters,
               "server_busy": 0.5, "memory_bytes": 2**20}  # fmt: skip
    return Trial(**(figures | changed))


def cell(*trials: Trial, **changed) -> Cell:
    return Cell(model="threads", topology="1", interpreter="3.11", scenario="small", label="threads", verdict="ok",
                trials=list(trials), **changed)  # fmt: skip


@pytest.mark.parametrize(
    ("metric", "expected"),
    [("rate", 1000.0), ("p99.9", 5e6), ("cpu", 5000.0), ("user", 2000.0), ("system", 3000.0), ("busy", 0.5),
     ("memory", 2**20), ("switches", 0.75), ("errors", 0)],
)  # fmt: skip
def test_a_name_stands_for_the_figure_of_a_trial(metric, expected):
    assert METRICS[metric].of(trial(1)) == expected


def test_a_counter_that_nobody_counted_is_not_zero():
    assert METRICS["faults"].of(trial(1)) is None  # major faults are not known here


@pytest.mark.parametrize("metric", sorted(METRICS))
def test_a_trial_without_figures_has_none(metric):
    bare = Trial(round=1, started_at="", verdict="failed")
    assert METRICS[metric].of(bare) is None


def test_a_void_round_has_no_figure():
    assert by_round(cell(trial(1), trial(2, verdict="void"), trial(4)), "rate") == {1: 1000.0, 4: 1000.0}


def test_errors_are_summed_over_all_rounds_wrong_ones_included():
    rounds = [trial(1, load=load(wrong=1, lost=2)), trial(2, verdict="wrong", load=load(reset=4, timed_out=8))]
    assert value(cell(*rounds), "errors") == Estimate(15)
    assert value(cell(*rounds), "reset") == Estimate(4)


def test_a_figure_is_the_one_that_the_table_shows():
    shown = Estimate(7.0, (6.0, 8.0))
    parts = CpuPerRequest(total=shown, user=Estimate(1.0), system=Estimate(2.0))
    one = cell(trial(1), rate_per_s=shown, latency_ns={"p99": shown}, server_cpu_ns_per_request=parts)
    assert [value(one, name) for name in ("rate", "p99", "cpu")] == [shown] * 3
    assert value(one, "user") == Estimate(1.0)


def test_a_figure_that_no_table_shows_is_estimated_from_the_rounds():
    found = value(cell(*(trial(n, memory_bytes=n * 2**20) for n in range(1, 6))), "memory")
    assert found is not None
    assert found.median == 3 * 2**20
    assert found.interval is not None


def test_a_cell_without_trials_has_no_figure():
    assert all(value(cell(), name) is None for name in METRICS)


def test_trials_are_left_as_they_were():
    one = cell(trial(1))
    before = msgspec.json.encode(one)
    value(one, "memory")
    assert msgspec.json.encode(one) == before
