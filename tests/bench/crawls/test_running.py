"""A run of crawls: rounds, what is absent, what is kept."""

import random

import msgspec
import pytest

from concur.bench.crawls import running, scenarios
from concur.bench.crawls.plan import Plan
from concur.bench.crawls.results import Ceiling, load
from concur.bench.plan import Target
from concur.interpreters.describe import Interpreter
from concur.interpreters.find import current

HERE = Interpreter(short="3.11", executable="python", version="3.11.7")


def target(name: str, absent: str = "", interpreter: Interpreter = HERE) -> Target:
    return Target(kind="model", name=name, interpreter=interpreter, absent=absent)


def plan(*targets: Target, rounds: int = 2, names: tuple[str, ...] = ("near",), **changes) -> Plan:
    return Plan(targets=list(targets), scenarios=scenarios.chosen(names, **({"pages": 30} | changes)), rounds=rounds)


@pytest.fixture
def tried(monkeypatch, make):
    """Made-up trials, and who made them, in order."""
    order: list[tuple[str, str, int]] = []

    def run_trial(one, scenario, placement, plan, number, tell):
        tell("crawl")
        order.append((one.name, scenario.name, number))
        if one.name == "polling":
            return make.trial(number, 0, verdict="absent", reason="an import turned the GIL back on")
        return make.trial(number, 1000, web_busy=0.2)

    monkeypatch.setattr(running, "run_trial", run_trial)
    monkeypatch.setattr(running, "measure_ceiling", lambda one, seed: Ceiling(
        links=one.links, page_bytes=one.page_bytes, pages_per_s=8000, server_busy=1, client_busy=0))  # fmt: skip
    return order


def carried_out(planned: Plan, tmp_path, show=lambda progress: None) -> running.Runner:
    runner = running.Runner(planned, ["concur"], show, tmp_path)
    runner.prepare()
    runner.carry_out()
    return runner


def test_rounds_hold_every_cell_once_in_shuffled_order(tried, tmp_path):
    names = ["threads", "callbacks", "generators", "coroutines"]
    carried_out(plan(*map(target, names), rounds=3), tmp_path)
    by_round = [[name for name, _, number in tried if number == each] for each in (1, 2, 3)]
    assert all(sorted(each) == sorted(names) for each in by_round)
    expected = [*names]
    random.Random(1).shuffle(expected)
    assert by_round[0] == expected


def test_absent_models_have_a_cell_with_the_reason_and_no_trial(tried, tmp_path):
    run = carried_out(plan(target("threads"), target("gevent_greenlets", "needs gevent")), tmp_path).run
    assert {cell.label: cell.reason for cell in run.cells} == {"threads": "", "gevent_greenlets": "needs gevent"}
    assert {name for name, *_ in tried} == {"threads"}


def test_who_turned_out_to_be_another_is_not_tried_again(tried, tmp_path):
    run = carried_out(plan(target("threads"), target("polling"), rounds=3), tmp_path).run
    assert sum(name == "polling" for name, *_ in tried) == 1
    assert next(cell for cell in run.cells if cell.label == "polling").verdict == "absent"


def test_a_sweep_has_a_cell_for_each_place_and_compares_nothing(tried, tmp_path):
    sweep = plan(target("threads"), target("sequential"), names=("far",), in_flight=[1, 10], pages=None)
    run = carried_out(sweep, tmp_path).run
    assert [(cell.label, cell.in_flight, bool(cell.trials)) for cell in run.cells] == [
        ("threads", 1, True), ("sequential", 1, True), ("threads", 10, True), ("sequential", 10, False)]  # fmt: skip
    assert run.comparisons == []


def test_what_was_measured_is_in_the_file_after_each_trial(tried, tmp_path):
    kept: list[int] = []

    def show(progress: running.Progress) -> None:
        (path,) = tmp_path.glob("*.json")
        kept.append(sum(len(cell.trials) for cell in load(path).cells))

    runner = carried_out(plan(target("threads"), target("callbacks")), tmp_path, show)
    assert kept == [0, 1, 2, 3]
    assert load(runner.file.path) == runner.run
    assert runner.run.complete


def test_an_interruption_keeps_what_there_is(tried, tmp_path):
    def show(progress: running.Progress) -> None:
        if progress.done == 2:
            raise KeyboardInterrupt

    runner = running.Runner(plan(target("threads"), target("callbacks")), ["concur"], show, tmp_path)
    runner.prepare()
    with pytest.raises(KeyboardInterrupt):
        runner.carry_out()
    kept = load(runner.file.path)
    assert not kept.complete
    assert sum(len(cell.trials) for cell in kept.cells) == 2
    assert kept.comparisons


def test_the_webs_ceiling_is_measured_once_for_each_shape(tried, tmp_path):
    run = carried_out(plan(target("threads"), names=("near", "far", "parse")), tmp_path).run
    assert [(one.links, one.page_bytes) for one in run.ceilings] == [(20, 10 << 10), (100, 200 << 10)]


def test_where_nobody_can_crawl_nothing_is_started(tried, tmp_path):
    run = carried_out(plan(target("threads", "needs h11")), tmp_path).run
    assert (run.ceilings, tried) == ([], [])
    assert run.complete


def test_progress_counts_trials_and_guesses_the_rest(tried, tmp_path):
    seen: list[running.Progress] = []
    carried_out(plan(target("threads"), rounds=2), tmp_path, seen.append)
    assert [(one.done, one.trials, one.eta_s is None) for one in seen] == [(0, 2, True), (1, 2, False)]


@pytest.mark.long
def test_two_real_crawlers_are_measured(tmp_path):
    planned = plan(*(target(name, "", current()) for name in ("threads", "callbacks")), rounds=1)
    planned = msgspec.structs.replace(planned, scenarios=scenarios.chosen(["near"], pages=30))
    run = carried_out(planned, tmp_path).run
    assert [cell.verdict for cell in run.cells] == ["ok", "ok"], [cell.reason for cell in run.cells]
    assert all(cell.rate_per_s and cell.rate_per_s.median > 0 for cell in run.cells)
    assert run.ceilings[0].pages_per_s > 0
