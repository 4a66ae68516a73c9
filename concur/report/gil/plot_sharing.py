"""Threads that share something or have one each: speed-up against one, and updates that were lost."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from concur.gil.results import Report, Sharing
from concur.report import figures
from concur.report.gil import looks
from concur.report.gil.chosen import ends
from concur.report.gil.rows import distinct, measured

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW_INCHES, KEY_INCHES = 0.3, 0.35
DODGE = 0.8  # of a row, over which marks stand one above the other
LEVELS = (0.001, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 4, 8)  # of a ratio: ticks
GROUND = "#F2F2F2"
CLOSE: dict[str, Any] = {"frameon": False, "handletextpad": 0.0, "columnspacing": 0.7, "borderpad": 0.0}


class Rows(NamedTuple):
    """What is drawn: the rows, their names from above, and those of interpreters."""

    rows: list[Sharing]
    hows: Sequence[str]
    names: Sequence[str]

    def y(self, row: Sharing) -> float:
        """Its place on the axis, a little above or below those of other interpreters."""
        aside = (self.names.index(row.interpreter) + 0.5) / len(self.names) - 0.5
        return self.hows.index(_how(row)) + DODGE * aside


def draw(report: Report) -> "Figure | None":
    """Of two threads, or the fewest above that; None without figures."""
    found = [row for row in measured(report.sharing, report) if row.workers > 1 and row.speedup]
    if not found:
        return None
    workers = min(row.workers for row in found)
    found = [row for row in found if row.workers == workers]
    shown = Rows(found, distinct(map(_how, found)), distinct(row.interpreter for row in found))
    title, told = f"{workers} threads that share, or have one each", (looks.made_how(report, "sharing"),)
    figure = looks.slide(title, told, rows=len(shown.hows), row_inches=ROW_INCHES, key_inches=KEY_INCHES)
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(3, 1))
    _speedups(left, shown, [subject.short for subject in report.subjects if not subject.gil])
    _lost(right, shown)
    left.set_yticks(range(len(shown.hows)), shown.hows)
    left.set_ylim(len(shown.hows) - 0.5, -0.5)
    _key(figure, left)
    return figure


def _how(row: Sharing) -> str:
    return f"{row.what}, {row.how}"


def _key(figure: "Figure", axes: "Axes") -> None:
    handles, labels = axes.get_legend_handles_labels()
    top = 1 - (looks.HEADER_INCHES - 0.1) / figure.get_size_inches()[1]
    key = figure.legend(handles, labels, loc="upper left", bbox_to_anchor=(0, top), ncols=len(labels), **CLOSE)
    key.set_in_layout(False)


def _speedups(axes: "Axes", shown: Rows, free: Sequence[str]) -> None:
    """Those of builds without a GIL in figures, too."""
    values = [(row, row.speedup) for row in shown.rows if row.speedup and row.speedup.median > 0]
    every = [end for _, speedup in values for end in ends(speedup) if end > 0]
    looks.log_axis(axes, "x", [*every, 1], unit="times", room=0.2)
    low, high = axes.get_xlim()
    levels = [level for level in LEVELS if low < level < high]
    axes.set_xticks(levels, [f"{level:g}×" for level in levels])
    axes.axvline(1, color="black", linewidth=1)
    axes.set_xlabel("times the rate of one thread")
    for name in shown.names:
        _marks(axes, name, [(each.median, shown.y(row)) for row, each in values if row.interpreter == name])
    for row, each in values:
        axes.plot(ends(each), [shown.y(row)] * 2, color=looks.interpreter(row.interpreter).colour, linewidth=1.5)
        if row.interpreter in free[:1]:
            _tell(axes, figures.ratio(each.median), ends(each), shown.hows.index(_how(row)), is_left=each.median < 1)
    _stripes(axes, shown)


def _lost(axes: "Axes", shown: Rows) -> None:
    """In per cent of the updates; rows where nothing can be lost stay empty."""
    axes.set_xlabel("updates lost, %")
    axes.set_xlim(-8, 108)
    axes.set_xticks([0, 50, 100])
    axes.grid(axis="x", color=looks.PALE)
    shares = [(row, 100 * (row.lost or 0) / row.updates) for row in shown.rows if row.lost is not None and row.updates]
    for name in shown.names:
        _marks(axes, name, [(share, shown.y(row)) for row, share in shares if row.interpreter == name])
    for at, how in enumerate(shown.hows):
        most = max((share for row, share in shares if _how(row) == how), default=0.0)
        if most:
            _tell(axes, f"{figures.digits(most)} %", (most, most), at, is_left=most > 50)
    _stripes(axes, shown)


def _tell(axes: "Axes", text: str, edges: tuple[float, float], at: int, *, is_left: bool) -> None:
    x, shift, side = (edges[0], -9, "right") if is_left else (edges[1], 9, "left")
    axes.annotate(text, (x, at), (shift, 0), textcoords="offset points", ha=side, va="center")


def _marks(axes: "Axes", name: str, places: Sequence[tuple[float, float]]) -> None:
    look = looks.interpreter(name)
    axes.plot(
        [x for x, _ in places],
        [y for _, y in places],
        look.marker,
        color=look.colour,
        markersize=8,
        label=name,
    )


def _stripes(axes: "Axes", shown: Rows) -> None:
    axes.tick_params(axis="y", length=0)
    for at in range(0, len(shown.hows), 2):
        axes.axhspan(at - 0.5, at + 0.5, color=GROUND, linewidth=0, zorder=0)
