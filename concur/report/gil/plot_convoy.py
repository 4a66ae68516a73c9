"""The convoy over the switch interval: measured as points, 1/(k·interval + s) as lines, a panel for connections."""

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from concur import catalog
from concur.bench.results import Estimate
from concur.gil.results import Convoy, Report
from concur.report import figures
from concur.report.gil import looks
from concur.report.gil.chosen import ends, model_of, of_model
from concur.report.gil.labels import End, name_ends
from concur.report.gil.rows import distinct, measured
from concur.report.plot import Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

AXES_INCHES = 4.9
DODGE, MOST_DODGE = 0.07, 0.5  # of the interval: between marks of one interval, and all of them


def draw(report: Report) -> "Figure | None":
    """Of one model beside one CPU-bound thread; None where nothing was measured."""
    rows = [
        row
        for row in of_model(measured(report.convoy, report))
        if row.beside == catalog.THREADS and row.cpu_workers == 1 and row.rate_per_s and row.rate_per_s.median > 0
    ]
    if not rows:
        return None
    told = (
        f"— 1/(k·interval + s)  ● measured  ○ over 20 % off; model {model_of(rows)}",
        looks.made_how(report, "convoy"),
    )
    figure = looks.slide("The convoy: a service beside one CPU-bound thread", told)
    counts = sorted({row.connections for row in rows})
    all_axes = figure.subplots(1, len(counts), sharex=True, sharey=True, squeeze=False)[0]
    _scale(all_axes[0], rows)
    names = distinct(row.interpreter for row in rows)
    for axes, count in zip(all_axes, counts, strict=True):
        axes.set_title(figures.counted(count, "connection"))
        axes.grid(color=looks.PALE)
        for name in names:
            _draw_one(axes, [row for row in rows if (row.connections, row.interpreter) == (count, name)], names)
    all_axes[0].set_ylabel("requests a second")
    figure.supxlabel("switch interval", fontsize=looks.FONT_POINTS)
    name_ends(all_axes[-1], _ends([row for row in rows if row.connections == counts[-1]], names), AXES_INCHES)
    return figure


def _scale(axes: "Axes", rows: Sequence[Convoy]) -> None:
    looks.log_axis(axes, "x", [row.interval_s * 1e9 for row in rows], unit="time")
    shown = [value for row in rows for value in (row.rate_per_s, row.predicted_per_s) if value]
    looks.log_axis(axes, "y", [end for value in shown for end in ends(value) if end > 0], unit="rate")


def _draw_one(axes: "Axes", rows: Sequence[Convoy], names: Sequence[str]) -> None:
    """One interpreter at one number of connections."""
    for row in rows:
        _point(
            axes,
            _x(row, names),
            row.rate_per_s,
            looks.interpreter(row.interpreter),
            is_off=bool(row.predicted_per_s and row.why_not),
        )
    line = sorted((_x(row, names), row.predicted_per_s.median) for row in rows if row.predicted_per_s)
    if line:
        colour, mark = looks.interpreter(rows[0].interpreter).colour, "_" if len(line) == 1 else ""
        xs, ys = [x for x, _ in line], [y for _, y in line]
        axes.plot(xs, ys, marker=mark, markersize=16, color=colour, linewidth=1.5, alpha=0.8, zorder=1)


def _point(axes: "Axes", x: float, rate: Estimate | None, look: Look, *, is_off: bool) -> None:
    if rate is None:
        return
    face = "white" if is_off else look.colour
    axes.plot([x, x], ends(rate), color=look.colour, linewidth=1.2)
    axes.plot(x, rate.median, look.marker, color=look.colour, markerfacecolor=face, markersize=8, mew=1.6)


def _x(row: Convoy, names: Sequence[str]) -> float:
    """The interval in ns, a little aside, so that marks of several interpreters stand side by side."""
    aside = min(DODGE * len(names), MOST_DODGE) * ((names.index(row.interpreter) + 0.5) / len(names) - 0.5)
    return row.interval_s * 1e9 * (1 + aside)


def _ends(rows: Sequence[Convoy], names: Sequence[str]) -> list[End]:
    """Where each interpreter's points end, at its longest interval."""
    found = []
    for name, several in groupby(
        sorted(rows, key=lambda row: names.index(row.interpreter)), lambda row: row.interpreter
    ):
        last = max(several, key=lambda row: row.interval_s)
        if last.rate_per_s:
            found.append(End(name, looks.interpreter(name), _x(last, names), last.rate_per_s.median))
    return found
