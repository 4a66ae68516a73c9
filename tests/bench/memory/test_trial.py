"""A fresh process that is given connections level by level; and a run of several."""

import os
from pathlib import Path
from typing import cast

import pytest

from concur import catalog
from concur.bench.memory import running, trial
from concur.bench.memory.plan import MemoryPlan
from concur.bench.memory.reading import Holding, Reader
from concur.bench.memory.records import MemoryTrial
from concur.bench.placement import place
from concur.bench.plan import Target
from concur.bench.results import load
from concur.bench.runner import Progress
from concur.interpreters.find import current
from tests.bench.memory.points import points
from tests.bench.memory.points import trial as made_of

SERVERS, OWN = (folder / "servers" for folder in (Path(__file__).parents[1], Path(__file__).parent))
LEVELS = (0, 4, 20, 40)
FREE = place("free")


def target(name: str, kind: str = "model") -> Target:
    most = catalog.model(name).max_active if kind == "model" else None
    return Target(kind=kind, name=name, interpreter=current(), max_active=most)


def measure(one: Target, stages: list[str] | None = None) -> MemoryTrial:
    plan = MemoryPlan(targets=[one], levels=LEVELS, payload_bytes=100)
    return trial.run_trial(one, LEVELS, FREE, plan, 1, (stages if stages is not None else []).append)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(trial, "PAUSE_S", 0.01)


def test_each_level_is_read_after_each_connection_had_its_reply():
    stages: list[str] = []
    found = measure(target("threads"), stages)
    assert (found.verdict, found.reason) == ("ok", "")
    assert [point.connections for point in found.points] == list(LEVELS)
    assert [point.threads - found.points[0].threads for point in found.points] == list(LEVELS)
    assert found.points[-1].bytes > found.points[0].bytes
    assert stages == ["start", *(f"{level} connections" for level in LEVELS), "closing", "end"]


def test_processes_are_read_as_one_tree():
    found = measure(target("processes"))
    assert found.verdict == "ok"
    assert [point.processes for point in found.points] == [1 + level for level in LEVELS]


@pytest.mark.parametrize(
    ("server", "reason"),
    [
        (SERVERS / "broken_import.py", "did not start"),
        (OWN / "dies_of_many.py", "status 3"),
        (SERVERS / "healthy.py", "nothing more came"),  # it serves one at a time, and does not say so
    ],
)
def test_a_server_that_does_not_serve_them_has_failed_with_its_reason(monkeypatch, server, reason):
    monkeypatch.setattr(trial, "PATIENCE_S", 1.0)
    found = measure(target(str(server), "own"))
    assert found.verdict == "failed"
    assert reason in found.reason
    assert len(found.points) == {"did not start": 0, "status 3": 3, "nothing more came": 1}[reason]


def test_a_level_that_would_not_fit_into_memory_is_left_out(monkeypatch):
    asked = points(1e6, (0, 10, 20))
    assert trial._fits(asked[:1], 10**9)
    assert trial._fits(asked, 30)
    assert not trial._fits(asked, 10**9)
    assert trial._fits([], 10)


def test_readings_go_on_until_two_are_the_same():
    class Tree:
        sizes = iter([10**6, 5 * 10**6, 6 * 10**6, 6 * 10**6])

        def read(self):
            return Holding(next(self.sizes), 1, 1)

    assert trial._settled(cast(Reader, Tree())) == (Holding(6 * 10**6, 1, 1), True)


# A run of several


@pytest.fixture
def pretended(monkeypatch):
    """Trials that take no time."""

    def run_trial(target, levels, placement, plan, number, tell):
        tell("start")
        return made_of(number, points(1_000.0 * number, levels))

    monkeypatch.setattr(running, "run_trial", run_trial)


def carried_out(tmp_path, names=("threads", "prefork"), rounds=3):
    shown: list[Progress] = []
    plan = MemoryPlan(targets=[target(name) for name in names], levels=(0, 100, 500, 1_000), rounds=rounds)
    runner = running.Runner(plan, ["concur", "bench", "--memory"], shown.append, tmp_path)
    runner.prepare()
    runner.carry_out()
    return runner, shown


@pytest.mark.usefixtures("pretended")
def test_a_run_has_a_row_for_each_target_and_a_file(tmp_path):
    runner, shown = carried_out(tmp_path)
    run = load(runner.file.path)
    assert run.complete
    assert run.memory is not None
    assert [(row.label, row.verdict, len(row.trials)) for row in run.memory.rows] == [
        ("threads", "ok", 3),
        ("prefork", "absent", 0),
    ]
    assert "at most 8 connections" in run.memory.rows[1].reason
    assert runner.file.path.name.startswith("memory-")
    assert [(one.done, one.trials, one.stage) for one in shown] == [(0, 3, "start"), (1, 3, "start"), (2, 3, "start")]


@pytest.mark.usefixtures("pretended")
def test_a_run_that_is_interrupted_keeps_what_it_has(tmp_path, monkeypatch):
    def second_never_ends(target, levels, placement, plan, number, tell):
        if number == 2:
            raise KeyboardInterrupt
        return made_of(number, points(1_000.0, levels))

    monkeypatch.setattr(running, "run_trial", second_never_ends)
    plan = MemoryPlan(targets=[target("threads")], levels=(0, 100, 500, 1_000), rounds=2)
    runner = running.Runner(plan, ["concur"], lambda _: None, tmp_path)
    runner.prepare()
    with pytest.raises(KeyboardInterrupt):
        runner.carry_out()
    run = load(runner.file.path)
    assert not run.complete
    assert run.memory is not None
    assert len(run.memory.rows[0].trials) == 1


def test_no_process_is_left(tmp_path):
    before = set(os.listdir("/proc")) if Path("/proc").exists() else set()
    measure(target("coroutines"))
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    if children.exists():
        assert not [pid for pid in children.read_text().split() if pid not in before]
