"""A whole run with real, short trials: saved after each, whatever ends it."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import structs

from concur import catalog
from concur.bench import runner as runners
from concur.bench import trial as trials
from concur.bench.choose import choose_targets
from concur.bench.explain import explaining
from concur.bench.placement import Placement, place
from concur.bench.plan import Plan
from concur.bench.results import Run, Trial, load
from concur.bench.runner import Progress, Runner
from concur.bench.scenarios import scenario
from concur.errors import MachineError, UsageError
from concur.interpreters.find import current


@pytest.fixture(autouse=True)
def cache(tmp_path_factory, monkeypatch):
    monkeypatch.setenv("CONCUR_CACHE", str(tmp_path_factory.getbasetemp() / "cache"))


def plan_of(*names: str, commands: tuple[str, ...] = (), topologies: tuple[str, ...] = ("1",), **changes: Any) -> Plan:
    small = msgspec.structs.replace(scenario("small"), connections=2, placement="free")
    steady = msgspec.structs.replace(scenario("steady"), connections=2, placement="free")
    made = Plan(
        targets=choose_targets(list(names), list(commands), [current()], [], topologies),
        scenarios=[small, steady],
        rounds=1,
        duration_s=0.2,
        warmup_s=0.1,
    )
    return msgspec.structs.replace(made, **changes)


def carry_out(plan: Plan, folder: Path) -> tuple[Runner, list[Progress]]:
    shown: list[Progress] = []
    runner = Runner(plan, ["concur", "bench"], shown.append, folder)
    runner.prepare()
    runner.carry_out()
    return runner, shown


def test_a_run_measures_every_cell_and_is_saved_whole(tmp_path):
    runner, shown = carry_out(plan_of("threads", "callbacks"), tmp_path)
    run = load(runner.file.path)
    assert run.complete
    assert {(cell.model, cell.scenario) for cell in run.cells} == {
        (model, name) for model in ("threads", "callbacks") for name in ("small", "steady")
    }
    assert all(trial.load for cell in run.cells for trial in cell.trials)
    assert run.measured_ns < run.took_ns
    assert [one.stage for one in shown[:4]] == ["start", "warm-up", "window", "end"]
    assert [path.name for path in tmp_path.iterdir()] == [runner.file.path.name]


def test_steady_runs_at_half_of_the_slowest_capacity_at_most(tmp_path):
    runner, _ = carry_out(plan_of("threads", "callbacks"), tmp_path)
    slowest = min(cell.rate_per_s.median for cell in runner.run.cells if cell.scenario == "small" and cell.rate_per_s)
    assert runner.run.plan["common_rate_per_s"] == min(10_000.0, slowest / 2)


@pytest.mark.skipif(not place("pinned").is_apart, reason="target and engine need a CPU each")
@pytest.mark.parametrize(("late", "repeated", "verdict"), [(1, 1, "ok"), (9, runners.AGAIN, "void")])
def test_a_trial_whose_engine_was_held_up_is_made_again(tmp_path, monkeypatch, late, repeated, verdict):
    made: list[Trial] = []
    run_trial = trials.run_trial

    def measure(*arguments):
        trial = run_trial(*arguments)
        made.append(trial)
        trial.engine_busy = 0.5
        trial.verdict = "void" if len(made) <= late else "ok"
        return trial

    monkeypatch.setattr(runners, "run_trial", measure)
    steady = msgspec.structs.replace(scenario("steady"), connections=2, rate_per_s=500.0)
    runner, _ = carry_out(plan_of("callbacks", scenarios=[steady]), tmp_path)
    (kept,) = runner.run.cells[0].trials
    assert kept is made[-1]
    assert (kept.repeated, kept.verdict) == (repeated, verdict)


def test_an_interruption_keeps_what_was_measured(tmp_path):
    plan = plan_of("threads", "callbacks", rounds=2)

    def interrupt(progress: Progress) -> None:
        if progress.done == 1 and progress.stage == "window":
            raise KeyboardInterrupt

    runner = Runner(plan, [], interrupt, tmp_path)
    runner.prepare()
    with pytest.raises(KeyboardInterrupt):
        runner.carry_out()
    run = load(runner.file.path)
    assert not run.complete
    assert sum(len(cell.trials) for cell in run.cells) == 1


def test_an_order_is_kept_by_its_seed(tmp_path):
    def order(seed: int, folder: str) -> list[tuple[str, str]]:
        plan = plan_of("threads", "callbacks", "sequential", seed=seed, duration_s=0.05, warmup_s=0.05)
        _, shown = carry_out(plan, tmp_path / folder)
        return list(dict.fromkeys((one.cell.scenario, one.cell.model) for one in shown))  # repeated ones once

    assert order(3, "a") == order(3, "b")


def test_a_command_is_absent_from_a_dose_with_the_reason(tmp_path):
    plan = plan_of(commands=("nothing {port}",), scenarios=[scenario("cpu")])
    runner, shown = carry_out(plan, tmp_path)
    assert runner.run.cells[0].verdict == "absent"
    assert runner.run.cells[0].reason == "a command knows no dose"
    assert shown == []


def test_a_command_is_absent_where_work_beside_it_is_asked_for(tmp_path):
    beside = [structs.replace(scenario("small"), beside="1 threads")]
    runner, _ = carry_out(plan_of(commands=("nothing {port}",), scenarios=beside), tmp_path)
    assert runner.run.cells[0].reason == "a command takes no work beside it, and no switch interval"


def test_a_model_that_cannot_offload_is_absent_with_the_catalogues_reason(tmp_path):
    offloaded = [structs.replace(scenario("cpu"), offload="2 processes")]
    runner, shown = carry_out(plan_of("prefork", scenarios=offloaded), tmp_path)
    assert runner.run.cells[0].reason == catalog.model("prefork").inline
    assert shown == []


def test_results_that_cannot_be_kept_are_refused_before_anything_is_measured(tmp_path):
    (tmp_path / "file").write_text("")
    runner = Runner(plan_of("threads"), [], lambda _: None, tmp_path / "file" / "results")
    with pytest.raises(MachineError, match="results cannot be written"):
        runner.prepare()


def test_a_place_that_can_no_longer_be_written_loses_no_figures(tmp_path):
    runner = Runner(plan_of("threads"), [], lambda _: None, tmp_path)
    runner.prepare()
    runner.file.path.with_suffix(".tmp").mkdir()
    runner.carry_out()
    assert "Is a directory" in runner.file.error
    assert all(trial.load for cell in runner.run.cells for trial in cell.trials)


def test_a_run_that_was_cut_short_is_told(tmp_path):
    path = tmp_path / "run.json"
    path.write_bytes(b'{"schema":1,"concur":"0.1","id"')
    with pytest.raises(UsageError, match="not a whole run"):
        load(path)


def test_a_run_of_another_schema_is_told(tmp_path):
    path = tmp_path / "run.json"
    path.write_bytes(b'{"schema":99}')
    with pytest.raises(UsageError, match="schema 99"):
        load(path)


def test_a_run_survives_being_written_and_read(tmp_path):
    runner, _ = carry_out(plan_of("threads", scenarios=[scenario("one")]), tmp_path)
    assert msgspec.json.decode(msgspec.json.encode(runner.run), type=Run) == runner.run


def test_copies_are_measured_beside_one_and_tell_how_connections_fell_to_them(tmp_path):
    plan = plan_of("threads", topologies=("1", "2 processes"), scenarios=[scenario("small")])
    runner, _ = carry_out(plan, tmp_path)
    one, two = runner.run.cells
    assert [one.label, two.label, two.topology] == ["threads", "threads (2 processes)", "2 processes"]
    (trial,) = two.trials
    assert trial.load
    assert len(trial.end["shares"]) == 2
    assert sum(trial.end["shares"]) >= scenario("small").connections
    assert runner.run.comparisons[0].verdict == "not comparable"


def test_copies_get_as_many_cpus_as_they_are_or_the_run_says_what_they_share(tmp_path, monkeypatch):
    asked = []

    def few(kind: str, needs_target: int = 1) -> Placement:
        asked.append(needs_target)
        said = f"it needs {needs_target}"
        return Placement(name="free", target=None, engine=None, allotted=needs_target, reason=said)

    monkeypatch.setattr(runners, "place", few)
    plan = plan_of("threads", topologies=("1", "3 processes"), scenarios=[scenario("one")])
    runner, _ = carry_out(plan, tmp_path)
    assert sorted(asked) == [1, 3]
    assert {"one: it needs 1", "one, 3 workers: it needs 3"} <= set(runner.run.warnings)
    assert {cell.placement for cell in runner.run.cells} == {"free"}


def test_an_absent_target_takes_no_trial_and_keeps_its_reason(tmp_path):
    plan = plan_of("threads", "callbacks", scenarios=[scenario("one")], rounds=2)
    absent = msgspec.structs.replace(plan.targets[0], absent="no wheel")
    runner, shown = carry_out(msgspec.structs.replace(plan, targets=[absent, plan.targets[1]]), tmp_path)
    first, _ = runner.run.cells
    assert (first.verdict, first.reason) == ("absent", "no wheel")
    assert {one.cell.model for one in shown} == {"callbacks"}
    assert (shown[-1].done, shown[-1].trials) == (1, 2)


def test_who_serves_fewer_connections_does_not_set_the_common_rate(tmp_path):
    plan = plan_of("threads", "sequential")
    runner, _ = carry_out(plan, tmp_path)
    threads = next(cell for cell in runner.run.cells if (cell.model, cell.scenario) == ("threads", "small"))
    assert threads.rate_per_s
    assert runner.run.plan["common_rate_per_s"] == min(10_000.0, threads.rate_per_s.median / 2)


def test_the_reference_is_measured_twice_in_each_round_and_its_twin_is_in_no_cell(tmp_path):
    runner, shown = carry_out(plan_of("callbacks", "threads", scenarios=[scenario("one")], rounds=3), tmp_path)
    assert [cell.model for cell in runner.run.cells] == ["callbacks", "threads"]
    (twin,) = runner.run.twins
    assert (twin.model, len(twin.trials)) == ("threads", 3)
    (floor,) = runner.run.noise
    assert (floor.label, floor.rounds, floor.metric) == ("threads", 3, "rate")
    starts = [one for one in shown if one.stage == "start"]
    assert sum(one.cell.model == "threads" for one in starts) == 6
    assert {one.trials for one in shown} == {9}
    assert len(runner.run.comparisons) == 1


def test_without_its_reference_the_first_has_a_twin(tmp_path):
    plan = plan_of("callbacks", "coroutines", scenarios=[scenario("one")], rounds=3, duration_s=0.05)
    runner, _ = carry_out(plan, tmp_path)
    assert [floor.label for floor in runner.run.noise] == ["callbacks"]


@pytest.mark.parametrize(("changes", "names"), [({"rounds": 2}, 2), ({"twin": False}, 2), ({}, 1)])
def test_nobody_is_measured_twice_for_nothing(tmp_path, changes, names):
    models = ("callbacks", "threads")[:names]
    plan = plan_of(*models, **({"scenarios": [scenario("one")], "rounds": 3, "duration_s": 0.05} | changes))
    runner, _ = carry_out(plan, tmp_path)
    assert runner.run.twins == []


@pytest.mark.long
@pytest.mark.timeout(60)
def test_rounds_go_on_until_the_precision_and_are_counted_as_they_come(tmp_path):
    plan = plan_of("callbacks", scenarios=[scenario("one")], rounds=2, duration_s=0.05, warmup_s=0.05, until=50.0)
    runner, shown = carry_out(plan, tmp_path)
    (ending,) = runner.run.endings
    assert (ending.why, ending.rounds, ending.wide) == ("precise", 10, 0)
    assert len(runner.run.cells[0].trials) == 10
    assert shown[0].trials == 2
    assert shown[-1].trials == 10
    assert all(one.done < one.trials for one in shown)


def test_a_budget_that_is_spent_leaves_the_least_rounds(tmp_path):
    plan = plan_of("callbacks", scenarios=[scenario("one")], rounds=2, duration_s=0.05, until=1e-9, budget_s=0.01)
    runner, shown = carry_out(plan, tmp_path)
    (ending,) = runner.run.endings
    assert (ending.why, ending.rounds, ending.wide, ending.intervals) == ("budget", 2, 1, 1)
    assert (shown[-1].done, shown[-1].trials) == (1, 2)


def test_what_cannot_be_measured_ends_at_once_whatever_precision_is_asked_for(tmp_path):
    plan = plan_of(commands=("nothing {port}",), scenarios=[scenario("cpu")], until=0.02)
    runner, _ = carry_out(plan, tmp_path)
    assert runner.run.endings == []
    assert runner.run.complete


def test_each_cell_that_has_figures_is_looked_at_after_its_rounds(tmp_path, monkeypatch):
    looked, concluded = [], []
    monkeypatch.setattr(explaining, "look", lambda cell, *_: looked.append((cell.model, len(cell.trials))))
    monkeypatch.setattr(explaining, "conclude", lambda run, scenarios, _: concluded.append(list(scenarios)))
    plan = plan_of("threads", "callbacks", explain=True, rounds=1, scenarios=[scenario("one")], duration_s=0.05)
    _, shown = carry_out(plan, tmp_path)
    assert sorted(looked) == [("callbacks", 1), ("threads", 1)]
    assert concluded == [["one"]]
    assert [one.stage for one in shown[-2:]] == ["probe", "probe"]
    assert (shown[-1].done, shown[-1].trials) == (3, 4)


def test_cells_of_a_closed_loop_take_turns_and_others_say_why_not(tmp_path):
    runner, shown = carry_out(plan_of("threads", "callbacks", turns=2), tmp_path)
    stages = [(one.cell.model, one.stage) for one in shown if one.cell.scenario == "small"]
    assert [stage for _, stage in stages].count("window") == 4
    assert {model for model, stage in stages[:4] if stage == "start"} == {"threads", "callbacks"}  # before any window
    assert all(trial.load for cell in runner.run.cells for trial in cell.trials)
    assert [said for said in runner.run.warnings if "no turns" in said] == [
        "steady: no turns are taken: only a closed loop without churn can be stopped and continued"
    ]
