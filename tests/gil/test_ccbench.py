"""ccbench's lines as it printed them, and its experiments at work."""

import sys

import pytest

from concur.gil import ccbench
from concur.gil.choosing import choose_asked
from concur.gil.inside.ccbench_tasks import BZ2, SHA1, TASKS, digits_of_pi, prepare, source, timed_loop
from concur.gil.points import Outcome, Point


def outcome(experiment: str, threads: int, *, task: str = ccbench.PI, **sample: float) -> Outcome:
    point = Point(interpreter="3.11", what=(experiment, ccbench.PI, threads))
    return Outcome(point=point, samples={1: sample | {"task": task}})


def lines(*outcomes: Outcome) -> list[str]:
    return [row.line for row in ccbench.rows(outcomes)]


def test_throughput_is_told_in_iterations_and_then_as_a_share():
    found = lines(outcome("throughput", 1, value=2437.9), outcome("throughput", 2, value=2374.2))
    assert found == ["threads=1: 2437 iterations/s.", "threads=2: 2374 ( 97 %)"]


def test_latency_is_told_in_whole_milliseconds():
    assert lines(outcome("latency", 1, value=9.97, deviation=4.6)) == ["CPU threads=1: 9 ms. (std dev: 4 ms.)"]


def test_bandwidth_is_told_in_packets_and_then_as_a_share():
    found = lines(outcome("bandwidth", 0, value=9850.14), outcome("bandwidth", 1, value=198.26))
    assert found == ["CPU threads=0: 9850.1 packets/s.", "CPU threads=1: 198.3 ( 2 %)"]


def test_what_was_not_measured_has_no_line():
    point = Point(interpreter="3.11", what=("latency", ccbench.PI, 0))
    (row,) = ccbench.rows([Outcome(point=point, reason="it died")])
    assert (row.line, row.absent) == ("", "it died")


def test_a_row_names_the_task_that_was_done():
    (row,) = ccbench.rows([outcome("throughput", 1, value=1.0, task=SHA1)])
    assert row.task == SHA1


def test_without_bz2_the_task_is_another(monkeypatch):
    monkeypatch.setitem(sys.modules, "bz2", None)
    name, (function, arguments) = prepare(BZ2)
    assert name == SHA1
    assert function(*arguments)


def test_the_text_is_as_long_as_ccbenchs_and_costs_its_pattern_as_much():
    squares = sum(len(line) ** 2 for line in source(2000).split("\n"))
    assert [len(source(length)) for length in (2000, 3000, 5000)] == [2000, 3000, 5000]
    assert squares == pytest.approx(70_100, rel=0.15)  # of its own first 2,000 characters


def test_the_digits_of_pi_are_those_of_pi():
    assert "".join(map(str, digits_of_pi(12))) == "314159265358"


@pytest.mark.parametrize("name", TASKS)
def test_a_task_can_be_called(name):
    function, arguments = TASKS[name]()
    assert function(*arguments)


def test_a_loop_whose_neighbour_has_ended_tells_of_whole_steps_alone():
    calls, took_s = timed_loop((lambda: None, ()), 0.0, 1000.0, [None], yields=False)
    assert (calls, took_s) == (0, 0.0)


@pytest.mark.long
@pytest.mark.parametrize("what", [("throughput", 2), ("latency", 1), ("bandwidth", 1)])
def test_an_experiment_ends_with_a_figure(what):
    here, _ = choose_asked("threads", sys.executable, quick=True)
    point = Point(interpreter=next(iter(here.interpreters)), what=(what[0], ccbench.PI, what[1]))
    assert ccbench.measure(point, here, 1)["value"] >= 0
