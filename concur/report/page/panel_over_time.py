"""The rate of each trial from its load's start: how it warmed up, where the window lies, and what class that was."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from concur.bench.results import Cell, Run, Trial
from concur.report import cells, figures
from concur.report.page import bars, drawing, tables
from concur.report.page.drawing import FAINT, SOFT
from concur.report.page.panel_ranked import plain_scenarios
from concur.report.page.panels import Drawing, Panel, Results, Row, Table, Value
from concur.report.plot import look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

READ = (
    "Each row is a cell, each line in it a trial: a fresh server under load from its first request on, in slices "
    "of 50 to 100 ms; a row's height is its own best slice. The pale ground is the window that counts; before it "
    "the server warmed up. A line that climbs shows a JIT or a cache at work (warm-up), one that falls a "
    "slowdown, one that jumps about has no steady state, and its median is worth little."
)
MOST = 24  # rows; of more cells, those that are not flat come first
CELL_INCHES, HIGH = 0.42, 0.86  # of a row; the share of it that a curve may fill
CLASSES = ("no steady state", "slowdown", "warm-up", "flat")


def panel(results: Results) -> Panel | None:
    """A row for each cell at capacity whose slices were kept."""
    run = results.run
    kept = [cell for cell in _capacity(run) if any(_slices(trial) for trial in cell.trials)]
    if not kept:
        return None
    shown = sorted(kept, key=_worst)[:MOST] if len(kept) > MOST else kept
    note = (
        ""
        if len(shown) == len(kept)
        else f"Shown are {len(shown)} of {len(kept)} cells, the least steady first; the table has all."
    )
    drawing_ = Drawing("rates", _alt(kept, run), _drawer(shown, run))
    return Panel("over-time", "The rate over time", READ, [drawing_], [_table(kept, run)], note=note)


def _capacity(run: Run) -> list[Cell]:
    plain = set(plain_scenarios(run))
    return [cell for cell in cells.capacity_cells(run) if cell.scenario in plain]


def _worst(cell: Cell) -> int:
    return CLASSES.index(cell.warmup) if cell.warmup in CLASSES else len(CLASSES)


def _slices(trial: Trial) -> list[tuple[float, float]]:
    """(seconds since the load began, requests a second) of each slice but the last, which is cut short.

    The next one does not always begin where one ends: a target may wait for its turn.
    """
    every = [*trial.warmup_slices, *(trial.load.slices if trial.load else [])]
    if len(every) < 3:
        return []
    begin = every[0].at_ns
    slice_ns = min((span for one, after in pairwise(every) if (span := after.at_ns - one.at_ns) > 0), default=1)
    return [((one.at_ns - begin) / 1e9, 1e9 * one.verified / slice_ns) for one in every[:-1]]


def _drawer(shown: Sequence[Cell], run: Run) -> "Callable[[float], Figure]":
    return lambda width: _draw(width, shown, run)


def _draw(width: float, shown: Sequence[Cell], run: Run) -> "Figure":
    """One axis of time for all; each row's own scale ends at its best slice, which stands at its end."""
    made = drawing.figure(width, bars.ENDS_INCHES + CELL_INCHES * len(shown))
    axes = made.subplots()
    for index, cell in enumerate(shown):
        _row(axes, index, cell, run)
    names = [bars.wrapped(cells.name(cell, run), 18 if drawing.is_narrow(width) else 28) for cell in shown]
    axes.set_yticks([index + HIGH / 2 for index in range(len(shown))], names)
    axes.set_ylim(len(shown) + 0.1, -0.15)
    axes.set_xlim(left=0)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("seconds since the load began")
    return made


def _row(axes: "Axes", index: int, cell: Cell, run: Run) -> None:
    curves = [(trial, points) for trial in cell.trials if (points := _slices(trial))]
    top = max((rate for _, points in curves for _, rate in points), default=0.0) or 1.0
    about = f"{cell.warmup or 'not classed'}, {figures.count(cells.rate(cell))}/s in the window"
    told = f"{cells.name(cell, run)} in {cell.scenario}: {about}"
    base = index + HIGH
    for trial, points in curves:
        begin, end = _window_s(trial)
        ground = axes.fill_between([begin, end], index, base, color=FAINT, alpha=0.45, linewidth=0)
        drawing.mark(ground, cell.label, told)
        times, rates = zip(*points, strict=True)
        (line,) = axes.plot(
            times, [base - HIGH * rate / top for rate in rates], color=look(cell.model).colour, linewidth=1.2
        )
        drawing.mark(line, cell.label, told)
    axes.axhline(base, color=FAINT, linewidth=0.6)
    is_flat = cell.warmup in ("", "flat")
    shown = f"≤ {figures.thousands(top)}/s" + ("" if is_flat else f"\n{cell.warmup}")
    text = axes.annotate(
        shown, (1, index + HIGH / 2), (3, 0), xycoords=("axes fraction", "data"), textcoords="offset points",
        va="center", fontsize=drawing.TYPE_PT - 1, color=SOFT, annotation_clip=False,
    )  # fmt: skip
    drawing.mark(text, cell.label, told)


def _window_s(trial: Trial) -> tuple[float, float]:
    begin = (trial.warmup_slices or (trial.load.slices if trial.load else []))[0].at_ns
    opened = trial.load.slices[0].at_ns if trial.load and trial.load.slices else begin
    return (opened - begin) / 1e9, (opened - begin + (trial.load.window_ns if trial.load else 0)) / 1e9


def _alt(kept: Sequence[Cell], run: Run) -> str:
    counts = {name: sum(cell.warmup == name for cell in kept) for name in CLASSES}
    told = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    about = f"Requests a second over time of {figures.counted(len(kept), 'cell')}, each trial a line"
    return f"{about}. Their classes: {told or 'none was classed'}."


def _table(kept: Sequence[Cell], run: Run) -> Table:
    rows = []
    for cell in kept:
        classes = ", ".join(trial.warmup.kind for trial in cell.trials if trial.warmup)
        after = cell.steady_after_ns.median if cell.steady_after_ns else None
        rate = Value(figures.count(cells.rate(cell)), cells.rate(cell))
        row: list[Value | str] = [
            cells.name(cell, run),
            cell.scenario,
            cell.warmup or "",
            classes,
            tables.figure(after, 1e9),
            rate,
        ]
        rows.append(Row(row, cell.label))
    heads = ["model", "scenario", "class of most trials", "of each trial", "steady after, s", "req/s"]
    return Table("Warm-up of each cell", heads, rows)
