"""The same models as crawlers: the newest `concur bench --service crawl` beside the run, where there is one."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from concur.bench.crawls.results import Cell, Run
from concur.bench.crawls.sweeping import swept
from concur.report import crawls_cells as cells
from concur.report import crawls_matrix, crawls_plot, figures
from concur.report.crawls_tables import grids
from concur.report.crawls_words import sentences
from concur.report.page import bars, drawing, tables
from concur.report.page.bars import Bar
from concur.report.page.panels import Drawing, Panel, Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure

READ = (
    "A crawler waits for answers most of its time, so what counts is how many requests it keeps in flight, not "
    "how fast it handles one. While latency is the limit, every model gets in flight ÷ latency pages a second, "
    "and threads are as good as coroutines; they part where parsing fills the CPU, or where in flight are more "
    "than threads can bear."
)


def panel(results: Results) -> Panel | None:
    """None where no run of crawls lies beside the run."""
    run = results.crawl
    if run is None:
        return None
    drawings = [
        Drawing(f"crawl-{index}", _alt(run, name), _drawer(run, name))
        for index, name in enumerate(cells.scenarios(run))
        if cells.ranked(cells.cells_of(run, name)) and not cells.is_large(run)
    ]
    if cells.is_sweep(run):
        drawings.append(_sweep(run))
    drawn = [*crawls_matrix.of_sweeps(run), *(crawls_matrix.of_interpreters(run) if cells.is_large(run) else [])]
    shown = [*map(crawls_matrix.as_grid, drawn), *([] if cells.is_large(run) else grids(run))]
    named = {tables.folded(cells.name(cell, run)): cell.label for cell in run.cells}
    note = f"From {run.id}, measured at {run.started_at[:16].replace('T', ' ')}."
    told = [one for one in sentences(run) if not one.startswith("Next: ")]
    return Panel(
        "crawl",
        "The same models as crawlers",
        READ,
        drawings,
        [tables.of_grid(one, named) for one in shown],
        note=note,
        says=told,
    )


def _sweep(run: Run) -> Drawing:
    name = swept(run)[0]
    alt = f"Crawls of {name}: pages a second over requests in flight; dashed is what latency alone would allow."
    return Drawing("crawl-sweep", alt, lambda _width: crawls_plot.draw_sweep(run, name), is_wide=True)


def _drawer(run: Run, scenario: str) -> "Callable[[float], Figure]":
    here = cells.ranked(cells.cells_of(run, scenario))

    def draw(width: float) -> "Figure":
        made = drawing.figure(width, bars.height(len(here)) + 0.2)
        axes = made.subplots()
        axes.set_title(f"crawl, {scenario}")
        bars.bars(axes, [_bar(run, cell) for cell in here], "pages a second")
        return made

    return draw


def _bar(run: Run, cell: Cell) -> Bar:
    estimate = cell.rate_per_s
    assert estimate is not None  # it is a ranked one
    told = f"{figures.digits(estimate.median)}/s"
    return Bar(_name(run, cell), cell.model, cell.label, estimate.median, estimate.interval, told)


def _name(run: Run, cell: Cell) -> str:
    return f"{cells.name(cell, run)} ({cell.in_flight} in flight)" if cell.is_fewer else cells.name(cell, run)


def _alt(run: Run, scenario: str) -> str:
    here = cells.ranked(cells.cells_of(run, scenario))
    best, worst = (f"{cells.name(one, run)} with {figures.digits(cells.rate(one))}" for one in (here[0], here[-1]))
    return f"Crawls of {scenario}: pages a second, from {best} down to {worst}."
