"""The convoy's points, and real samples of it in tiny windows."""

import sys
from collections import Counter
from typing import Any

from msgspec import structs

from concur import catalog
from concur.gil import convoy
from concur.gil.points import HEADLINE, USUAL, Asked, Point
from concur.interpreters.describe import Interpreter
from concur.interpreters.find import current

HERE = current()
OLD = Interpreter(short="3.11", executable="", implementation="CPython", version="3.11.7")
NEW = structs.replace(OLD, short="3.14", version="3.14.1")
FREE = structs.replace(OLD, short="3.13t", version="3.13.1", free_threaded=True)
PYPY = structs.replace(OLD, short="pypy3.11", implementation="PyPy")


def asked(*interpreters: Interpreter, models: tuple[str, ...] = ("threads",), **more: Any) -> Asked:
    found = {one.short: one for one in interpreters or (OLD,)}
    return structs.replace(Asked(interpreters=found, models=models, missing={}, cpus=2), **more)


def present(points: list[Point]) -> list[tuple[object, ...]]:
    return [point.what for point in points if not point.absent]


def test_every_point_is_there_once():
    models = tuple(row.id for row in catalog.MODELS)
    found = convoy.points(asked(OLD, NEW, FREE, PYPY, models=models))
    assert max(Counter((each.interpreter, each.what) for each in found).values()) == 1


def test_with_a_gil_all_intervals_are_measured_and_without_one_only_one():
    for interpreter, intervals in ((OLD, 8), (PYPY, 8), (FREE, 1)):
        assert len({what[4] for what in present(convoy.points(asked(interpreter)))}) == intervals


def test_the_summary_needs_the_fall_the_intervals_where_it_holds_and_the_cure():
    found = [each.what for each in convoy.points(asked()) if each.priority == HEADLINE]
    at_one = [("threads", 1, 1, "threads", interval_s, "rate") for interval_s in (0.0005, 0.001, 0.005, 0.02)]
    apart = [("threads", 1, 0, "threads", 0.005, "rate"), ("threads", 1, 1, "processes", 0.005, "rate")]
    at_many = [("threads", connections, 1, "threads", 0.005, "rate") for connections in (8, 64)]
    assert sorted(found) == sorted([*at_one, *apart, *at_many])


def test_without_threads_the_first_model_stands_for_them():
    found = convoy.points(asked(models=("callbacks", "sequential")))
    assert {each.what[0] for each in found if each.priority == HEADLINE} == {"callbacks"}


def test_tables_show_default_models_at_5_ms():
    found = [each for each in convoy.points(asked(models=("threads", "callbacks"))) if each.what[0] == "callbacks"]
    assert {each.what for each in found if each.priority == USUAL} == {
        ("callbacks", connections, workers, "threads", 0.005, "rate")
        for connections in (1, 8, 64)
        for workers in (0, 1)
    }


def test_who_serves_few_connections_is_absent_once_where_there_are_more():
    absent = {
        each.what: each.absent for each in convoy.points(asked(models=("sequential", "threadpool"))) if each.absent
    }
    assert absent == {
        ("sequential", 8, 1, "threads", 0.005, "rate"): "it serves 1 connection at a time",
        ("threadpool", 64, 1, "threads", 0.005, "rate"): "it serves 32 connections at a time",
        ("sequential", 1, 1, "interpreters", 0.005, "rate"): "subinterpreters need Python 3.14",
        ("threadpool", 1, 1, "interpreters", 0.005, "rate"): "subinterpreters need Python 3.14",
    }


def test_a_model_that_is_missing_says_so_once():
    found = convoy.points(asked(models=("gevent_greenlets",), missing={"3.11": {"gevent_greenlets": "needs gevent"}}))
    assert [each.absent for each in found] == ["needs gevent"]


def test_interpreters_compute_beside_a_service_where_there_are_any():
    kinds = {what[3] for what in present(convoy.points(asked(NEW)))}
    assert "interpreters" in kinds
    assert "interpreters" not in {what[3] for what in present(convoy.points(asked(OLD)))}


def test_asking_is_counted_on_cpython_with_a_gil_alone():
    counted = [each.interpreter for each in convoy.points(asked(OLD, FREE, PYPY)) if each.what[-1] == "asks"]
    assert counted == ["3.11"]


def test_a_quick_point_takes_less():
    slow, quick = convoy.points(asked())[0], convoy.points(asked(quick=True))[0]
    assert quick.about_s < slow.about_s


# Real ones


def measured(*what: str | int | float) -> dict[str, Any]:
    point = Point(interpreter=HERE.short, what=what)
    return convoy.measure(point, asked(HERE, quick=True), 1)


def test_alone_a_service_says_how_long_a_request_takes():
    found = measured("threads", 1, 0, "threads", 0.005, "rate")
    assert found["service_ns"] >= 1e9 / found["rate_per_s"] * 0.999
    assert found["units_per_s"] is None
    assert found["gil"] == getattr(sys, "_is_gil_enabled", lambda: True)()


def test_beside_a_thread_waits_are_counted_or_it_is_said_why_not():
    found = measured("threads", 1, 1, "threads", 0.001, "rate")
    assert found["rate_per_s"] > 0
    assert found["units_per_s"] > 0
    assert (found["waits_per_s"] is None) == bool(found["uncounted"])
    assert set(found["latency_ns"]) == {"p50", "p90", "p99", "p99.9", "max"}


def test_where_nothing_may_be_counted_the_rate_is_measured_still(monkeypatch):
    monkeypatch.setenv("CONCUR_TRACER", "none")
    found = measured("callbacks", 8, 1, "processes", 0.005, "rate")
    assert (found["waits_per_s"], bool(found["uncounted"])) == (None, True)
    assert found["rate_per_s"] > 0


def test_asks_that_may_not_be_counted_are_a_note(monkeypatch):
    monkeypatch.setenv("CONCUR_TRACER", "none")
    found = measured("threads", 1, 1, "threads", 0.005, "asks")
    assert found["asks"] is None
    assert "CONCUR_TRACER is none" in str(found["notes"])
