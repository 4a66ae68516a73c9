"""Two figures for each row of several panels, before and after: a ring and a disc with a line between."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from concur.bench.results import Estimate
from concur.report import figures
from concur.report.gil import looks
from concur.report.gil.chosen import ends
from concur.report.plot import Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW_INCHES = 0.27
NAMES_INCHES, GAP_INCHES = 1.9, 0.15
LABEL_INCHES = {"rate": 0.75, "time": 0.95}  # a figure beside its mark
NOTHING = "–"
SHOW: Mapping[str, Callable[[float], str]] = {"rate": figures.thousands, "time": figures.time}


class Pair(NamedTuple):
    """What a row was before and after; None where there is no figure."""

    before: Estimate | None
    after: Estimate | None

    def values(self) -> list[Estimate]:
        return [value for value in self if value and value.median > 0]


class Panel(NamedTuple):
    """Pairs by the row's name. unit is `rate` or `time`, of `looks.log_axis`."""

    title: str
    axis: str
    unit: str
    pairs: Mapping[str, Pair]


def draw(
    title: str, told: Sequence[str], names: Sequence[str], panels: Sequence[Panel], look_of: Callable[[str], Look]
) -> "Figure | None":
    """A panel beside the other over the same rows; None where no panel has a figure."""
    panels = [panel for panel in panels if any(pair.values() for pair in panel.pairs.values())]
    names = [name for name in names if any(name in panel.pairs and panel.pairs[name].values() for panel in panels)]
    if not panels:
        return None
    figure = looks.slide(title, told, rows=len(names), row_inches=ROW_INCHES)
    for axes, panel in zip(figure.subplots(1, len(panels), sharey=True, squeeze=False)[0], panels, strict=True):
        _draw_panel(axes, panel, names, look_of)
        _scale(axes, panel.unit, panels)
    figure.axes[0].set_yticks(range(len(names)), names)
    figure.axes[0].set_ylim(len(names) - 0.5, -0.5)
    return figure


def _draw_panel(axes: "Axes", panel: Panel, names: Sequence[str], look_of: Callable[[str], Look]) -> None:
    axes.set_title(panel.title)
    axes.set_xlabel(panel.axis)
    axes.tick_params(axis="y", length=0)
    for row, name in enumerate(names):
        axes.axhline(row, color=looks.PALE, linewidth=0.6, zorder=0)
        pair = panel.pairs.get(name, Pair(None, None))
        _draw_pair(axes, row, pair, look_of(name))
        _label(axes, row, pair, SHOW[panel.unit])


def _scale(axes: "Axes", unit: str, panels: Sequence[Panel]) -> None:
    """The same for all panels of a unit, with room for a figure at either end."""
    pairs = [pair for panel in panels if panel.unit == unit for pair in panel.pairs.values()]
    width = (looks.WIDTH_INCHES - NAMES_INCHES) / len(panels) - GAP_INCHES
    room = LABEL_INCHES[unit] / max(width - 2 * LABEL_INCHES[unit], LABEL_INCHES[unit])
    looks.log_axis(
        axes, "x", [end for pair in pairs for value in pair.values() for end in ends(value)], unit=unit, room=room
    )


def _draw_pair(axes: "Axes", row: int, pair: Pair, look: Look) -> None:
    if len(pair.values()) == 2:
        axes.plot([value.median for value in pair.values()], [row, row], color=look.colour, linewidth=3, alpha=0.4)
    for value, face in ((pair.before, "white"), (pair.after, look.colour)):
        if value:
            axes.plot(ends(value), [row, row], color="black", linewidth=1.2)
            axes.plot(value.median, row, look.marker, color=look.colour, markerfacecolor=face, markersize=10, mew=2)


def _label(axes: "Axes", row: int, pair: Pair, show: Callable[[float], str]) -> None:
    """The lower figure at the left of its mark, the higher at the right, so that they never meet."""
    values = sorted(pair.values(), key=lambda value: value.median)
    for value, (shift, side) in zip(reversed(values), ((1, "left"), (-1, "right")), strict=False):
        edge = ends(value)[shift > 0]
        axes.annotate(show(value.median), (edge, row), (9 * shift, 0), textcoords="offset points", ha=side, va="center")
    if not values:
        axes.text(0.5, row, NOTHING, transform=axes.get_yaxis_transform(), ha="center", va="center", color=looks.GREY)
