"""Parts of sentences: how a cell, a rate, a time and a comparison are called in words. Pure functions."""

from collections.abc import Iterable

from concur.bench.results import Cell, Comparison, Run
from concur.report import cells, figures


def title(cell: Cell, run: Run) -> str:
    several = len([name for name in cells.scenarios(run) if name != cells.COMMON_RATE]) > 1
    return f"{cells.name(cell, run)} in {cell.scenario}" if several else cells.name(cell, run)


def rate(cell: Cell) -> str:
    return f"{figures.count(cells.rate(cell))} req/s"


def p99(cell: Cell) -> str:
    value = cells.latency(cell, "p99")
    return "an unknown time" if value is None else figures.time(value)


def ratio(one: Comparison) -> str:
    interval = f" ({'–'.join(map(figures.digits, one.ratio.interval))})" if one.ratio.interval else ""
    return f"{figures.ratio(one.ratio.median)}{interval}"


def against(run: Run, cell: Cell) -> str:
    one = cells.comparison(run, cell)
    if one is None or one.verdict == "not comparable" or one.metric == "p99":
        return ""
    return f" ({figures.ratio(one.ratio.median)} {one.reference})"


def compared(one: Comparison, among: Iterable[Comparison]) -> str:
    """The name of what was compared, with its interpreter where several were."""
    several = len({other.interpreter for other in among}) > 1
    return f"{one.label} {one.interpreter}" if several else one.label
