"""A run of experiments: rounds, failures, an interpreter that vanishes, an interruption, a budget."""

import sys
from typing import Any

import pytest

from concur.errors import MachineError, TargetError
from concur.gil import running, switching
from concur.gil.points import HEADLINE, Asked, Point
from concur.gil.results import Throughput, load
from concur.gil.running import Runner
from concur.interpreters.describe import Interpreter


class Counting:
    """An experiment that measures nothing but whether it was asked to."""

    def __init__(self) -> None:
        self.measured: list[tuple[str, int]] = []
        self.fails: dict[str, Exception] = {}
        self.interpreters = ["here"]
        self.about_s = 0.001

    def points(self, asked: Asked) -> list[Point]:
        made = [
            Point(interpreter=short, what=(name,), priority=HEADLINE, about_s=self.about_s)
            for short in self.interpreters
            for name in ("a", "b")
        ]
        return [*made, Point(interpreter="here", what=("never",), absent="it is not to be had")]

    def measure(self, point: Point, asked: Asked, number: int) -> dict[str, Any]:
        self.measured.append((str(point.what[0]), number))
        if error := self.fails.get(str(point.what[0])):
            raise error
        return {"value": number, "notes": ["one line"]}

    def rows(self, outcomes) -> list[Throughput]:
        return [
            Throughput(
                interpreter=each.point.interpreter,
                kind=str(each.point.what[0]),
                workers=len(each.samples),
                topology="1",
                absent=each.reason,
            )
            for each in outcomes
        ]


@pytest.fixture
def fake(monkeypatch):
    made = Counting()
    monkeypatch.setattr(running, "experiment", lambda name: made)
    monkeypatch.setattr(switching, "heeds", lambda interpreter: "heeded")
    return made


@pytest.fixture
def runner(fake, tmp_path):
    def make(*, budget_s: float = 60.0, rounds: int = 3, executable: str = sys.executable, show=lambda progress: None):
        here = Interpreter(short="here", executable=executable, version="3.11.7")
        there = Interpreter(short="there", executable=sys.executable, version="3.11.7")
        asked = Asked(interpreters={"here": here, "there": there}, models=["threads"], missing={}, cpus=2)
        return Runner(asked, ["throughput"], [], budget_s=budget_s, rounds=rounds, show=show, results=tmp_path)

    return make


def rows_of(made: Runner) -> dict[str, int]:
    return {row.kind: row.workers for row in made.report.throughput}


def test_each_point_is_measured_in_each_round(runner, fake):
    made = runner()
    made.carry_out()
    assert sorted(fake.measured) == [(name, number) for name in "ab" for number in (1, 2, 3)]
    assert [number for _, number in fake.measured] == sorted(number for _, number in fake.measured)
    assert made.report.complete
    assert not made.has_failed


def test_what_cannot_be_had_keeps_its_reason(runner):
    made = runner()
    made.carry_out()
    assert {row.kind: row.absent for row in made.report.throughput}["never"] == "it is not to be had"


def test_a_point_that_fails_is_told_and_not_tried_for_ever(runner, fake):
    fake.fails["a"] = TargetError("it died", why="of nothing")
    made = runner()
    made.carry_out()
    assert [name for name, _ in fake.measured].count("a") == running.MOST_FAILURES
    assert rows_of(made)["b"] == 3
    assert "it died: of nothing" in made.report.notes
    assert made.has_failed


def test_an_interpreter_that_vanishes_is_said_once_and_the_rest_goes_on(runner, fake, tmp_path):
    fake.interpreters = ["here", "there"]
    fake.fails["a"] = TargetError("here cannot be started", why="No such file or directory")
    made = runner(executable=str(tmp_path / "gone"))
    made.carry_out()
    assert len([note for note in made.report.notes if "has vanished" in note]) == 1
    assert {row.interpreter for row in made.report.throughput if row.workers == 3} >= {"there"}


def test_notes_are_kept_once(runner):
    made = runner()
    made.carry_out()
    assert made.report.notes.count("one line") == 1


def test_what_there_is_no_time_for_is_left_out_and_said(runner, fake):
    fake.about_s = 1000.0
    made = runner()
    made.carry_out()
    assert fake.measured == []
    assert made.report.left_out == ["throughput: 2 of 3 points"]


def test_an_interruption_keeps_what_was_measured(runner, fake):
    def interrupt(progress) -> None:
        if progress.done == 3:
            raise KeyboardInterrupt

    made = runner(show=interrupt)
    with pytest.raises(KeyboardInterrupt):
        made.carry_out()
    kept = load(made.file.path)
    assert not kept.complete
    assert sum(row.workers for row in kept.throughput) == 3


def test_the_order_is_the_seeds(runner, fake):
    runner().carry_out()
    first = list(fake.measured)
    fake.measured.clear()
    runner().carry_out()
    assert fake.measured == first


def test_interpreters_are_asked_what_they_are(runner):
    made = runner()
    made.prepare()
    assert [(each.short, each.switch_interval) for each in made.report.subjects] == [
        ("here", "heeded"),
        ("there", "heeded"),
    ]


def test_a_switch_interval_that_is_not_heeded_is_one_line(runner, monkeypatch):
    monkeypatch.setattr(switching, "heeds", lambda interpreter: "ignored: 0.1 ms at 20 ms as at 0.5 ms")
    made = runner()
    made.prepare()
    assert "here does not heed the switch interval, 0.1 ms at 20 ms as at 0.5 ms" in made.report.notes


def test_results_that_cannot_be_kept_are_refused_before_anything_is_measured(runner, tmp_path):
    made = runner()
    made.file.path = tmp_path / "file" / "gil.json"
    (tmp_path / "file").write_text("")
    with pytest.raises(MachineError, match="cannot be written"):
        made.prepare()
