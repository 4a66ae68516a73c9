"""Where a run is, said on stderr between the windows that are measured."""

from typing import TYPE_CHECKING, Self

from concur.cli import console
from concur.report import figures

if TYPE_CHECKING:
    from concur.bench.plan import Plan
    from concur.bench.runner import Progress
    from concur.gil.running import Progress as Point

TRIALS_A_LINE = 20  # where there is no terminal


class ProgressLine:
    """Where the run is, on stderr: one line that is drawn anew between the measured windows, never within one.

    Nothing is drawn by a thread: on a small machine that thread would have to
    run on a core that measures. Without a terminal, a line a round, and one now and then in a long one.
    """

    def __init__(self, plan: "Plan") -> None:
        from rich.progress import BarColumn, Progress, TextColumn

        self._console = console.messages()
        self._is_live = self._console.is_terminal
        self._last = ("", 0, 0)
        self._has_several = len({target.interpreter.short for target in plan.targets}) > 1
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            TextColumn("{task.completed}/{task.total} {task.fields[eta]}"),
            console=self._console,
            auto_refresh=False,
            transient=True,
            disable=not self._is_live,
        )
        self._task = self._bar.add_task("", total=plan.trials, eta="")

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def show(self, progress: "Progress") -> None:
        """Called at each stage of each trial."""
        cell = progress.cell
        eta = "" if progress.eta_s is None else f"{figures.duration(progress.eta_s)} left"
        if self._is_live:
            where = f" on {cell.interpreter}" if self._has_several else ""
            text = f"{cell.scenario} round {progress.round}: {cell.label}{where}, {progress.stage}"
            self._bar.update(self._task, description=text, completed=progress.done, total=progress.trials, eta=eta)
            self._bar.refresh()
        elif (now := (cell.scenario, progress.round, progress.done // TRIALS_A_LINE)) != self._last:
            self._last = now
            eta = f", {progress.done} of {progress.trials} done, {eta}" if eta else ""
            self._console.print(f"{cell.scenario}, round {progress.round}{eta}", style="dim")


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
