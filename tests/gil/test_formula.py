"""The convoy's formula, and the sentences that say where it stops to hold."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concur.gil import formula


def reason(off: float, waiting: float, **more: Any) -> str:
    arguments: dict[str, Any] = {"interval_s": 0.005, "service_ns": 50_000, "workers": 1, "cpus": 2} | more
    return formula.why_not(off, waiting, arguments.pop("rate_per_s", 200.0), **arguments)


def test_two_waits_of_5_ms_and_a_service_of_nothing_make_a_hundred_a_second():
    assert formula.predicted_per_s(2, 0.005, 0) == pytest.approx(100)


def test_without_waits_the_service_alone_limits_the_rate():
    assert formula.predicted_per_s(0, 0.005, 50_000) == pytest.approx(20_000)


@given(st.floats(0.01, 10), st.floats(0, 100))
def test_there_is_a_reason_exactly_where_it_is_off_by_more_than_a_fifth(off, waiting):
    assert bool(reason(off, waiting)) == (abs(off - 1) > 0.2)


def test_waits_side_by_side_are_counted():
    assert reason(0.05, 25.03) == "25.0 threads wait at a time, and their waits overlap"


def test_service_among_others_is_faster_than_alone():
    said = reason(0.6, 0.5, rate_per_s=20_000.0)
    assert said == "beyond its waits a request took 25 µs, where it takes 50 µs alone"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "shorter waits, for the GIL or for a CPU"),
        ({"workers": 2}, "the CPU-bound threads hand the GIL to each other, and waits end early"),
        ({"interval_s": 0.0001}, "waking up and taking over last longer than so short an interval"),
        ({"cpus": 1}, "there is one CPU, and they wait for that, too"),
    ],
)
def test_a_prediction_too_high_says_what_else_a_request_took(more, said):
    assert reason(2.0, 0.4, **more) == f"2.5 ms of a request were neither whole intervals nor service: {said}"


@pytest.mark.parametrize(
    ("sample", "model", "beside", "said"),
    [
        ({"gil": False, "implementation": "CPython"}, "threads", "threads", formula.NO_GIL),
        ({"implementation": "CPython"}, "threads", "processes", formula.OTHER_GILS),
        ({"implementation": "PyPy"}, "threads", "threads", formula.BY_BYTECODES),
        ({"implementation": "GraalVM"}, "threads", "threads", "it is not known how GraalVM hands its GIL over"),
        ({"implementation": "CPython"}, "prefork", "threads", formula.OWN_GILS["prefork"]),
        ({"implementation": "CPython", "uncounted": "there is no perf"}, "threads", "threads", "there is no perf"),
        ({"implementation": "CPython"}, "threads", "threads", ""),
    ],
)
def test_nothing_is_predicted_where_no_interval_is_waited_out(sample, model, beside, said):
    assert formula.why_none({"gil": True, "uncounted": ""} | sample, model, beside) == said
