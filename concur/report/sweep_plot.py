"""A sweep as a picture: a panel for each payload, ratios of rates over connections. matplotlib, no display.

Where one target is held against several, it has a row of panels of its own.
Without pairs the lines are rates.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from concur.bench.results import Estimate, Run
from concur.errors import UsageError
from concur.report import cells, figures
from concur.report.columns import folded
from concur.report.plot import PALETTE
from concur.report.sweep_tables import head, panels, subtitle
from concur.report.sweeps import Curve, Place, Sweep, cells_by_place, curves, sweeps

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANEL_INCHES, ROW_INCHES, LEGEND_INCHES = 2.9, 3.0, 2.6  # a row of three panels fills a slide
LABEL_WIDTH = 20
MARKERS = ("o", "s", "D", "v", "P", "X")
LEVELS = (0.25, 0.5, 1, 2, 4, 8, 16)  # of a ratio: ticks, each with a line across


class Mark(NamedTuple):
    """One value of a line; is_at_least where it may be more."""

    place: Place
    value: Estimate
    is_at_least: bool = False


class Line(NamedTuple):
    """Values over the places of a sweep under one name."""

    name: str
    marks: list[Mark]


class Row(NamedTuple):
    """The lines of a row of panels, and what they have in common."""

    title: str
    lines: list[Line]


def draw(run: Run) -> "Figure":
    """The run's first sweep. Raises UsageError where nothing of it was measured at capacity."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib.figure import Figure

    sweep = sweeps(run)[0]
    pairs = curves(run, sweep)
    rows = _ratio_rows(pairs) if pairs else _rate_rows(run, sweep)
    if not any(row.lines for row in rows):
        raise UsageError("there is nothing to draw", why="no closed-loop scenario of the sweep has figures")
    shown = panels(sweep)
    size = (PANEL_INCHES * len(shown) + LEGEND_INCHES, ROW_INCHES * len(rows) + 0.6)
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(len(rows), len(shown), sharex=True, sharey=True, squeeze=False)
    for row, line_of_axes in zip(rows, grid, strict=True):
        _draw_row(row, list(line_of_axes), sweep, shown, is_ratio=bool(pairs))
    for axes, panel in zip(grid[0], shown, strict=True):
        axes.set_title(subtitle(sweep, panel), fontsize=13)
    figure.supxlabel("payload" if sweep.is_over_payloads else "connections", fontsize=12)
    figure.suptitle(_title(run, sweep), x=0.01, ha="left", fontsize=12)
    return figure


def _title(run: Run, sweep: Sweep) -> str:
    rounds = cells.rounds(run)
    told = ["95 % intervals"] if rounds > 1 else []
    return ", ".join(
        filter(None, [f"echo, {sweep.name}: {run.machine.get('cpu', '')}", figures.counted(rounds, "round"), *told])
    )


def _ratio_rows(pairs: list[Curve]) -> list[Row]:
    """A row for each target that is held against several, else one row with a line for each pair."""
    overs = list(dict.fromkeys(curve.over for curve in pairs))
    if len(overs) == len(pairs):
        lines = [_ratio_line(f"{curve.over} / {curve.under}", curve) for curve in pairs]
        return [Row("times the rate", lines)]
    return [
        Row(f"{over},\ntimes the rate of", [_ratio_line(curve.under, curve) for curve in pairs if curve.over == over])
        for over in overs
    ]


def _ratio_line(name: str, curve: Curve) -> Line:
    usable = [point for point in curve.points if point.is_usable]
    return Line(name, [Mark(point.place, point.compared.ratio, point.is_at_least) for point in usable])


def _rate_rows(run: Run, sweep: Sweep) -> list[Row]:
    lines: dict[str, Line] = {}
    for place, group in cells_by_place(run, sweep).items():
        for cell in cells.usable(group) if cells.offered_per_s(group) is None else []:
            line = lines.setdefault(cells.name(cell, run), Line(cells.name(cell, run), []))
            line.marks.append(Mark(place, cell.rate_per_s or Estimate(0.0), cell.verdict == "engine-bound"))
    return [Row("requests a second", list(lines.values()))]


def _draw_row(row: Row, all_axes: Sequence["Axes"], sweep: Sweep, shown: list[list[Place]], *, is_ratio: bool) -> None:
    for axes, panel in zip(all_axes, shown, strict=True):
        for index, line in enumerate(row.lines):
            _draw_line(axes, [mark for mark in line.marks if mark.place in panel], line.name, index, sweep)
        _scale_x(axes, sweep, panel)
        _plain(axes)
        if is_ratio:
            _levels(axes, [mark for line in row.lines for mark in line.marks])
    all_axes[0].set_ylabel(row.title, fontsize=12)
    all_axes[-1].legend(loc="center left", bbox_to_anchor=(1.02, 0.5), frameon=False, fontsize=10)


def _draw_line(axes: "Axes", marks: list[Mark], name: str, index: int, sweep: Sweep) -> None:
    """The line with its intervals; an arrow up where the engine held the server back."""
    marks = sorted(marks, key=lambda mark: mark.place)
    xs, ys = [_x(sweep, mark.place) for mark in marks], [mark.value.median for mark in marks]
    ends = [mark.value.interval or (mark.value.median, mark.value.median) for mark in marks]
    errors = [[y - low for y, (low, _) in zip(ys, ends, strict=True)]]
    errors += [[high - y for y, (_, high) in zip(ys, ends, strict=True)]]
    colour, marker = PALETTE[index % len(PALETTE)], MARKERS[index % len(MARKERS)]
    axes.errorbar(
        xs, ys, yerr=errors, label=folded(name, LABEL_WIDTH), color=colour, marker=marker, linewidth=1.8, capsize=3
    )
    limited = [(x, y) for x, y, mark in zip(xs, ys, marks, strict=True) if mark.is_at_least]
    for x, y in limited:
        axes.annotate("↑", (x, y), (0, 5), textcoords="offset points", ha="center", fontsize=12, color=colour)


def _x(sweep: Sweep, place: Place) -> float:
    """A payload of nothing stands at 1, as the scale is logarithmic."""
    return max(1, place.payload_bytes) if sweep.is_over_payloads else place.connections


def _scale_x(axes: "Axes", sweep: Sweep, panel: list[Place]) -> None:
    axes.set_xscale("log", base=2)
    axes.set_xticks([_x(sweep, place) for place in panel], [head(sweep, place) for place in panel], fontsize=11)
    axes.set_xticks([], minor=True)


def _levels(axes: "Axes", marks: list[Mark]) -> None:
    """Doublings as far as the values reach, 1 to 4 in any case; 1, where both are alike, stands out."""
    axes.set_yscale("log", base=2)
    ends = [end for mark in marks for end in (mark.value.interval or (mark.value.median,))]
    low, high = min([*ends, 0.9]), max([*ends, 4.2])
    levels = [level for level in LEVELS if low / 1.5 <= level <= high * 1.2]
    axes.set_yticks(levels, [f"{level:g}×" for level in levels], fontsize=11)
    axes.set_yticks([], minor=True)
    for level in levels:
        axes.axhline(
            level, color="black", linewidth=1.2 if level == 1 else 0.6, alpha=0.7 if level == 1 else 0.3, zorder=0
        )


def _plain(axes: "Axes") -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.yaxis.set_major_formatter(lambda value, _: figures.thousands(value) if value else "0")
    axes.tick_params(labelsize=11)
