"""One heavy request among light ones: what the light ones get, by where the computing is done."""

from typing import TYPE_CHECKING

from concur.gil.results import Offload, Report
from concur.report.gil import looks
from concur.report.gil.chosen import model_of, of_model
from concur.report.gil.pairs import Pair, Panel
from concur.report.gil.pairs import draw as draw_pairs
from concur.report.gil.rows import distinct, measured

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WHERE = {"inline": "computed where served"}


def draw(report: Report) -> "Figure | None":
    """Of one model on all interpreters, a panel for each place; None without figures."""
    rows = of_model(measured(report.offload, report))
    places = distinct(row.where for row in rows)
    panels = [_panel([row for row in rows if row.where == where], where) for where in places]
    told = (f"○ none is heavy  ● one always is; model {model_of(rows)}", looks.made_how(report, "offload"))
    title = "Light requests, while a heavy one is computed"
    return draw_pairs(title, told, distinct(row.interpreter for row in rows), panels, looks.interpreter)


def _panel(rows: list[Offload], where: str) -> Panel:
    rates = {(row.interpreter, row.heavy): row.rate_per_s for row in rows}
    names = distinct(row.interpreter for row in rows)
    pairs = {name: Pair(rates.get((name, False)), rates.get((name, True))) for name in names}
    return Panel(WHERE.get(where, f"by {where}"), "light requests a second", "rate", pairs)
