"""One heavy request among light ones: what is measured, what cannot be, and what comes of it."""

import threading
from contextlib import suppress
from typing import Any

import msgspec
import psutil
import pytest

from concur import catalog
from concur.bench.target import RunningTarget, start
from concur.errors import LoadError, TargetError
from concur.gil import offload
from concur.gil.offload import HEAVY_UNITS, INLINE, NEEDED, SUMMED_UP, WHERE
from concur.gil.points import HEADLINE, Asked, Outcome, Point
from concur.interpreters.describe import Interpreter
from concur.interpreters.find import current
from concur.load.plan import LATENCY_QUANTILES

HERE = current()
NEW = msgspec.structs.replace(HERE, version="3.14.2", implementation="CPython")
OLD = msgspec.structs.replace(HERE, version="3.11.7", implementation="CPython")
PYPY = msgspec.structs.replace(HERE, version="3.11.15", implementation="PyPy")


def asked(*models: str, on: Interpreter = HERE, missing: dict[str, str] | None = None) -> Asked:
    return Asked(
        interpreters={"here": on}, models=models or ("threads",), missing={"here": missing or {}}, cpus=2, quick=True
    )


def sample(rate_per_s: float, latency_ns: float, heavy_per_s: float = 0.0) -> dict[str, Any]:
    latency = dict.fromkeys(LATENCY_QUANTILES, latency_ns) if rate_per_s else {}
    return {"rate_per_s": rate_per_s, "latency_ns": latency, "heavy_per_s": heavy_per_s}


def test_a_model_is_measured_with_and_without_a_heavy_peer_wherever_it_computes() -> None:
    found = offload.points(asked("threads", on=NEW))
    assert [one.what for one in found] == [("threads", where, heavy) for where in WHERE for heavy in (0, 1)]
    assert not any(one.absent for one in found)
    slow = msgspec.structs.replace(asked(), quick=False)
    assert all(0.3 <= one.about_s <= 2.5 for one in (*found, *offload.points(slow)))
    assert found[0].about_s < offload.points(slow)[0].about_s


def test_the_summary_needs_two_models_inline_and_with_processes() -> None:
    found = offload.points(asked(*(row.id for row in catalog.MODELS), on=NEW))
    first = {one.what for one in found if one.priority == HEADLINE}
    assert first == {(model, where, int(heavy)) for model in SUMMED_UP for where, heavy in NEEDED}


@pytest.mark.parametrize(
    ("model", "where", "on", "why"),
    [
        ("threads", INLINE, OLD, ""),
        ("prefork", INLINE, OLD, ""),
        ("sequential", INLINE, OLD, offload.ONE_AT_A_TIME),
        ("prefork", "2 threads", OLD, "a process of its own"),
        ("threads", "2 interpreters", OLD, "need Python 3.14"),
        ("threads", "2 interpreters", NEW, ""),
        ("threads", "2 interpreters", PYPY, "PyPy has no subinterpreters"),
        ("subinterpreters", "2 processes", NEW, "may not fork"),
        ("subinterpreters", "2 threads", NEW, ""),
    ],
)
def test_what_cannot_be_had_has_its_reason(model: str, where: str, on: Interpreter, why: str) -> None:
    found = {one.what: one for one in offload.points(asked(model, on=on))}
    assert why in found[model, where, 0].absent
    assert bool(why) == bool(found[model, where, 0].absent)
    assert ((model, where, 1) in found) == (not why)


def test_a_model_that_is_missing_is_so_everywhere() -> None:
    found = offload.points(asked("gevent_greenlets", missing={"gevent_greenlets": "needs gevent"}))
    assert [(one.what[1], one.absent) for one in found] == [(where, "needs gevent") for where in WHERE]


@pytest.mark.parametrize("row", catalog.MODELS, ids=lambda row: row.id)
def test_the_heavy_peer_has_a_place_among_those_that_a_model_serves(row: catalog.Model) -> None:
    light = offload.light_connections(row.id)
    assert light <= offload.CONNECTIONS
    assert row.max_active is None or light + 1 <= row.max_active


def test_a_row_is_the_median_of_its_rounds() -> None:
    samples = {2: sample(300.0, 3.0, 5.0), 1: sample(100.0, 1.0, 4.0), 3: sample(200.0, 2.0, 9.0)}
    (row,) = offload.rows([Outcome(point=Point(interpreter="here", what=("threads", INLINE, 1)), samples=samples)])
    assert (row.interpreter, row.model, row.where, row.heavy, row.absent) == ("here", "threads", INLINE, True, "")
    assert row.rate_per_s
    assert row.heavy_per_s
    assert (row.rate_per_s.median, row.heavy_per_s.median) == (200.0, 5.0)
    assert {name: each.median for name, each in row.latency_ns.items()} == dict.fromkeys(LATENCY_QUANTILES, 2.0)


def test_without_a_heavy_peer_none_are_answered() -> None:
    outcome = Outcome(point=Point(interpreter="here", what=("threads", INLINE, 0)), samples={1: sample(1.0, 1.0)})
    (row,) = offload.rows([outcome])
    assert row.heavy_per_s is None


def test_a_round_in_which_no_light_line_was_answered_has_a_rate_and_no_latency() -> None:
    samples = {1: sample(0.0, 0.0, 3.0), 2: sample(0.0, 0.0, 3.0)}
    (row,) = offload.rows([Outcome(point=Point(interpreter="here", what=("threads", INLINE, 1)), samples=samples)])
    assert row.rate_per_s
    assert row.rate_per_s.median == 0
    assert row.latency_ns == {}


def test_what_is_absent_or_failed_has_its_reason() -> None:
    absent = Point(interpreter="here", what=("threads", "2 interpreters", 0), absent="need Python 3.14")
    failed = Point(interpreter="here", what=("threads", INLINE, 0))
    found = offload.rows([Outcome(point=absent, reason=absent.absent), Outcome(point=failed, reason="died")])
    assert [(row.absent, row.rate_per_s) for row in found] == [("need Python 3.14", None), ("died", None)]


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONCUR_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


@pytest.mark.parametrize(("where", "heavy"), [(INLINE, 0), ("2 threads", 1)])
def test_a_sample_is_taken_and_nothing_is_left(where: str, heavy: int) -> None:
    before = threading.active_count()
    found = offload.measure(Point(interpreter="here", what=("threads", where, heavy)), asked(), 1)
    assert found["rate_per_s"] > 0
    assert set(found["latency_ns"]) == set(LATENCY_QUANTILES)
    assert heavy or not found["heavy_per_s"]
    assert threading.active_count() == before


def test_a_target_that_loses_who_computes_is_no_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(offload, "_check_end", lambda _: pytest.fail("it ended well"))

    def start_and_kill(*arguments: Any) -> RunningTarget:
        running = start(*arguments)
        for child in psutil.Process(running.pid).children():
            with suppress(psutil.NoSuchProcess):  # where one has died, the pool ends the others
                child.kill()
        return running

    monkeypatch.setattr(offload, "start", start_and_kill)
    with pytest.raises((TargetError, LoadError)):
        offload.measure(Point(interpreter="here", what=("threads", "2 processes", 1)), asked(), 1)


def test_a_heavy_line_is_many_light_ones() -> None:
    assert HEAVY_UNITS > 1000 * offload.LIGHT_UNITS
