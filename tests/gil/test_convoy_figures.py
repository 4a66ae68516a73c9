"""What samples of a convoy become: rates, falls, predictions, and reasons. Pure."""

from typing import Any

import pytest

from concur.gil.convoy_figures import rows
from concur.gil.points import Outcome, Point

ALONE = ("threads", 1, 0, "threads", 0.005, "rate")
BESIDE = ("threads", 1, 1, "threads", 0.005, "rate")
ASKS = ("threads", 1, 1, "threads", 0.005, "asks")


def sample(rate_per_s: float, waits: float | None = None, **more: Any) -> dict[str, Any]:
    """Of a rate and intervals waited out for a request."""
    return {
        "rate_per_s": rate_per_s,
        "latency_ns": {"p50": 1e9 / rate_per_s},
        "waits_per_s": None if waits is None else waits * rate_per_s,
        "uncounted": "",
        "units_per_s": None,
        "gil": True,
        "implementation": "CPython",
        "cpus": 2,
    } | more


def alone(rate_per_s: float) -> dict[str, Any]:
    return sample(rate_per_s, service_ns=1e9 / rate_per_s)


def outcome(what: tuple[Any, ...], *samples: dict[str, Any], first: int = 1, **more: Any) -> Outcome:
    numbered = dict(enumerate(samples, start=first))
    return Outcome(point=Point(interpreter="3.11", what=what), samples=numbered, **more)


def test_a_row_for_what_has_work_beside_it_and_none_for_what_is_alone_or_asked():
    found = rows([outcome(ALONE, alone(2e4)), outcome(BESIDE, sample(160, 1.2)), outcome(ASKS, {"asks": 2.0})])
    assert [(row.model, row.connections, row.cpu_workers, row.beside, row.interval_s) for row in found] == [BESIDE[:-1]]
    assert found[0].asks == 2.0


def test_a_fall_is_paired_by_round():
    row = rows([outcome(ALONE, alone(20_000), alone(10_000)), outcome(BESIDE, sample(200, 1), sample(100, 1))])[0]
    assert row.fall
    assert row.fall.median == pytest.approx(100)
    assert row.fall.interval == pytest.approx((100, 100))


def test_rounds_that_one_of_both_lacks_are_left_out_of_the_fall():
    row = rows([outcome(ALONE, alone(20_000), first=2), outcome(BESIDE, sample(1, 1), sample(200, 1))])[0]
    assert row.fall
    assert row.fall.median == pytest.approx(100)


def test_the_prediction_is_made_of_each_rounds_own_waits_and_service():
    row = rows([outcome(ALONE, alone(20_000)), outcome(BESIDE, sample(190, 1.0))])[0]
    assert row.predicted_per_s
    assert row.predicted_per_s.median == pytest.approx(1 / 0.00505)
    assert row.service_ns
    assert row.service_ns.median == pytest.approx(50_000)
    assert row.waits
    assert row.waits.median == pytest.approx(1.0)
    assert row.waiting_at_once == pytest.approx(0.95)
    assert row.why_not == ""


def test_at_many_connections_the_service_alone_is_that_of_one_and_the_fall_that_of_as_many():
    many, beside = ("threads", 64, 0, *ALONE[3:]), ("threads", 64, *BESIDE[2:])
    outcomes = [outcome(ALONE, alone(20_000)), outcome(many, alone(40_000)), outcome(beside, sample(10_000, 0.5))]
    row = rows(outcomes)[0]
    assert row.alone_per_s
    assert row.alone_per_s.median == 40_000
    assert row.fall
    assert row.fall.median == pytest.approx(4)
    assert row.service_ns
    assert row.service_ns.median == pytest.approx(50_000)
    assert row.why_not == "25.0 threads wait at a time, and their waits overlap"


def test_without_what_it_takes_alone_there_is_no_prediction_but_the_waits():
    row = rows([outcome(BESIDE, sample(190, 1.0))])[0]
    assert (row.fall, row.predicted_per_s) == (None, None)
    assert row.waiting_at_once == pytest.approx(0.95)
    assert row.why_not == "it was not measured how long a request takes alone"


def test_what_is_not_counted_is_not_predicted():
    row = rows([outcome(ALONE, alone(20_000)), outcome(BESIDE, sample(190, uncounted="there is no perf"))])[0]
    assert (row.predicted_per_s, row.waits, row.why_not) == (None, None, "there is no perf")
    assert row.fall


def test_without_a_gil_nothing_is_predicted():
    row = rows([outcome(ALONE, alone(20_000)), outcome(BESIDE, sample(20_000, gil=False))])[0]
    assert row.why_not == "there is no GIL to wait for"


def test_what_failed_says_why():
    point = Point(interpreter="3.11", what=BESIDE, absent="needs 3.14")
    assert rows([Outcome(point=point, reason="needs 3.14")])[0].absent == "needs 3.14"
    assert rows([outcome(BESIDE, reason="it died")])[0].absent == "it died"


def test_asks_that_could_not_be_counted_are_none():
    assert rows([outcome(BESIDE, sample(190, 1.0)), outcome(ASKS, {"asks": None})])[0].asks is None
