"""A rate sweep with real, short trials: in the one runner, each target at rates of its own."""

from pathlib import Path

import pytest
from msgspec import structs

from concur.bench.choose import choose_targets
from concur.bench.plan import Plan
from concur.bench.results import Run, load
from concur.bench.runner import Progress, Runner
from concur.bench.scaling import ladder, lesson
from concur.bench.scaling.records import Loop, TwoLoops
from concur.bench.scenarios import scenario
from concur.errors import LoadError
from concur.interpreters.find import current

LOOP = Loop(rate_per_s=1.0, latency_ns={"p99": 1.0}, histogram=[])
LOOPS = TwoLoops(closed=LOOP, opened=LOOP, pause_ns=1, messages_between=1)


@pytest.fixture(autouse=True)
def short(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("CONCUR_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))
    monkeypatch.setattr(ladder, "SHARES", (0.001, 0.01))
    monkeypatch.setattr(ladder, "NEARER", 1)
    monkeypatch.setattr(lesson, "two_loops", lambda kind: LOOPS)


def plan_of(*names: str) -> Plan:
    small = structs.replace(scenario("small"), connections=2, placement="free")
    return Plan(
        targets=choose_targets(list(names), [], [current()], []),
        scenarios=ladder.with_ladders([small]),
        rounds=1,
        duration_s=0.2,
        warmup_s=0.1,
        keep=["p99<=10s"],
    )


def carry_out(plan: Plan, folder: Path) -> tuple[Runner, list[Progress]]:
    shown: list[Progress] = []
    runner = Runner(plan, ["concur", "bench"], shown.append, folder)
    runner.prepare()
    runner.carry_out()
    return runner, shown


@pytest.fixture
def run(tmp_path: Path) -> Run:
    runner, _ = carry_out(plan_of("threads", "callbacks"), tmp_path)
    return load(runner.file.path)


def test_each_target_is_offered_shares_of_its_own_capacity(run: Run):
    capacity = {cell.label: cell.rate_per_s.median for cell in run.cells if cell.rate_per_s}
    first = [cell for cell in run.steps if cell.scenario == "small, 0.1 % of capacity"]
    assert {cell.label: cell.offered_per_s for cell in first} == {
        label: pytest.approx(rate * 0.001) for label, rate in capacity.items()
    }
    one_more_s = 2 / 0.2  # a message at each end of the window
    for cell in run.steps:
        offered = [trial.load.offered_per_s for trial in cell.trials if trial.load]
        assert offered == [pytest.approx(cell.offered_per_s, abs=one_more_s)]


def test_steps_stand_apart_from_the_cells_that_are_ranked(run: Run):
    assert {cell.scenario for cell in run.cells} == {"small"}
    assert {one.scenario for one in run.comparisons} == {"small"}
    assert all(cell.trials for cell in run.steps)


def test_what_was_found_is_in_the_file(run: Run):
    assert run.scaling
    assert [one.label for one in run.scaling.rate_sweeps] == ["threads", "callbacks"]
    assert all(one.closed_ns for one in run.scaling.rate_sweeps)
    assert run.two_loops == LOOPS


def test_progress_ends_where_its_trials_do(tmp_path):
    runner, shown = carry_out(plan_of("threads"), tmp_path)
    made = sum(len(cell.trials) for cell in (*runner.run.cells, *runner.run.steps))
    assert made <= runner.plan.trials
    assert shown[-1].done < shown[-1].trials == runner.plan.trials


def test_a_run_without_the_two_loops_is_whole(tmp_path, monkeypatch):
    def refuse(kind: str | None) -> TwoLoops:
        raise LoadError("the engine ended")

    monkeypatch.setattr(lesson, "two_loops", refuse)
    runner, _ = carry_out(plan_of("threads"), tmp_path)
    assert runner.run.complete
    assert "the two loops were not shown: the engine ended" in runner.run.warnings


def test_an_interruption_keeps_what_the_ladder_found(tmp_path):
    def interrupt(progress: Progress) -> None:
        if progress.cell.scenario == "small, 1 % of capacity":
            raise KeyboardInterrupt

    runner = Runner(plan_of("threads"), [], interrupt, tmp_path)
    runner.prepare()
    with pytest.raises(KeyboardInterrupt):
        runner.carry_out()
    found = load(runner.file.path)
    assert found.scaling
    assert len(found.scaling.rate_sweeps) == 1
    assert found.two_loops is None
