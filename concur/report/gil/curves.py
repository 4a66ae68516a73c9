"""Lines over the number of CPU-bound threads beside a service: panels with one scale, a line an interpreter."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from concur.bench.results import Estimate
from concur.report.gil import looks
from concur.report.gil.chosen import ends
from concur.report.gil.labels import End, name_ends

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DODGE, MOST_DODGE = 0.05, 0.36  # of the distance between two counts: between marks of one count, and all of them
AXES_INCHES = 5.0


class Panel(NamedTuple):
    """Estimates by interpreter and number of CPU-bound threads."""

    title: str
    lines: Mapping[str, Mapping[int, Estimate]]


def draw(title: str, told: Sequence[str], panels: Sequence[Panel], *, axis: str, unit: str) -> "Figure | None":
    """None where no panel has a line. unit is one of `looks.log_axis`."""
    panels = [panel for panel in panels if panel.lines]
    if not panels:
        return None
    figure = looks.slide(title, told)
    every = [value for panel in panels for line in panel.lines.values() for value in line.values()]
    counts = sorted({count for panel in panels for line in panel.lines.values() for count in line})
    all_axes = figure.subplots(1, len(panels), sharex=True, sharey=True, squeeze=False)[0]
    names = list(dict.fromkeys(name for panel in panels for name in panel.lines))
    looks.log_axis(all_axes[0], "y", [end for value in every for end in ends(value)], unit=unit)
    for axes, panel in zip(all_axes, panels, strict=True):
        _draw_panel(axes, panel, names, counts)
    all_axes[0].set_ylabel(axis)
    figure.supxlabel("CPU-bound threads in the same process", fontsize=looks.FONT_POINTS)
    name_ends(all_axes[-1], _ends(panels, names, counts), AXES_INCHES)
    return figure


def _draw_panel(axes: "Axes", panel: Panel, names: Sequence[str], counts: Sequence[int]) -> None:
    axes.set_title(panel.title)
    axes.set_xticks(range(len(counts)), [str(count) for count in counts])
    axes.set_xlim(-0.4, len(counts) - 0.6)
    axes.grid(axis="y", color=looks.PALE)
    for name, line in panel.lines.items():
        look = looks.interpreter(name)
        xs = [_x(names, name, counts, count) for count in sorted(line)]
        values = [line[count] for count in sorted(line)]
        axes.plot(xs, [value.median for value in values], color=look.colour, marker=look.marker, markersize=8)
        for x, value in zip(xs, values, strict=True):
            axes.plot([x, x], ends(value), color=look.colour, linewidth=1.2)


def _x(names: Sequence[str], name: str, counts: Sequence[int], count: int) -> float:
    return counts.index(count) + min(DODGE * len(names), MOST_DODGE) * ((names.index(name) + 0.5) / len(names) - 0.5)


def _ends(panels: Sequence[Panel], names: Sequence[str], counts: Sequence[int]) -> list[End]:
    """Of each line in the last panel."""
    found = []
    for name in names:
        line = panels[-1].lines.get(name)
        if line:
            last = max(line)
            found.append(End(name, looks.interpreter(name), _x(names, name, counts, last), line[last].median))
    return found
