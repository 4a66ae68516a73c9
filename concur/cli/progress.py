"""Where a run is, said on stderr: a few lines that are drawn anew, never on a core that measures."""

import os
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol, Self

from concur.cli import console
from concur.report import figures

if TYPE_CHECKING:
    from concur.bench.results import Run, Trial
    from concur.bench.runner import Progress
    from concur.gil.running import Progress as Point
    from concur.report.live import Now

TRIALS_A_LINE = 20  # where there is no terminal
PERIOD_S = 0.5  # of the thread that draws, where there is a core for it
EDGES_S = 0.15  # at either end of a window, in which its counters are read: nothing is drawn then
WARM_UP, WINDOW = "warm-up", "window"  # of a trial's stages; load runs from the first one's end to the second one's


class Plan(Protocol):
    """What is asked of a plan."""

    @property
    def targets(self) -> Sequence[Any]:
        """Each with its interpreter."""

    @property
    def trials(self) -> int:
        """How many there will be."""


class ProgressLine:
    """Where the run is: its stage, what is left, the rate of a trial, the leaders so far.

    A thread draws, at a low rate, on CPUs that neither target nor engine uses
    (`spare`). Without such CPUs nobody draws while a target is under load: the
    lines are drawn before it, where no load runs yet, and after it. Without a
    terminal, a line a round, and one now and then in a long one.
    """

    def __init__(self, plan: Plan, spare: Sequence[int] = (), window_s: float = 0.0) -> None:
        from rich.live import Live

        self._console = console.messages()
        self._is_live = self._console.is_terminal and not self._console.is_dumb_terminal
        self._last = ("", 0, 0)
        self._has_several = len({target.interpreter.short for target in plan.targets}) > 1
        self._spare, self._window_s = tuple(spare), window_s
        self._run: Run | None = None
        self._now: Progress | None = None
        self._since_s = 0.0
        self._finished: tuple[str, Trial] | None = None  # whose trial was the last to end, and the trial
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self.drawn, self.cpu_ns = 0, 0  # how often, and what that took of the CPU

    def follow(self, run: "Run") -> None:
        """Show the leaders of this run."""
        self._run = run

    def __enter__(self) -> Self:
        if self._is_live:
            self._live.start()
            self._console.show_cursor(True)  # whatever ends this, even a second Ctrl-C, leaves a whole terminal
            if self._spare:
                self._thread = threading.Thread(target=self._go_on, name="progress", daemon=True)
                self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        if self._thread:
            self._thread.join()
        if self._is_live:
            with suppress(OSError):
                self._live.stop()

    def show(self, progress: "Progress") -> None:
        """Called at each stage of each trial."""
        before, self._now, self._since_s = self._now, progress, time.monotonic()
        if before is not None and (trial := trial_of(before)) and trial is not trial_of(progress):
            self._finished = before.cell.label, trial
        if not self._is_live:
            self._say(progress)
        elif self._thread is None and progress.stage != WINDOW:
            self._draw()

    def _say(self, progress: "Progress") -> None:
        scenario = progress.cell.scenario
        if (now := (scenario, progress.round, progress.done // TRIALS_A_LINE)) != self._last:
            self._last = now
            eta = "" if progress.eta_s is None else f"{figures.duration(progress.eta_s)} left"
            eta = f", {progress.done} of {progress.trials} done, {eta}" if eta else ""
            self._console.print(f"{scenario}, round {progress.round}{eta}", style="dim")

    def _go_on(self) -> None:
        """Draw again and again, on the CPUs that are spare."""
        with suppress(OSError, AttributeError):  # not every system lets a thread choose
            os.sched_setaffinity(threading.get_native_id(), self._spare)
        while not self._over.wait(PERIOD_S):
            if self._now is not None and is_quiet(self._now.stage, time.monotonic() - self._since_s, self._window_s):
                self._draw()

    def _draw(self) -> None:
        from rich.console import Group

        from concur.report.live import lines

        began_ns = time.thread_time_ns()
        width, height = self._console.size
        shown = lines(self._state(), width, height, is_ascii=self._console.options.ascii_only)
        with suppress(OSError):  # a terminal that is gone stops no run
            self._live.update(Group(*shown), refresh=True)
        self.drawn += 1
        self.cpu_ns += time.thread_time_ns() - began_ns

    def _state(self) -> "Now":
        from concur.bench.trial import SLICE_NS
        from concur.report import live

        assert self._now is not None
        progress, passed_s = self._now, time.monotonic() - self._since_s
        whose, trial = progress.cell.label, trial_of(progress)
        found = live.rates(trial, SLICE_NS)
        if not found and self._finished:
            whose, trial = f"last trial, {self._finished[0]}", self._finished[1]
            found = live.rates(trial, SLICE_NS)
        title, board = live.board(self._run, progress.cell) if self._run else ("", [])
        return live.Now(
            where=self._where(progress),
            done=progress.done,
            trials=progress.trials,
            left_s=None if progress.eta_s is None else progress.eta_s - passed_s,
            rates=found,
            warming=len(trial.warmup_slices) if trial else 0,
            rates_of=whose,
            title=title,
            board=board,
        )

    def _where(self, progress: "Progress") -> str:
        cell = progress.cell
        on = f" on {cell.interpreter}" if self._has_several and cell.interpreter else ""
        stage = progress.stage
        if self._thread is None and stage == WARM_UP:
            stage = "warm-up and window"  # both pass before this is drawn again
        return f"{cell.scenario} round {progress.round}: {cell.label}{on}, {stage}"


def trial_of(progress: "Progress") -> "Trial | None":
    """The trial under way, where one is told: of a crawl, none is."""
    found: Trial | None = getattr(progress, "trial", None)
    return found


def is_quiet(stage: str, since_s: float, window_s: float) -> bool:
    """Whether drawing delays nothing now: not at the edges of a window, where the drawing thread would hold the GIL."""
    return stage != WINDOW or EDGES_S < since_s < window_s - EDGES_S


class PointLine:
    """Where `concur gil` is, in the same way: drawn anew between measurements."""

    def __init__(self) -> None:
        from rich.progress import BarColumn, Progress, TextColumn

        self._console = console.messages()
        self._is_live = self._console.is_terminal
        self._last = ("", 0, 0)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            TextColumn("{task.completed}/{task.total} {task.fields[left]}"),
            console=self._console,
            auto_refresh=False,
            transient=True,
            disable=not self._is_live,
        )
        self._task = self._bar.add_task("", total=None, left="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def show(self, progress: "Point") -> None:
        """Called before each measurement."""
        left = f"at most {figures.duration(max(progress.left_s, 0))} more"
        if self._is_live:
            what = " ".join(map(str, progress.point.what))
            text = f"{progress.experiment} round {progress.round}: {what} on {progress.point.interpreter}"
            self._bar.update(self._task, description=text, completed=progress.done, total=progress.of, left=left)
            self._bar.refresh()
        elif (now := (progress.experiment, progress.round, progress.done // TRIALS_A_LINE)) != self._last:
            self._last = now
            told = f"{progress.experiment}, round {progress.round}, {progress.done} of {progress.of} done, {left}"
            self._console.print(told, style="dim")
