"""The ranking: rates with their intervals, best first; at a common rate the p99, which is what differs there."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from concur.bench.results import Cell, Estimate, Run
from concur.report import cells, figures, matrix
from concur.report.columns import grid
from concur.report.page import bars, drawing, tables
from concur.report.page.bars import Bar, Strip
from concur.report.page.panels import Drawing, Panel, Results, Table
from concur.report.sweeps import sweeps

if TYPE_CHECKING:
    from matplotlib.figure import Figure

READ = (
    "Each bar is the middle of the rounds; the thin line across its end is the 95 % interval, where there were "
    "several. Two models whose lines overlap may well be equal: the order between them is chance. At a common "
    "rate everybody answers the same number of requests, so there the last one in a hundred replies is ranked: "
    "less is better, and a step on the axis is a factor."
)
READ_POINTS = (
    "Each row is a model, each mark an interpreter: a row whose marks lie far apart is a model for which the "
    "interpreter matters more than anything else. Marks far to the right are fast; where times are shown, far to "
    "the left is good."
)


def panel(results: Results) -> Panel | None:
    """A drawing and a table for each scenario that is no place of a sweep."""
    run = results.run
    shown = [name for name in plain_scenarios(run) if cells.usable(cells.cells_of(run, name))]
    if not shown:
        return None
    drawings = [Drawing(f"ranked-{index}", _alt(run, name), _drawer(run, name)) for index, name in enumerate(shown)]
    return Panel(
        "ranking", "Who answers most", READ_POINTS if are_many(run) else READ, drawings, [*_tables(run, shown)]
    )


def plain_scenarios(run: Run) -> list[str]:
    """The scenarios that no sweep is made of."""
    swept = {name for one in sweeps(run) for name in one.places.values()}
    return [name for name in cells.scenarios(run) if name not in swept]


def are_many(run: Run) -> bool:
    """Whether rows are models with a mark for each interpreter, as there are too many cells for a row each."""
    return cells.is_large(run) and len(cells.interpreters(run)) > 1


def _drawer(run: Run, scenario: str) -> "Callable[[float], Figure]":
    here = cells.ranked(cells.cells_of(run, scenario))
    is_capacity = cells.offered_per_s(here) is None
    if are_many(run):
        return lambda width: _strips(width, here, is_capacity=is_capacity, scenario=scenario)
    return lambda width: _bars(width, run, here, is_capacity=is_capacity, scenario=scenario)


def _bars(width: float, run: Run, here: list[Cell], *, is_capacity: bool, scenario: str) -> "Figure":
    rows = [one for cell in here if (one := _bar(run, cell, is_capacity=is_capacity))]
    made = drawing.figure(width, bars.height(len(rows)) + 0.2)
    axes = made.subplots()
    axes.set_title(title(run, scenario))
    if is_capacity:
        bars.bars(axes, rows, "requests a second")
        axes.xaxis.set_major_formatter(lambda value, _: figures.thousands(value))
    else:
        bars.points(axes, rows, "p99, 99 of 100 replies came sooner")
        drawing.log_axis(axes, "x", figures.time)
    return made


def title(run: Run, scenario: str) -> str:
    """`small`, or `steady, at 10,000 req/s`."""
    offered = cells.offered_per_s(cells.usable(cells.cells_of(run, scenario)))
    return scenario if offered is None else f"{scenario}, at {figures.count(offered)} req/s"


def _bar(run: Run, cell: Cell, *, is_capacity: bool) -> Bar | None:
    estimate = cell.rate_per_s if is_capacity else cell.latency_ns.get("p99")
    if estimate is None:
        return None
    told = f"{figures.count(estimate.median)}/s" if is_capacity else figures.time(estimate.median)
    if cell.verdict not in ("ok",):
        told += f" ({cell.verdict})"
    return Bar(
        name_of(cell, run),
        cell.model,
        cell.label,
        estimate.median,
        estimate.interval,
        told + _ends(estimate, is_capacity=is_capacity),
    )


def name_of(cell: Cell, run: Run) -> str:
    """The cell's name, and how many connections it had where these were fewer than the others'."""
    name = cells.name(cell, run)
    return name if cell.connections is None else f"{name} ({figures.counted(cell.connections, 'connection')})"


def _ends(estimate: Estimate, *, is_capacity: bool) -> str:
    if estimate.interval is None:
        return ""
    wording = figures.count if is_capacity else figures.time
    return f" ({'–'.join(map(wording, estimate.interval))})"


def _strips(width: float, here: list[Cell], *, is_capacity: bool, scenario: str) -> "Figure":
    rows: dict[str, Strip] = {}
    for cell in here:
        estimate = cell.rate_per_s if is_capacity else cell.latency_ns.get("p99")
        if estimate:
            told = f"{figures.count(estimate.median)}/s" if is_capacity else figures.time(estimate.median)
            row = rows.setdefault(cell.label, Strip(cell.label, cell.label, []))
            row.points.append((cell.interpreter, estimate.median, told))
    label = f"{scenario}: requests a second" if is_capacity else f"{scenario}: p99"
    wording = figures.thousands if is_capacity else figures.time
    return bars.strips(width, list(rows.values()), label, wording, is_log=not is_capacity)


def _alt(run: Run, scenario: str) -> str:
    here = cells.ranked(cells.cells_of(run, scenario))
    first, last = here[0], here[-1]
    if cells.offered_per_s(here) is None:
        best, worst = (f"{cells.name(one, run)} with {figures.count(cells.rate(one))}" for one in (first, last))
        return f"{scenario}: requests a second of {len(here)} cells, from {best} down to {worst}."
    best, worst = (
        f"{cells.name(one, run)} with {figures.time(cells.latency(one, 'p99') or 0)}" for one in (first, last)
    )
    return f"{scenario}: the 99th percentile of latency of {len(here)} cells, from {best} up to {worst}."


def _tables(run: Run, shown: list[str]) -> Iterator[Table]:
    for name in shown:
        here = cells.cells_of(run, name)
        named = tables.labels(run, here)
        if are_many(run):
            yield from (tables.of_grid(matrix.as_grid(one), named) for one in matrix.of_scenario(run, name))
        else:
            yield tables.of_grid(grid(run, name), named)
