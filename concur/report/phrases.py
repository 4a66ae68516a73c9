"""Parts of sentences: how a cell, a rate, a time and a comparison are called in words. Pure functions."""

from collections.abc import Iterable

from concur.bench.results import Cell, Comparison, Run
from concur.report import cells, figures

ROUNDS_LISTED = 3


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
    return f" ({figures.ratio(one.ratio.median)} {cells.reference_name(one, run)})"


def listed(chosen: Iterable[Cell], run: Run) -> str:
    """Many cells in few words: `trio_tasks on 3.11, 3.14; threads on 3.13t`; on one interpreter, their labels."""
    places: dict[str, list[str]] = {}
    for cell in chosen:
        places.setdefault(cell.label, []).append(cell.interpreter)
    everywhere = [name for name in cells.interpreters(run) if name]
    if len(everywhere) < 2:
        return ", ".join(places)
    return "; ".join(f"{label} on {_where(found, everywhere)}" for label, found in places.items())


def _where(found: list[str], everywhere: list[str]) -> str:
    distinct = list(dict.fromkeys(found))
    return f"all {len(distinct)}" if len(distinct) == len(everywhere) > 2 else ", ".join(distinct)


def compared(one: Comparison, among: Iterable[Comparison]) -> str:
    """The name of what was compared, with its interpreter where several were."""
    several = len({other.interpreter for other in among}) > 1
    return f"{one.label} {one.interpreter}" if several else one.label


def shares(cell: Cell) -> list[str]:
    """How the connections fell to several workers, round by round; of many rounds, how uneven it was."""
    each = cells.shares(cell)
    if len(each) > ROUNDS_LISTED:
        busiest = [max(one) / max(1, sum(one)) for one in each]
        return [f"its busiest worker had {figures.share(min(busiest))} to {figures.share(max(busiest))} of connections"]
    told = ", ".join("/".join(map(figures.count, one)) for one in each)
    return [f"connections over workers {told}"] if told else []
