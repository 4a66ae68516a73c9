"""Where each model of a sweep of crawls leaves the line of latency, and what then bounds it. Pure."""

from collections.abc import Iterator

from concur.bench.crawls.results import Cell, Run
from concur.bench.crawls.sweeping import Curve, best, beyond, curves, follows_to, swept
from concur.report import crawls_cells as cells
from concur.report import figures


def departures(run: Run) -> Iterator[str]:
    """Up to where each follows the line of latency, and what then bounds it."""
    for scenario in swept(run):
        for curve in curves(run, scenario):
            if curve.cells:
                yield f"{_curve_name(curve, run)} {_departure(curve)}."


def _curve_name(curve: Curve, run: Run) -> str:
    name = f"{curve.label} {curve.interpreter}" if len(cells.interpreters(run)) > 1 else curve.label
    return f"{name} in {curve.scenario}" if len(swept(run)) > 1 else name


def _departure(curve: Curve) -> str:
    last, after = follows_to(curve), beyond(curve)
    fastest = best(after) or curve.cells[-1]
    reached = f"{cells.pages_per_s(fastest)} at {fastest.in_flight}"
    if curve.cells[0].ideal_per_s is None:
        return f"fetches {reached} in flight, its most"
    if not after:
        bound = f"; {curve.absent}" if curve.absent else ", as far as was measured"
        return f"follows the line to {last} in flight, {cells.pages_per_s(curve.cells[-1])}{bound}"
    follows = f"follows the line to {last} in flight" if last else "is below the line from the first"
    return f"{follows}; then {_then(fastest)}: {reached}"


def _then(cell: Cell) -> str:
    if cell.verdict == "web-bound":
        return "the web is the limit"
    busy = cell.busy or 0.0
    return "its CPU is busy" if cell.bound_by == "CPU" else f"it waits, its CPU busy {figures.share(busy)}"
