"""The convoy at its default interval: one connection alone, and beside one that computes in a thread or elsewhere."""

from typing import TYPE_CHECKING

from concur import catalog
from concur.gil.results import Convoy, Report
from concur.report.gil import looks
from concur.report.gil.chosen import model_of, of_model
from concur.report.gil.pairs import Pair, Panel
from concur.report.gil.pairs import draw as draw_pairs
from concur.report.gil.rows import distinct, measured

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INTERVAL_S = 0.005
BESIDE = {
    catalog.THREADS: "in a thread of its process",
    catalog.PROCESSES: "in another process",
    catalog.INTERPRETERS: "in a subinterpreter",
}


def draw(report: Report) -> "Figure | None":
    """Of one model on all interpreters; None where it was not measured at that interval and one connection."""
    rows = [
        row
        for row in of_model(measured(report.convoy, report))
        if (row.connections, row.cpu_workers, row.interval_s) == (1, 1, INTERVAL_S)
    ]
    panels = [Panel(told, "requests a second", "rate", _pairs(rows, kind)) for kind, told in BESIDE.items()]
    title = "One worker computes beside a service: where it does so matters"
    told = (
        "○ alone  ● beside it",
        f"model {model_of(rows)}, one connection, {looks.round_time(INTERVAL_S * 1e9)}",
        looks.made_how(report, "convoy"),
    )
    return draw_pairs(title, told, distinct(row.interpreter for row in rows), panels, looks.interpreter)


def _pairs(rows: list[Convoy], kind: str) -> dict[str, Pair]:
    return {row.interpreter: Pair(row.alone_per_s, row.rate_per_s) for row in rows if row.beside == kind}
