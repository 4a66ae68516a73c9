"""The explorer finds what is wrong, finds nothing in what is right, and replays what it found."""

import json
import os
import subprocess
import threading
from collections.abc import Callable
from functools import cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from concur.interpreters.describe import Interpreter
from concur.interpreters.find import current, find
from concur.labs.gates.explorer import Exploration, Replay, Scenario, explore, replay
from concur.labs.gates.guide import Where

ROOT = Path(__file__).resolve().parents[3]
PROGRAMS = Path(__file__).with_name("explored.py")


def _load() -> Any:
    """The programs to be explored, which are no test and so not to be imported by name."""
    spec = spec_from_file_location("explored", PROGRAMS)
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


explored = _load()
LOSING = [explored.plus, explored.plus_call, explored.load_add_store, explored.sleeps_until_it_works]
EVERYWHERE: list[Where] = ["operations", "opcodes", "eval-breaker"]


def twice(body: Callable[[], object]) -> Scenario:
    return Scenario(explored.reset, [lambda _: body()] * 2, explored.both_counted)


def pair(first: Callable[[], object], second: Callable[[], object]) -> Scenario:
    return Scenario(explored.reset, [lambda _: first(), lambda _: second()])


def order(one: Replay) -> tuple[tuple[int, str], ...]:
    return tuple((event.lane, event.word) for event in one.events if event.is_shared)


def search(scenario: Scenario, **options: Any) -> Exploration:
    return explore(scenario, within=explored, **options)


@pytest.mark.parametrize("body", LOSING)
def test_it_finds_a_lost_update(body: Callable[[], object]) -> None:
    found = search(twice(body))
    assert [failure.what for failure in found.failures] == ["1 of 2"]
    assert not found.is_complete


@pytest.mark.parametrize("where", EVERYWHERE)
def test_it_finds_nothing_in_what_is_locked_and_says_that_it_tried_all(where: Where) -> None:
    found = search(twice(explored.locked), where=where)
    assert (found.found, found.is_complete) == ([], True)
    assert str(found) == f"nothing wrong in all {found.runs} schedules with at most 2 preemptions"


def test_plus_loses_at_opcodes_and_not_where_a_gil_build_switches() -> None:
    assert search(twice(explored.plus)).failures
    assert search(twice(explored.plus), where="eval-breaker", preemptions=4).is_complete
    assert search(twice(explored.plus_call), where="eval-breaker").failures


@pytest.mark.parametrize("body", [explored.locked, explored.plus, explored.plus_call, explored.load_add_store])
@pytest.mark.parametrize("preemptions", [0, 1, 2])
def test_pruning_loses_no_order_of_operations(body: Callable[[], object], preemptions: int) -> None:
    few, all_of_them = (
        search(twice(body), where=where, preemptions=preemptions, most_failures=10_000)
        for where in ("operations", "opcodes")
    )
    assert few.is_complete
    assert all_of_them.is_complete
    assert few.interleavings == all_of_them.interleavings
    assert few.runs <= all_of_them.runs
    assert {failure.what for failure in few.failures} == {failure.what for failure in all_of_them.failures}


def test_the_first_failure_found_has_fewest_preemptions() -> None:
    assert len(search(twice(explored.plus)).failures[0].schedule) == 3  # A, B, A: one preemption


def test_a_bound_of_no_preemptions_finds_nothing_in_a_race() -> None:
    found = search(twice(explored.plus), preemptions=0)
    assert (found.runs, found.is_complete, found.failures) == (2, True, [])


def test_a_search_that_was_stopped_says_so() -> None:
    found = search(twice(explored.locked), most_runs=5)
    assert (found.runs, found.is_complete) == (5, False)
    assert "there are more (stopped after 5 runs)" in str(found)


def test_a_deadlock_is_a_cycle_and_replays_100_times_out_of_100() -> None:
    scenario = pair(explored.first_second, explored.second_first)
    (dead,) = search(scenario).deadlocks
    assert [(wait.thread, wait.resource.label, wait.resource.holders()) for wait in dead.cycle] == [
        ("A", "second", ["B"]),
        ("B", "first", ["A"]),
    ]
    assert dead.what.startswith("deadlock: A → B → A\n  A waits for Lock second, held by B (line ")
    for written in (str(dead.schedule), str(dead.by_operation)):
        assert {replay(scenario, written, within=explored).what for _ in range(100)} == {dead.what}
    assert replay(scenario, dead.by_operation.pairs, within=explored).what == dead.what


@pytest.mark.parametrize("body", [explored.plus_call, explored.sleeps_until_it_works])
def test_a_lost_update_replays_100_times_out_of_100(body: Callable[[], object]) -> None:
    (lost,) = search(twice(body)).failures
    for written in (lost.schedule, lost.by_operation):
        again = [replay(twice(body), written, within=explored) for _ in range(100)]
        assert {(one.what, one.diverged, order(one)) for one in again} == {("1 of 2", "", order(lost))}
        assert len({one.schedule for one in again}) == 1


def test_a_learner_writes_the_schedule_by_hand() -> None:
    by_hand = [("A", "load"), ("B", "load"), ("B", "store"), ("A", "store")]
    assert replay(twice(explored.plus_call), by_hand, within=explored).what == "1 of 2"
    assert replay(twice(explored.plus_call), "A load count, B end, A end", within=explored).what == "1 of 2"
    assert replay(twice(explored.plus_call), "A end, B end", within=explored).what == ""


def test_a_schedule_may_go_by_lines() -> None:
    line = explored.load_add_store.__code__.co_firstlineno + 4  # count = seen
    lost = replay(twice(explored.load_add_store), [("A", line), ("B", "end")], within=explored)
    assert (lost.what, lost.diverged) == ("1 of 2", "")


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("A store nothing", "'A store nothing' was not reached: A ended"),
        ("A end, A load", "'A load' cannot be followed: A has ended"),
        ("C end", "there is no thread C"),
        ("A9999", "'A9999' was not reached: A ended"),
    ],
)
def test_a_schedule_that_cannot_be_followed_says_why(written: str, why: str) -> None:
    assert replay(twice(explored.plus), written, within=explored).diverged == why


def test_a_thread_that_must_wait_cannot_be_chosen() -> None:
    stuck = replay(pair(explored.first_second, explored.first_second), "A acquire, B acquire, B end", within=explored)
    assert stuck.diverged == "'B end' cannot be followed: B waits for first"


def test_one_who_waits_without_looking_again_is_found() -> None:
    assert search(pair(explored.put, explored.take)).is_complete
    dead = search(Scenario(explored.reset, [lambda _: explored.take()] * 2)).deadlocks[0]
    assert dead.what.startswith("deadlock: all wait, and nobody is left to wake them\n  A waits to be notified by")
    three = Scenario(
        explored.reset, [lambda _: explored.take_if(), lambda _: explored.take(), lambda _: explored.put()]
    )
    assert search(three, most_failures=9).found


def test_locks_that_a_state_makes_are_controlled() -> None:
    right = Scenario(explored.Account, [explored.Account.deposit] * 2, lambda one: "" if one.balance == 2 else "lost")
    wrong = Scenario(explored.Account, [explored.Account.deposit_carelessly] * 2, right.verdict)
    assert search(right).is_complete
    assert search(wrong).failures[0].what == "lost"


@pytest.mark.parametrize("kind", [explored.Slotted, explored.Guarded])
def test_locks_in_slots_and_of_a_factory_are_controlled(kind: Any) -> None:
    made = SimpleNamespace  # a state of another module, which holds one of this
    right = Scenario(lambda: made(one=kind()), [lambda state: state.one.deposit()] * 2, lambda state: state.one.wrong())
    assert search(right).is_complete


@pytest.mark.parametrize("locked", [explored.by_default, explored.by_name, explored.in_closure])
def test_locks_of_functions_are_controlled(locked: Callable[[], object]) -> None:
    defaults = locked.__defaults__, locked.__kwdefaults__
    found = search(twice(locked))
    assert (found.is_complete, str(found.found)) == (True, "[]")
    assert (locked.__defaults__, locked.__kwdefaults__) == defaults


@pytest.mark.parametrize("body", [explored.decorated, explored.in_table])
def test_all_that_a_file_defines_is_looked_at(body: Callable[[], object]) -> None:
    assert search(twice(body)).failures[0].what == "1 of 2"


def test_threads_that_pass_things_by_a_queue_are_explored_to_the_end() -> None:
    passing = Scenario(
        explored.Account,
        [explored.Account.produce, explored.Account.consume],
        lambda one: "" if one.balance == 1 else "lost",
    )
    assert search(passing).is_complete


def test_three_threads_are_explored_too() -> None:
    three = Scenario(explored.reset, [lambda _: explored.plus()] * 3, lambda _: "" if explored.count == 3 else "lost")
    assert search(three).failures
    assert search(Scenario(explored.reset, [lambda _: explored.locked()] * 3), preemptions=1).is_complete


def test_what_a_thread_raises_is_a_failure_with_its_line() -> None:
    def fall(_: object) -> None:
        raise KeyError("here")

    found = explore(Scenario(None, [fall, fall]), within=fall)
    assert found.failures[0].what == f"A raised KeyError: 'here' (line {fall.__code__.co_firstlineno + 1})"


def test_a_busy_wait_has_no_end_only_if_nobody_ends_it() -> None:
    flag: list[int] = []

    def spin(_: object) -> None:
        while not flag:
            pass

    def end_it(_: object) -> None:
        flag.append(1)

    assert not replay(Scenario(flag.clear, [spin, end_it]), "", within=[spin, end_it]).what
    endless = replay(Scenario(flag.clear, [spin, spin]), "", within=spin, most_steps=5_000)
    assert (endless.ending, endless.what.split(";")[0]) == ("endless", "no end after 5,000 steps")


def test_a_wait_that_no_baton_reaches_is_told_and_hangs_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("concur.labs.gates.baton.STUCK_S", 0.3)
    gate = threading.Event()  # of this module, which is not looked at

    def wait(_: object) -> None:
        gate.wait()

    found = explore(Scenario(None, [wait, wait]), within=wait)
    gate.set()
    where = f"line {wait.__code__.co_firstlineno + 1}"
    assert found.failures[0].what.startswith(f"A went away in {where} and did not come back")
    assert not found.is_complete
    for thread in threading.enumerate():
        if thread is not threading.main_thread() and thread.name in ("A", "B"):
            thread.join(5)


def test_no_thread_is_left_and_everything_real_is_put_back() -> None:
    before = (set(threading.enumerate()), explored.threading, explored.lock, explored.Lock, explored.time)
    search(pair(explored.first_second, explored.second_first), most_failures=5)
    after = (set(threading.enumerate()), explored.threading, explored.lock, explored.Lock, explored.time)
    assert after == before


def test_a_program_that_differs_from_run_to_run_is_noticed() -> None:
    turns = iter(range(10**6))

    def moody(_: object) -> None:
        for _ in range(next(turns) % 7):
            explored.items.append(1)

    found = explore(Scenario(explored.reset, [moody, moody]), within=moody)
    assert "not the same each time" in found.note
    assert not found.is_complete


@cache
def others() -> dict[str, Interpreter]:
    """By short name: this interpreter, and those of CONCUR_INTERPRETER_PATH; not their JIT variants."""
    places = [Path(place) for place in os.environ.get("CONCUR_INTERPRETER_PATH", "").split(os.pathsep) if place]
    named = [one for one in find() if not one.broken and one.env.get("PYTHON_JIT") != "1"] if places else []
    return {"here": current()} | {
        one.short: one for one in named if any(place in Path(one.executable).parents for place in places)
    }


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    "interpreter", [pytest.param(name, marks=[pytest.mark.long] if name != "here" else []) for name in others()]
)
def test_it_finds_and_replays_the_same_on_every_python(interpreter: str) -> None:
    one = others()[interpreter]
    environment = os.environ | one.env | {"PYTHONPATH": str(ROOT)}
    said = json.loads(subprocess.check_output([one.executable, str(PROGRAMS)], env=environment))
    losing = {"plus": "lost", "plus_call": "lost", "load_add_store": "lost", "locked": True}
    assert said["found"] == {
        "operations": losing,
        "opcodes": losing,
        "eval-breaker": {"plus": True, "plus_call": "lost", "load_add_store": True, "locked": True},
    }
    assert said["deadlock"].startswith("deadlock: A → B → A\n")
    assert said["replays"] == [said["deadlock"]]
    assert said["threads"] == []
