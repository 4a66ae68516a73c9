"""Ten lines in plain words, each of measured figures."""

import pytest
from msgspec import structs

from concur.bench.results import Estimate
from concur.gil.results import Report
from concur.report.gil.rows import groups, told
from concur.report.gil.summary import MOST, summary
from tests.report.gil.reports import report


def line(lines: list[str], word: str) -> str:
    return next(each for each in lines if word in each)


def test_no_more_lines_than_a_manager_reads():
    assert 5 <= len(summary(report())) <= MOST


def test_nothing_measured_is_nothing_said():
    assert summary(Report(concur="", id="", started_at="", command=[], machine={}, seed=1, budget_s=1.0)) == []


def test_interpreters_with_and_without_a_gil_are_told_apart():
    said = line(summary(report()), "Two threads of Python")
    assert "1.94 on 3.13t; 0.99 on the other 8" in said


def test_the_fall_beside_a_busy_thread_is_told_with_its_rates():
    said = line(summary(report()), "One busy thread")
    assert "by 1.26× on 3.13t; 88× on the other 8" in said
    assert "14,400 req/s" in said


def test_the_formula_is_judged_on_one_connection_alone():
    assert "in 32 of 32 cases" in line(summary(report()), "1/(k·interval + s)")


def test_of_a_group_those_that_hardly_fall_are_told_as_up_to():
    some = report()
    falls = {"3.13": 1.02, "3.14": 1.18}
    some.convoy = [
        structs.replace(row, fall=Estimate(median=falls[row.interpreter])) if row.beside == "processes" else row
        for row in some.convoy
        if row.interpreter in falls
    ]
    assert "in a process of its own, by up to 1.18× on 3.13, 3.14" in line(summary(some), "The same work")


def test_what_threads_share_without_a_gil_is_told_from_the_worst_to_the_best():
    only = structs.replace(report(), throughput=[], convoy=[], tax=[])
    said = line(summary(only), "Without a GIL")
    assert "from counter, locked 0.20×; counter, shared 0.30×; dictionary, shared 0.80× to " in said
    assert said.endswith("counter, sharded 1.95×; constants, of code from a .pyc 2.00×.")


@pytest.mark.parametrize(
    ("experiment", "begins"),
    [
        ("throughput", "Two threads of Python code"),
        ("convoy", "One busy thread"),
        ("offload", "One heavy request"),
        ("tax", "On one thread"),
        ("sharing", "Updates lost"),
        ("release", "3 of 5 common operations"),
    ],
)
def test_a_rule_is_silent_without_its_experiment(experiment, begins):
    fewer = structs.replace(report(), throughput=[]) if experiment == "release" else report()
    assert any(each.startswith(begins) for each in summary(fewer))
    assert not any(each.startswith(begins) for each in summary(structs.replace(fewer, **{experiment: []})))


def test_values_that_lie_near_each_other_are_one_group():
    assert groups({"a": 1.0, "b": 1.9, "c": 1.1}) == [(["a", "c"], 1.0, 1.1), (["b"], 1.9, 1.9)]
    assert told({"a": 1.0, "b": 1.9, "c": 1.1}) == "1.90 on b; 1.00–1.10 on a, c"
