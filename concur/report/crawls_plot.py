"""Crawls as a picture: a sweep's pages/s over requests in flight with the line of latency; else rates as bars.

matplotlib, no display. A model's look is the same as in every other picture.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from concur.bench.crawls.results import Cell, Run
from concur.bench.crawls.sweeping import Curve, curves, swept
from concur.errors import MachineError, UsageError
from concur.report import crawls_cells as cells
from concur.report import figures
from concur.report.plot import ROW_INCHES, check_ending, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANEL_INCHES, HEIGHT_INCHES, LEGEND_INCHES = 5.2, 5.0, 2.4
HIGHEST = 1.6  # times the best rate: the line goes on above all there is


def save(run: Run, path: Path) -> None:
    """Draw the run's first sweep, else its first scenario, into a file as its ending says.

    Raises UsageError for another ending or a run without figures, MachineError where the file cannot be written.
    """
    check_ending(path)
    drawn = draw_sweep(run, swept(run)[0]) if cells.is_sweep(run) else draw_rates(run)
    try:
        drawn.savefig(path, bbox_inches="tight", dpi=150)
    except OSError as error:
        raise MachineError(
            f"{path} cannot be written", why=error.strerror or str(error), do="Name another file."
        ) from None


def draw_sweep(run: Run, scenario: str) -> "Figure":
    """A panel for each interpreter: a line for each model, and the line that latency alone would allow."""
    found = [curve for curve in curves(run, scenario) if curve.cells]
    if not found:
        raise UsageError("there is nothing to draw", why="no crawl of the sweep has figures")
    names = list(dict.fromkeys(curve.interpreter for curve in found))
    figure = _figure((PANEL_INCHES * len(names) + LEGEND_INCHES, HEIGHT_INCHES))
    for axes, name in zip(figure.subplots(1, len(names), sharey=True, squeeze=False)[0], names, strict=True):
        _panel(axes, [curve for curve in found if curve.interpreter == name])
        axes.set_title(f"CPython {name}" if name[:1].isdigit() else name, fontsize=12)
    axes.legend(loc="center left", bbox_to_anchor=(1.02, 0.5), frameon=False, fontsize=9)
    figure.supxlabel("requests in flight", fontsize=12)
    figure.supylabel("pages a second", fontsize=12)
    figure.suptitle(_title(run, scenario), x=0.01, ha="left", fontsize=11)
    return figure


def _figure(size: tuple[float, float]) -> "Figure":
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib.figure import Figure

    return Figure(figsize=size, layout="constrained")


def _title(run: Run, scenario: str) -> str:
    told = [f"crawl, {scenario}: {run.machine.get('cpu', '')}", f"links by {run.parser}"]
    rounds = cells.rounds(run)
    return ", ".join([*told, figures.counted(rounds, "round"), *(["95 % intervals"] if rounds > 1 else [])])


def _panel(axes: "Axes", found: list[Curve]) -> None:
    for curve in found:
        _line(axes, curve)
    _latency(axes, found)
    axes.set_xscale("log")
    axes.set_yscale("log")
    counts = sorted({cell.in_flight for curve in found for cell in curve.cells})
    axes.set_xticks(counts, [str(count) for count in counts])
    axes.set_xticks([], minor=True)
    axes.yaxis.set_major_formatter(lambda value, _: figures.thousands(value))
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)


def _line(axes: "Axes", curve: Curve) -> None:
    """With its intervals."""
    rates = [cell.rate_per_s for cell in curve.cells if cell.rate_per_s]
    ys = [rate.median for rate in rates]
    ends = [rate.interval or (rate.median, rate.median) for rate in rates]
    errors = [[y - low for y, (low, _) in zip(ys, ends, strict=True)]]
    errors += [[high - y for y, (_, high) in zip(ys, ends, strict=True)]]
    of_model = look(curve.model)
    counts = [cell.in_flight for cell in curve.cells]
    axes.errorbar(
        counts, ys, yerr=errors, label=curve.label, color=of_model.colour, marker=of_model.marker, linewidth=1.6
    )


def _latency(axes: "Axes", found: list[Curve]) -> None:
    """In flight / mean latency, a little beyond the best rate."""
    highest = HIGHEST * max(cells.rate(cell) for curve in found for cell in curve.cells)
    ideals = {cell.in_flight: cell.ideal_per_s for curve in found for cell in curve.cells if cell.ideal_per_s}
    if not ideals:
        return
    per_one = min(ideal / count for count, ideal in ideals.items())
    first = min(ideals)
    last = max(first, min(max(ideals), highest / per_one))
    ends = [first, last]
    axes.plot(
        ends, [count * per_one for count in ends], color="black", linestyle="--", label="in flight /\nmean latency"
    )


def draw_rates(run: Run) -> "Figure":
    """Two panels over the same rows: pages a second, and CPU time a page in user and system."""
    shown = next((good for name in cells.scenarios(run) if (good := cells.ranked(cells.cells_of(run, name)))), [])
    if not shown:
        raise UsageError("there is nothing to draw", why="no crawl has figures")
    figure = _figure((9, 1.3 + ROW_INCHES * len(shown)))
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
    _rates(left, shown, [_row_name(cell, run) for cell in shown])
    _costs(right, shown)
    for axes in (left, right):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="x", alpha=0.25)
        axes.set_axisbelow(True)
    figure.suptitle(_title(run, shown[0].scenario), x=0.01, ha="left", fontsize=11)
    return figure


def _row_name(cell: Cell, run: Run) -> str:
    return f"{cells.name(cell, run)}\n({cell.in_flight} in flight)" if cell.is_fewer else cells.name(cell, run)


def _rates(axes: "Axes", shown: list[Cell], names: list[str]) -> None:
    looks, rows = [look(cell.model) for cell in shown], range(len(shown))
    colours, hatches = [one.colour for one in looks], [one.hatch for one in looks]
    axes.barh(rows, [cells.rate(cell) for cell in shown], color=colours, hatch=hatches, edgecolor="white", height=0.7)
    for row, cell in enumerate(shown):
        if cell.rate_per_s and cell.rate_per_s.interval:
            axes.plot(cell.rate_per_s.interval, [row, row], color="black", linewidth=1.2, marker="|", markersize=7)
    axes.set_yticks(rows, names)
    axes.invert_yaxis()
    axes.set_xlabel("pages a second (median; the line is its 95 % interval)")


def _costs(axes: "Axes", shown: list[Cell]) -> None:
    costs = [cell.cpu_ns_per_page for cell in shown]
    user = [cost.user.median / 1e6 if cost else 0.0 for cost in costs]
    system = [cost.system.median / 1e6 if cost else 0.0 for cost in costs]
    axes.barh(range(len(shown)), user, color="#555555", height=0.7, label="user")
    axes.barh(range(len(shown)), system, left=user, color="#BBBBBB", height=0.7, label="system")
    axes.set_xlabel("CPU time a page, ms")
    axes.legend(frameon=False, fontsize=8)
