"""Latency beside CPU-bound threads: its points, its rows, and one real sample."""

from typing import Any, cast

import pytest
from msgspec import structs

from concur.gil import latency
from concur.gil.points import FURTHER, HEADLINE, USUAL, Asked, Outcome, Point
from concur.interpreters.find import current
from concur.load.drive import Engine
from concur.load.plan import Load, LoadResult

HERE = current()
NOTHING = LoadResult(
    engine="native", opened_ns=0, window_ns=250_000_000, sent=0, verified=0, wrong=0, lost=0, short=0, reset=0,
    timed_out=0, refused=0, rate_per_s=0.0, offered_per_s=None, on_time=None, backlog=0, latency_ns={}, histogram=[],
    connect_ns={}, send_lag_ns={}, fairness=1.0, engine_cpu_ns=0, slices=[],
)  # fmt: skip


def asked(*models: str, **more: Any) -> Asked:
    return structs.replace(Asked(interpreters={"here": HERE}, models=models, missing={}, cpus=2), **more)


class FakeEngine:
    """Verifies so many in each window, all of one latency."""

    def __init__(self, each: int) -> None:
        self.each, self.windows = each, 0
        self.load = Load(port=1)

    def open_window(self, window_ns: int) -> int:
        self.windows += 1
        return 0

    def close_window(self) -> LoadResult:
        return structs.replace(NOTHING, verified=self.each, histogram=[(1000, self.each)])


def test_a_model_is_measured_beside_each_number_of_threads():
    found = latency.points(asked("threads", "callbacks", "trio_tasks"))
    assert [(each.what, each.priority) for each in found if each.what[1] in (0, 1)] == [
        (("threads", 0), HEADLINE),
        (("threads", 1), HEADLINE),
        (("callbacks", 0), USUAL),
        (("callbacks", 1), USUAL),
        (("trio_tasks", 0), FURTHER),
        (("trio_tasks", 1), FURTHER),
    ]
    assert {each.what[1] for each in found} == {0, 1, 2, 4}


def test_a_model_that_is_missing_says_so_once():
    found = latency.points(asked("threads", missing={"here": {"threads": "not there"}}))
    assert [each.absent for each in found] == ["not there"]


def test_it_goes_on_until_there_are_enough():
    engine = FakeEngine(each=150)
    found = latency.round_trips(cast(Engine, engine), 500, 60.0)
    assert (found.verified, engine.windows) == (600, 4)


def test_it_ends_when_it_takes_too_long_with_what_there_is():
    engine = FakeEngine(each=10)
    assert latency.round_trips(cast(Engine, engine), 500, 0.0).verified == 10


def test_two_rounds_of_what_is_enough_make_a_thousand():
    assert 3 * latency.ENOUGH >= 1000


def test_a_row_adds_round_trips_up_and_has_quantiles_over_rounds():
    samples = {n: {"round_trips": 500, "latency_ns": {"p50": 1000.0 * n, "max": 9000.0}} for n in (1, 2, 3)}
    row = latency.rows([Outcome(point=Point(interpreter="here", what=("threads", 1)), samples=samples)])[0]
    assert (row.model, row.cpu_threads, row.round_trips) == ("threads", 1, 1500)
    assert (row.latency_ns["p50"].median, row.latency_ns["max"].median) == (2000.0, 9000.0)
    assert set(row.latency_ns) == {"p50", "max"}


def test_what_failed_says_why():
    row = latency.rows([Outcome(point=Point(interpreter="here", what=("threads", 4)), reason="it died")])[0]
    assert (row.absent, row.round_trips, row.latency_ns) == ("it died", 0, {})


@pytest.mark.parametrize("cpu_threads", [0, 1])
def test_a_real_service_is_measured(cpu_threads):
    found = latency.measure(Point(interpreter="here", what=("threads", cpu_threads)), asked("threads", quick=True), 1)
    assert found["round_trips"] > 0
    assert 0 < found["latency_ns"]["p50"] <= found["latency_ns"]["max"]
    assert (found["units_per_s"] is None) == (cpu_threads == 0)
