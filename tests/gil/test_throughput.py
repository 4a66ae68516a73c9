"""N workers against one: which points, what rows, and a real run of each topology."""

import sys

import msgspec
import pytest

from concur.bench.results import Estimate
from concur.gil import throughput
from concur.gil.choosing import choose_asked
from concur.gil.points import HEADLINE, Asked, Outcome, Point
from concur.interpreters.describe import Interpreter


def asked(cpus: int = 2) -> Asked:
    old = Interpreter(short="3.11", executable=sys.executable, version="3.11.7")
    new = Interpreter(short="3.14", executable=sys.executable, version="3.14.8")
    return Asked(interpreters={"3.11": old, "3.14": new}, models=[], missing={}, cpus=cpus)


def outcome(kind: str, workers: int, topology: str, *rates: float, reason: str = "") -> Outcome:
    samples = {number: {"rate_per_s": rate} for number, rate in enumerate(rates, 1)}
    return Outcome(point=Point(interpreter="3.11", what=(kind, workers, topology)), samples=samples, reason=reason)


def test_subinterpreters_are_absent_where_there_are_none():
    absent = {
        (point.interpreter, point.what[2]): point.absent for point in throughput.points(asked()) if point.what[1] == 2
    }
    assert absent["3.11", "interpreters"] == "subinterpreters need Python 3.14"
    assert absent["3.14", "interpreters"] == absent["3.11", "threads"] == ""


def test_on_one_cpu_nothing_is_parallel():
    found = throughput.points(asked(cpus=1))
    assert {point.absent for point in found if point.what[1] != 1} >= {throughput.ONE_CPU}
    assert not any(point.absent for point in found if point.what[1] == 1)


def test_two_workers_of_python_code_come_first():
    first = [point.what for point in throughput.points(asked()) if point.priority == HEADLINE]
    assert {("python", 1, "1"), ("python", 2, "threads"), ("python", 2, "processes")} <= set(first)


@pytest.mark.parametrize(("cpus", "counts"), [(1, {1, 2}), (2, {1, 2, 3}), (4, {1, 2, 4, 5}), (64, {1, 2, 4, 8, 65})])
def test_workers_double_up_to_the_cpus(cpus, counts):
    assert {workers for workers, _ in throughput.shapes(cpus)} == counts


def test_a_speed_up_is_paired_by_round():
    alone = outcome("python", 1, "1", 100.0, 50.0, 80.0)
    both = outcome("python", 2, "threads", 190.0, 95.0, 152.0)
    _, row = throughput.rows([alone, both])
    assert row.speedup is not None
    assert row.speedup.median == pytest.approx(1.9)
    assert row.rate_per_s == Estimate(152.0, row.rate_per_s.interval if row.rate_per_s else None)


def test_efficiency_counts_no_more_cpus_than_there_are():
    found = [outcome("python", 1, "1", 100.0), outcome("python", 2, "processes", 200.0)]
    more = throughput.rows([*found, outcome("python", 3, "threads", 150.0)])[-1]
    assert more.efficiency == pytest.approx(0.75)


def test_without_one_worker_there_is_no_speed_up():
    (row,) = throughput.rows([outcome("python", 2, "threads", 190.0)])
    assert row.rate_per_s is not None
    assert row.speedup is None


def test_a_failure_is_the_rows_reason():
    (row,) = throughput.rows([outcome("python", 2, "threads", reason="it died")])
    assert row.absent == "it died"


@pytest.mark.parametrize(("implementation", "kind"), [("PyPy", "held"), ("PyPy", "python"), ("CPython", "held")])
def test_on_pypy_there_is_no_work_that_keeps_the_gil(implementation, kind):
    here = msgspec.structs.replace(asked().interpreters["3.11"], implementation=implementation)
    found = throughput.why_not(asked(), here, kind, 2, "threads")
    assert found == (throughput.NOT_HELD if (implementation, kind) == ("PyPy", "held") else "")


def test_workers_that_cannot_be_pinned_are_noted_once(monkeypatch):
    worker = {"units": 10, "took_ns": 1000, "pinned": False}
    answer = {"workers": [worker, worker], "observed": {"implementation": "PyPy"}}
    monkeypatch.setattr(throughput, "ask", lambda *_, **__: answer)
    sample = throughput.measure(Point(interpreter="3.11", what=("python", 2, "threads")), asked(), 1)
    assert sample["notes"] == [throughput.unpinned("3.11")]


@pytest.mark.parametrize("topology", ["1", "threads", "processes"])
@pytest.mark.parametrize("kind", ["python", "held", "released"])
def test_workers_compute_here(kind, topology):
    here, _ = choose_asked("threads", sys.executable, quick=True)
    point = Point(interpreter=next(iter(here.interpreters)), what=(kind, 1 if topology == "1" else 2, topology))
    assert throughput.measure(point, here, 1)["rate_per_s"] > 0


def test_subinterpreters_compute_where_there_are_any(newest):
    there = Asked(interpreters={newest.short: newest}, models=[], missing={}, cpus=2, quick=True)
    point = Point(interpreter=newest.short, what=("python", 2, "interpreters"))
    assert throughput.measure(point, there, 1)["rate_per_s"] > 0
