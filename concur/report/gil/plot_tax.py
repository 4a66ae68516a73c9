"""What the same work costs on one thread against another interpreter or state: a forest plot, a panel for each pair."""

import textwrap
from collections.abc import Sequence
from math import log
from typing import TYPE_CHECKING, NamedTuple

from concur.bench.results import Estimate
from concur.gil.results import Report, Tax
from concur.report import figures
from concur.report.gil import looks
from concur.report.gil.chosen import ends
from concur.report.gil.rows import measured

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW_INCHES = 0.27
ALL = "all"
TITLE_LETTERS = 90  # of all panels' titles together, in one line
LEVELS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3, 1.5, 2, 3, 5, 10, 20, 50, 100)
APART = 0.27  # of the axis, between two levels that are named


class Pair(NamedTuple):
    """What is held against what, and in which way they differ."""

    interpreter: str
    against: str
    what: str


def draw(report: Report) -> "Figure | None":
    """All workloads together first, as a diamond; None where no pair has figures."""
    rows = [row for row in measured(report.tax, report) if row.ratio and row.ratio.median > 0]
    if not rows:
        return None
    pairs = list(dict.fromkeys(Pair(row.interpreter, row.against, row.what) for row in rows))
    workloads = sorted(dict.fromkeys(row.workload for row in rows), key=lambda name: name != ALL)
    told = ("CPU time on one thread", "◆ mean of all", "above 1 it costs more", looks.made_how(report, "tax"))
    figure = looks.slide("What the same work costs", told, rows=len(workloads) + 4, row_inches=ROW_INCHES)
    all_axes = figure.subplots(1, len(pairs), sharey=True, squeeze=False)[0]
    for axes, pair in zip(all_axes, pairs, strict=True):
        _draw_pair(axes, pair, [row for row in rows if Pair(row.interpreter, row.against, row.what) == pair], workloads)
        axes.set_title(_title(pair, TITLE_LETTERS // len(pairs)))
    all_axes[0].set_yticks(range(len(workloads)), workloads)
    all_axes[0].set_ylim(len(workloads) - 0.4, -1.4)
    figure.supxlabel("times the CPU time of the other", fontsize=looks.FONT_POINTS)
    return figure


def _title(pair: Pair, letters: int) -> str:
    """What it is that differs, then who is held against whom."""
    against = pair.against.removeprefix(pair.interpreter).strip()
    return "\n".join([*textwrap.wrap(pair.what, letters), pair.interpreter, *textwrap.wrap(f"/ {against}", letters)])


def _draw_pair(axes: "Axes", pair: Pair, rows: Sequence[Tax], workloads: Sequence[str]) -> None:
    colour = looks.interpreter(pair.interpreter).colour
    axes.axvline(1, color="black", linewidth=1)
    for at in range(len(workloads)):
        axes.axhline(at, color=looks.PALE, linewidth=0.6, zorder=0)
    for row in rows:
        if row.ratio:
            _mark(axes, row.ratio, workloads.index(row.workload), colour, is_all=row.workload == ALL)
    _scale(axes, [end for row in rows if row.ratio for end in ends(row.ratio)])
    axes.tick_params(axis="y", length=0)


def _mark(axes: "Axes", ratio: Estimate, at: int, colour: str, *, is_all: bool) -> None:
    axes.plot(ends(ratio), [at, at], color=colour, linewidth=4 if is_all else 2.5, alpha=0.6)
    axes.plot(ratio.median, at, "D" if is_all else "o", color=colour, markersize=11 if is_all else 8, zorder=4)
    if is_all:
        axes.annotate(
            figures.ratio(ratio.median),
            (ratio.median, at),
            (0, 10),
            textcoords="offset points",
            ha="center",
            fontweight="bold",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5},
        )


def _scale(axes: "Axes", ends_: Sequence[float]) -> None:
    """Logarithmic, with room for the figure of all; a few round levels, 1 among them."""
    low, high = min([*ends_, 0.95]), max([*ends_, 1.05])
    room = (high / low) ** 0.18
    axes.set_xscale("log")
    axes.set_xlim(low / room, high * room)
    shown = levels(low / room, high * room)
    axes.set_xticks(shown, [f"{level:g}×" for level in shown])
    axes.set_xticks([], minor=True)
    axes.grid(axis="x", color=looks.PALE)


def levels(low: float, high: float) -> list[float]:
    """1, and of the levels between low and high the outermost that is not too near to it, on each side. Pure."""
    apart = APART * log(high / low)
    inside = [level for level in LEVELS if low <= level <= high and abs(log(level)) >= apart]
    below, above = [each for each in inside if each < 1], [each for each in inside if each > 1]
    return [*below[:1], 1, *above[-1:]]
