"""Speed-up of several workers over one: a panel for each kind of worker and of computation, a bar an interpreter."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from concur import catalog
from concur.gil.results import Report, Throughput
from concur.report import figures
from concur.report.gil import looks
from concur.report.gil.chosen import ends
from concur.report.gil.pairs import NOTHING
from concur.report.gil.rows import distinct, measured

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW_INCHES = 0.3
WORK = {"python": "Python code", "released": "C, lets go", "held": "C, keeps GIL"}
WORKERS = {catalog.THREADS: "threads", catalog.PROCESSES: "processes", catalog.INTERPRETERS: "subinterpreters"}
# Python code as all three; for C code threads tell all.
PANELS = (
    *((topology, "python") for topology in WORKERS),
    (catalog.THREADS, "released"),
    (catalog.THREADS, "held"),
)


def draw(report: Report) -> "Figure | None":
    """As many workers as processes were measured with; None where there is no speed-up."""
    rows = [row for row in measured(report.throughput, report) if row.speedup and (row.topology, row.kind) in PANELS]
    if not rows:
        return None
    workers = max([row.workers for row in rows if row.topology == catalog.PROCESSES] or [row.workers for row in rows])
    rows = [row for row in rows if row.workers == workers]
    names = distinct(row.interpreter for row in rows)
    by_panel = {panel: found for panel in PANELS if (found := _of(rows, panel))}
    title, told = f"{workers} workers against one: speed-up", (looks.made_how(report, "throughput"),)
    figure = looks.slide(title, told, rows=len(names), row_inches=ROW_INCHES)
    all_axes = figure.subplots(1, len(by_panel), sharex=True, sharey=True, squeeze=False)[0]
    for axes, (panel, found) in zip(all_axes, by_panel.items(), strict=True):
        _draw_panel(axes, panel, found, names, workers)
    _scale(all_axes[0], workers, rows)
    figure.supxlabel("times the work of one in the same time", fontsize=looks.FONT_POINTS)
    all_axes[0].set_yticks(range(len(names)), names)
    all_axes[0].set_ylim(len(names) - 0.45, -0.55)
    return figure


def _scale(axes: "Axes", workers: int, rows: Sequence[Throughput]) -> None:
    """From 0, with room for figures right of the bars."""
    most = max([workers, *(ends(row.speedup)[1] for row in rows if row.speedup)])
    ticks = range(0, workers + 1, max(1, workers // 4))
    axes.set_xlim(0, most * 1.42)
    axes.set_xticks(ticks, [f"{tick}×" for tick in ticks])


def _of(rows: Sequence[Throughput], panel: tuple[str, str]) -> dict[str, Throughput]:
    return {row.interpreter: row for row in rows if (row.topology, row.kind) == panel}


def _draw_panel(
    axes: "Axes", panel: tuple[str, str], found: dict[str, Throughput], names: Sequence[str], workers: int
) -> None:
    topology, kind = panel
    axes.set_title(f"{WORKERS[topology]}\n{WORK[kind]}")
    for level in (1, workers):
        axes.axvline(level, color=looks.GREY, linewidth=1, linestyle="--")
    for at, name in enumerate(names):
        _bar(axes, at, name, found.get(name))
    axes.tick_params(axis="y", length=0)


def _bar(axes: "Axes", at: int, name: str, row: Throughput | None) -> None:
    if row is None or row.speedup is None:
        axes.text(0.1, at, NOTHING, va="center", color=looks.GREY)
        return
    look = looks.interpreter(name)
    axes.barh(at, row.speedup.median, height=0.72, color=look.colour, hatch=look.hatch, edgecolor="white")
    axes.plot(ends(row.speedup), [at, at], color="black", linewidth=1.5)
    axes.annotate(
        figures.digits(row.speedup.median),
        (ends(row.speedup)[1], at),
        (4, 0),
        textcoords="offset points",
        va="center",
        bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
    )
