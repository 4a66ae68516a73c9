"""When the lines of progress are drawn: never while a target is measured, unless there is a core for it."""

import io
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from concur.bench.placement import Placement, spare
from concur.bench.runner import Progress
from concur.cli import console, progress
from concur.cli.progress import ProgressLine, is_quiet

STAGES = ("start", "warm-up", "window", "end")
PLAN = SimpleNamespace(targets=[SimpleNamespace(interpreter=SimpleNamespace(short="3.11"))], trials=8)


@pytest.fixture
def terminal(monkeypatch) -> Console:
    made = Console(file=io.StringIO(), force_terminal=True, width=80, height=24)
    monkeypatch.setattr(console, "messages", lambda: made)
    return made


def at(runs, stage: str, done: int = 0, trial: Any = None) -> Progress:
    return Progress(done=done, trials=8, cell=runs.cell("threads", [1e5]), round=1, stage=stage, eta_s=9.0, trial=trial)


def text(of: Console) -> str:
    assert isinstance(of.file, io.StringIO)
    return of.file.getvalue()


def test_without_a_spare_core_nothing_is_drawn_while_load_runs(terminal, runs):
    with ProgressLine(PLAN) as line:
        drawn = []
        for stage in STAGES:
            line.show(at(runs, stage))
            drawn.append(line.drawn)
        assert drawn == [1, 2, 2, 3]
    assert "threads, warm-up and window" in text(terminal)


def test_the_terminal_is_left_as_it_was(terminal, runs):
    with ProgressLine(PLAN) as line:
        line.show(at(runs, "start"))
    shown = text(terminal)
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")


def test_the_cursor_is_never_hidden_for_long_so_that_a_kill_leaves_it(terminal, runs):
    with ProgressLine(PLAN) as line:
        line.show(at(runs, "start"))
        shown = text(terminal)
        assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")


def test_with_a_spare_core_a_thread_of_its_own_draws(terminal, runs, monkeypatch):
    drawn, drawing = threading.Event(), []
    monkeypatch.setattr(progress, "PERIOD_S", 0.001)
    plain = ProgressLine._draw

    def draw(line: ProgressLine) -> None:
        drawing.append(threading.current_thread())
        plain(line)
        drawn.set()

    monkeypatch.setattr(ProgressLine, "_draw", draw)
    with ProgressLine(PLAN, spare=(0,)) as line:
        line.show(at(runs, "warm-up"))
        assert drawn.wait(10)
    assert threading.main_thread() not in drawing
    assert not any(each.is_alive() for each in drawing)


@pytest.mark.parametrize(
    ("stage", "since_s", "quiet"),
    [
        ("warm-up", 0.0, True),
        ("window", 0.05, False),
        ("window", 0.4, True),
        ("window", 0.75, False),
        ("window", 5.0, False),
    ],
)
def test_nothing_is_drawn_at_the_edges_of_a_window(stage, since_s, quiet):
    assert is_quiet(stage, since_s, 0.8) == quiet


def test_the_rate_of_the_last_trial_is_shown_until_the_next_has_one(terminal, runs):
    trial = runs.trial(1, 5e4)
    trial.warmup_slices = [SimpleNamespace(verified=5_000), SimpleNamespace(verified=6_000)]
    with ProgressLine(PLAN) as line:
        line.show(at(runs, "end", trial=trial))
        assert "threads " in text(terminal)
        line.show(at(runs, "start", done=1, trial=runs.trial(2, 0.0)))
    assert "last trial, threads" in text(terminal)


def test_leaders_are_shown_of_a_run_that_is_followed(terminal, runs):
    with ProgressLine(PLAN) as line:
        line.follow(runs.run("x", [runs.cell("callbacks", [2e5])]))
        line.show(at(runs, "start"))
    assert "small so far" in text(terminal)
    assert "callbacks" in text(terminal)


def test_without_a_terminal_there_is_a_plain_line_a_round(monkeypatch, runs):
    made = Console(file=io.StringIO(), width=80)
    monkeypatch.setattr(console, "messages", lambda: made)
    with ProgressLine(PLAN) as line:
        for stage in STAGES:
            line.show(at(runs, stage, done=2))
    assert text(made) == "small, round 1, 2 of 8 done, 9 s left\n"
    assert line.drawn == 0


def test_no_color_leaves_the_lines_without_any(monkeypatch, runs):
    monkeypatch.setenv("NO_COLOR", "1")
    made = Console(file=io.StringIO(), force_terminal=True, width=80, height=24)
    monkeypatch.setattr(console, "messages", lambda: made)
    with ProgressLine(PLAN) as line:
        line.show(at(runs, "start"))
    assert "\x1b[3" not in text(made).replace("\x1b[39", "")


def pinned(target: tuple[int, ...] | None, engine: tuple[int, ...] | None) -> Placement:
    return Placement(name="pinned", target=target, engine=engine, allotted=1)


def test_a_core_is_spare_where_nothing_is_measured_on_it_nor_on_its_sibling(monkeypatch):
    monkeypatch.setattr("concur.bench.placement.usable_cpus", lambda: (0, 1, 2, 3, 4, 5))
    monkeypatch.setattr("concur.bench.placement.smt_siblings", lambda _: [{0, 1}, {2, 3}, {4, 5}])
    assert spare([pinned((5,), (3,))]) == (0, 1)
    assert spare([pinned((5,), (3,)), pinned((5, 1), (3,))]) == ()
    assert spare([pinned(None, None)]) == ()
