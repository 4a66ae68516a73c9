"""Percentiles of round trips to a service, over the CPU-bound threads beside it."""

from typing import TYPE_CHECKING

from concur.bench.results import Estimate
from concur.gil.results import Latency, Report
from concur.report.gil import curves, looks
from concur.report.gil.chosen import model_of, of_model
from concur.report.gil.rows import measured

if TYPE_CHECKING:
    from matplotlib.figure import Figure

QUANTILES = ("p50", "p99", "max")


def draw(report: Report) -> "Figure | None":
    """Of one model on all interpreters; None where there are no round trips."""
    rows = of_model(measured(report.latency, report))
    panels = [curves.Panel(quantile, _lines(rows, quantile)) for quantile in QUANTILES]
    title = "Latency of a service beside CPU-bound threads"
    told = (f"model {model_of(rows)}, one connection", looks.made_how(report, "latency"))
    return curves.draw(title, told, panels, axis="round trip", unit="time")


def _lines(rows: list[Latency], quantile: str) -> dict[str, dict[int, Estimate]]:
    lines: dict[str, dict[int, Estimate]] = {}
    for row in rows:
        if found := row.latency_ns.get(quantile):
            lines.setdefault(row.interpreter, {})[row.cpu_threads] = found
    return lines
