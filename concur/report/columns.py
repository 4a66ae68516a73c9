"""What stands in a table: which rows, which columns, in what words. Pure; drawing it is `table.py`'s business.

A Grid holds text alone. Each column has a priority, so that whoever draws it on a
narrow page knows what to leave out first: what names a row stays, then the rate
and what explains it, last the intervals of what is there already.
"""

from collections.abc import Callable
from typing import NamedTuple

from concur.bench.results import Cell, Comparison, Estimate, Run
from concur.report import cells, figures, phrases, predictions

NAME_WIDTH = 26


class Column(NamedTuple):
    """A column's head (lines divided by a newline), its text by row, and its priority: 0 is never left out."""

    head: str
    values: list[str]
    priority: int
    is_text: bool = False


class Grid(NamedTuple):
    """One table: title, columns, the verdict of each row, and the notes that belong below."""

    title: str
    columns: list[Column]
    verdicts: list[str]
    notes: list[str]


class Row(NamedTuple):
    """What a row is made of; steady is the same target's cell at the common rate."""

    name: str
    cell: Cell
    steady: Cell | None
    comparison: Comparison | None
    reference: bool


class Figure(NamedTuple):
    """A column before it has values."""

    head: str
    priority: int
    of: Callable[[Row], str]


def grids(run: Run) -> list[Grid]:
    """The run's tables: `small` with `steady` beside it as one, any other scenario as one of its own."""
    shown = cells.scenarios(run)
    merged = cells.CAPACITY in shown and cells.COMMON_RATE in shown
    return [grid(run, scenario) for scenario in shown if not (merged and scenario == cells.COMMON_RATE)]


def grid(run: Run, scenario: str) -> Grid:
    """The table of one scenario: ranked cells, then those that wronged or failed, absent ones in the notes."""
    rows = _rows(run, scenario)
    offered = cells.offered_per_s(row.cell for row in rows)
    reference = next((row.name for row in rows if row.reference), "reference")
    if offered is None:
        choice = _capacity_figures(_common_rate(run, scenario), reference)
    else:
        choice = _latency_figures(reference)
    columns = [Column(one.head, [_value(one, row) for row in rows], one.priority) for one in choice]
    shown = [Column("model", [row.name for row in rows], 0, is_text=True), *filter(says_something, columns)]
    return Grid(
        _title(scenario, offered), [*shown, *_verdicts(rows)], [r.cell.verdict for r in rows], notes(run, scenario)
    )


def _rows(run: Run, scenario: str) -> list[Row]:
    here = cells.cells_of(run, scenario)
    bad = [cell for cell in here if cell not in cells.usable(here) and cell.verdict != "absent"]
    steady = cells.COMMON_RATE if _common_rate(run, scenario) is not None else ""
    return [
        Row(
            folded(cells.name(cell, run)),
            cell,
            cells.same_target(run, cell, steady) if steady else None,
            cells.comparison(run, cell),
            cells.is_reference(run, cell),
        )
        for cell in [*cells.ranked(here), *bad]
    ]


def _common_rate(run: Run, scenario: str) -> float | None:
    """The rate of `steady`, if this is the table that shows it and there is something to show."""
    if scenario != cells.CAPACITY:
        return None
    return cells.offered_per_s(cells.usable(cells.cells_of(run, cells.COMMON_RATE)))


def _capacity_figures(common_rate: float | None, reference: str) -> list[Figure]:
    at = "at capacity" if common_rate is None else f"at {figures.thousands(common_rate)}/s"

    def latency_at(quantile: str) -> Callable[[Row], str]:
        return lambda row: _latency(row.cell if common_rate is None else row.steady, quantile)

    def cpu_at(row: Row) -> str:
        return _cpu(row.steady, "total") if row.steady else ""

    return [
        Figure("req/s", 0, lambda row: _of(row.cell.rate_per_s, figures.count)),
        Figure("low–high", 5, lambda row: _interval(row.cell.rate_per_s, figures.thousands)),
        *_ratio_figures(reference),
        *_cost_figures(),
        Figure(f"p50 ms\n{at}", 8, latency_at("p50")),
        Figure(f"p99 ms\n{at}", 7 if common_rate is None else 2, latency_at("p99")),
        Figure(f"CPU µs\n{at}", 5, cpu_at),
        *_mechanism_figures(),
    ]


def _latency_figures(reference: str) -> list[Figure]:
    return [
        Figure("p99 ms", 0, lambda row: _latency(row.cell, "p99")),
        Figure("low–high", 5, lambda row: _interval(row.cell.latency_ns.get("p99"), figures.milliseconds)),
        *_ratio_figures(reference),
        Figure("p50 ms", 2, lambda row: _latency(row.cell, "p50")),
        Figure("p90 ms", 9, lambda row: _latency(row.cell, "p90")),
        Figure("p99.9 ms", 8, lambda row: _latency(row.cell, "p99.9")),
        Figure("max ms", 8, lambda row: _latency(row.cell, "max")),
        *_cost_figures(),
        Figure("req/s", 3, lambda row: _of(row.cell.rate_per_s, figures.count)),
        *_mechanism_figures(),
    ]


def _ratio_figures(reference: str) -> list[Figure]:
    return [
        Figure(f"against\n{reference}", 3, _ratio),
        Figure("low–high\nratio", 9, _ratio_interval),
    ]


def _cost_figures() -> list[Figure]:
    return [
        Figure("busy", 4, lambda row: "" if row.cell.server_busy is None else figures.share(row.cell.server_busy)),
        Figure("CPU µs\n/req", 1, lambda row: _cpu(row.cell, "total")),
        Figure(predictions.HEAD, 6, lambda row: predictions.predicted(row.cell)),
        Figure("user\nµs", 6, lambda row: _cpu(row.cell, "user")),
        Figure("system\nµs", 6, lambda row: _cpu(row.cell, "system")),
    ]


def _mechanism_figures() -> list[Figure]:
    switches = ("voluntary_switches", "involuntary_switches")
    return [
        Figure("switches\n/req", 4, lambda row: _counted(row.cell, *switches)),
        Figure("faults\n/req", 4, lambda row: _counted(row.cell, "minor_faults", "major_faults")),
        Figure("warm-up", 3, lambda row: _warmup(row.cell)),
    ]


def _warmup(cell: Cell) -> str:
    """The class of its trials, where it isn't flat, with the time until the last level began."""
    if cell.warmup in ("", "flat"):
        return ""
    after = cell.steady_after_ns
    return cell.warmup if after is None else f"{cell.warmup}\n{figures.time(after.median)}"


def notes(run: Run, scenario: str) -> list[str]:
    """What must be said of cells one by one: why not ok, why absent, why not asked as the others were."""
    shown = (scenario, cells.COMMON_RATE) if scenario == cells.CAPACITY else (scenario,)
    said: dict[str, list[str]] = {}
    for cell in run.cells:
        if cell.scenario in shown:
            for note in _notes_of(run, cell, scenario):
                said.setdefault(note, []).append(cells.name(cell, run))
    return [f"{', '.join(dict.fromkeys(names))}: {note}" for note, names in said.items()]


def _notes_of(run: Run, cell: Cell, scenario: str) -> list[str]:
    where = "" if cell.scenario == scenario else f" in {cell.scenario}"
    noted = []
    if cell.verdict != "ok":
        noted.append(f"{cell.verdict}{where}: {cell.reason}" if cell.reason else f"{cell.verdict}{where}")
    elif cell.reason:
        noted.append(f"{cell.reason}{where}")
    compared = cells.comparison(run, cell)
    if cell.scenario != scenario or cell.verdict in cells.UNUSABLE:
        return noted
    if compared and compared.verdict == "not comparable":
        noted.append(f"not compared with {cells.reference_name(compared, run)}: {compared.reason}")
    elif cell.connections is not None:
        noted.append(f"ran at {figures.counted(cell.connections, 'connection')}, as it serves no more at a time")
    return [*noted, *phrases.shares(cell)]


def _verdicts(rows: list[Row]) -> list[Column]:
    values = ["" if row.cell.verdict == "ok" else row.cell.verdict for row in rows]
    return [Column("verdict", values, 0, is_text=True)] if any(values) else []


def _value(figure: Figure, row: Row) -> str:
    """A server that answered wrongly has no figures worth showing."""
    return "" if row.cell.verdict in cells.UNUSABLE else figure.of(row)


def folded(name: str, width: int = NAME_WIDTH) -> str:
    """A name with settings in it, which fills half a terminal, on lines of its own."""
    return name.replace(" ", "\n  ", 1) if len(name) > width else name


def says_something(column: Column) -> bool:
    """Whether any row has a value there."""
    return any(column.values)


def _title(scenario: str, offered: float | None) -> str:
    return f"{scenario}, at {figures.count(offered)} req/s" if offered else scenario


def _ratio(row: Row) -> str:
    if row.reference:
        return "1"
    if row.comparison is None or row.comparison.verdict == "not comparable":
        return ""
    return figures.ratio(row.comparison.ratio.median)


def _ratio_interval(row: Row) -> str:
    return _interval(row.comparison.ratio, figures.digits) if row.comparison and _ratio(row) not in ("", "1") else ""


def _of(estimate: Estimate | None, wording: Callable[[float], str]) -> str:
    return wording(estimate.median) if estimate else ""


def _interval(estimate: Estimate | None, wording: Callable[[float], str]) -> str:
    return "–".join(map(wording, estimate.interval)) if estimate and estimate.interval else ""


def _latency(cell: Cell | None, quantile: str) -> str:
    value = cells.latency(cell, quantile) if cell else None
    return "" if value is None else figures.milliseconds(value)


def _cpu(cell: Cell, part: str) -> str:
    cpu = cell.server_cpu_ns_per_request
    return "" if cpu is None else figures.microseconds(getattr(cpu, part).median)


def _counted(cell: Cell, *names: str) -> str:
    known = [cell.counters[name] for name in names if cell.counters.get(name) is not None]
    return figures.per_request(sum(known)) if known else ""
