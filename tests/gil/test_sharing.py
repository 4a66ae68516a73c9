"""What threads share: which points, what rows, and real runs of every case."""

import os
import sys

import pytest

from concur.gil import sharing
from concur.gil.choosing import choose_asked
from concur.gil.inside.sharing import CASES
from concur.gil.inside.sharing import main as inside
from concur.gil.points import FURTHER, HEADLINE, USUAL, Asked, Outcome, Point
from concur.gil.throughput import ONE_CPU
from concur.interpreters.describe import Interpreter


def python(short: str, version: str, *, free: bool = False) -> Interpreter:
    return Interpreter(short=short, executable=sys.executable, version=version, free_threaded=free)


def asked(cpus: int = 2, missing: dict[str, dict[str, str]] | None = None) -> Asked:
    pythons = [python("3.11", "3.11.7"), python("3.13", "3.13.15"), python("3.13t", "3.13.15", free=True)]
    others = [python("3.15", "3.15.0")]
    return Asked(interpreters={one.short: one for one in pythons + others}, models=[], missing=missing or {}, cpus=cpus)


def outcome(what: str, how: str, threads: int, *rates: float, **more: object) -> Outcome:
    samples = {number: {"rate_per_s": rate, "updates": 10, "lost": None} | more for number, rate in enumerate(rates, 1)}
    return Outcome(point=Point(interpreter="3.13t", what=(what, how, threads)), samples=samples)


def test_free_threading_comes_first_and_then_its_twin():
    found = {point.interpreter: point.priority for point in sharing.points(asked())}
    assert found == {"3.11": USUAL, "3.13": USUAL, "3.13t": HEADLINE, "3.15": FURTHER}


def test_on_one_cpu_two_threads_are_absent():
    found = {point.what[2]: point.absent for point in sharing.points(asked(cpus=1))}
    assert found == {1: "", 2: ONE_CPU}


def test_a_model_that_is_missing_has_no_listener_and_says_why():
    found = sharing.points(asked(missing={"3.13t": {"callbacks": "needs what is not there"}}))
    reasons = {point.absent for point in found if point.interpreter == "3.13t" and "callbacks" in str(point.what[1])}
    assert reasons == {"needs what is not there"}


def test_a_speed_up_is_against_one_thread_on_the_same_object():
    rows = sharing.rows([outcome("counter", "shared", 1, 100.0), outcome("counter", "shared", 2, 30.0)])
    assert rows[1].speedup is not None
    assert rows[1].speedup.median == pytest.approx(0.3)


def test_a_shared_listener_is_compared_with_one_copy():
    alone = outcome("listener", "callbacks, one each", 1, 100.0)
    both = outcome("listener", "callbacks, shared", 2, 150.0, shares=[14, 51])
    row = sharing.rows([alone, both])[1]
    assert row.speedup is not None
    assert row.speedup.median == pytest.approx(1.5)
    assert (row.how, row.shares) == ("callbacks, shared", [14, 51])


def test_lost_updates_are_added_up_over_rounds():
    (row,) = sharing.rows([outcome("counter", "shared", 2, 1.0, 1.0, lost=3)])
    assert (row.updates, row.lost) == (20, 6)


@pytest.mark.parametrize("case", CASES)
def test_one_thread_loses_nothing(case):
    answer = inside({"case": case, "threads": 1, "seconds": 0.02})
    assert answer["threads"][0]["made"] > 0
    assert answer.get("lost", 0) == 0


@pytest.mark.parametrize(
    "case", ["counter, shared, with a lock", "counter, one each", "counter, shared, itertools.count"]
)
def test_what_is_safe_loses_nothing_between_two_threads(case):
    assert inside({"case": case, "threads": 2, "seconds": 0.1})["lost"] == 0


@pytest.mark.parametrize("how", ["one each", "shared"])
def test_two_loops_serve_over_one_listener_or_two(how):
    here, _ = choose_asked("callbacks", sys.executable, quick=True)
    point = Point(interpreter=next(iter(here.interpreters)), what=("listener", f"callbacks, {how}", 2))
    sample = sharing.measure(point, here, 1)
    assert sample["rate_per_s"] > 0
    assert sum(sample["shares"]) == sharing.CONNECTIONS + 1  # and the smoke's


@pytest.mark.skipif("CONCUR_INTERPRETER_PATH" not in os.environ, reason="CONCUR_INTERPRETER_PATH names no interpreters")
@pytest.mark.parametrize(("how", "counts"), [("of code just compiled", True), ("of code from a .pyc", False)])
def test_without_a_gil_constants_that_are_counted_are_told_from_immortal_ones(how, counts):
    free, _ = choose_asked("callbacks", "3.13t", quick=True)
    point = Point(interpreter="3.13t", what=("constants", how, 1))
    sample = sharing.measure(point, free, 1)
    assert bool(sample["counted"]) is counts
    (row,) = sharing.rows([Outcome(point=point, samples={1: sample})])
    assert row.counted == sample["counted"]
