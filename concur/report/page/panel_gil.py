"""What the GIL does on this machine: summary, tables and pictures of the newest `concur gil`, where there is one."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from concur.gil.results import Report
from concur.report.page import tables
from concur.report.page.panels import Drawing, Panel, Results

if TYPE_CHECKING:
    from matplotlib.figure import Figure

READ = (
    "The GIL lets one thread at a time run Python code. The first picture says how much work several threads, "
    "processes or interpreters do where one does 1; the others what happens to a service when CPU-bound work runs "
    "beside it. A thread that computes keeps the GIL until another has waited for a whole switch interval (5 ms), "
    "so a service that waits once for each request answers at most 200 a second."
)
# Of the pictures that `concur gil --plots` draws, those that answer a learner's first questions, each with its words.
SHOWN = {
    "throughput": "Units of work a second by number of workers, of each kind, on each interpreter.",
    "models": "Requests a second of each model beside CPU-bound threads, over those without.",
    "convoy-fall": "How many times a service's rate falls beside CPU-bound work, by switch interval.",
    "latency": "Round trips of a service beside CPU-bound threads.",
    "sharing": "Operations a second of threads that share an object, over those of one thread.",
}


def panel(results: Results) -> Panel | None:
    """None where no result of `concur gil` lies beside the run."""
    report = results.gil
    if report is None:
        return None
    from concur.report.gil.grids import grids
    from concur.report.gil.plots import PLOTS
    from concur.report.gil.summary import summary

    drawings = [
        Drawing(name, alt, _drawer(PLOTS[name], report), is_wide=True)
        for name, alt in SHOWN.items()
        if _has_figures(PLOTS[name], report)
    ]
    shown = [tables.of_grid(grid) for grid in grids(report) if grid.verdicts]
    note = f"From {report.id}, measured at {report.started_at[:16].replace('T', ' ')}."
    return Panel("gil", "What the GIL does here", READ, drawings, shown, note=note, says=summary(report))


def _has_figures(draw: "Callable[[Report], Figure | None]", report: Report) -> bool:
    return _drawn(draw, report) is not None


def _drawn(draw: "Callable[[Report], Figure | None]", report: Report) -> "Figure | None":
    import matplotlib as mpl

    from concur.report.gil.looks import STYLE
    from concur.report.page import drawing

    with drawing.style(), mpl.rc_context(STYLE):
        return draw(report)


def _drawer(draw: "Callable[[Report], Figure | None]", report: Report) -> "Callable[[float], Figure]":
    def drawn(_width: float) -> "Figure":
        made = _drawn(draw, report)
        assert made is not None  # it was asked before
        return made

    return drawn
