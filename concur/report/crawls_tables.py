"""The ranked table of a scenario of crawls, as a Grid of text; `table.py` draws it. Pure."""

from collections.abc import Callable

from concur.bench.crawls.results import Cell, Run
from concur.bench.crawls.verdicts import line_share
from concur.bench.results import Estimate
from concur.report import crawls_cells as cells
from concur.report import figures
from concur.report.columns import Column, Grid, folded

Of = Callable[[Cell], str]


def grids(run: Run) -> list[Grid]:
    """A table for each scenario that is no part of a sweep."""
    return [grid(run, scenario) for scenario in cells.scenarios(run)]


def grid(run: Run, scenario: str) -> Grid:
    """The table of one scenario: ranked cells, then those that were wrong or failed, absent ones in the notes."""
    here = cells.cells_of(run, scenario)
    good = cells.ranked(here)
    rows = good + [cell for cell in here if cell not in good and cell.verdict != "absent"]
    columns = [Column(head, [_value(of, cell) for cell in rows], priority) for head, priority, of in _figures(run)]
    bound = Column("bound by", [_value(lambda cell: cell.bound_by, cell) for cell in rows], 2, is_text=True)
    verdicts = Column("verdict", ["" if row.verdict == "ok" else row.verdict for row in rows], 0, is_text=True)
    names = Column("model", [folded(cells.name(cell, run)) for cell in rows], 0, is_text=True)
    shown = [names, *(one for one in (*columns, bound, verdicts) if any(one.values))]
    return Grid(title(run, scenario), shown, [cell.verdict for cell in rows], notes(run, scenario))


def title(run: Run, scenario: str) -> str:
    """`near, 20 in flight, 2,000 pages`, as it was asked for."""
    here = cells.cells_of(run, scenario)
    most = max(here, key=lambda cell: cell.in_flight, default=None)
    return f"{scenario}, {most.in_flight:,} in flight, {figures.counted(most.pages, 'page')}" if most else scenario


def _value(of: Of, cell: Cell) -> str:
    """A crawl that was wrong has no figures worth showing."""
    return "" if cell.verdict in cells.UNUSABLE else of(cell)


def _figures(run: Run) -> list[tuple[str, int, Of]]:
    reference = next((cells.name(cell, run) for cell in run.cells if cells.is_reference(run, cell)), "reference")
    return [
        ("pages/s", 0, lambda cell: _of(cell.rate_per_s, cells.rate_text)),
        ("low–high", 5, lambda cell: _interval(cell.rate_per_s)),
        (f"against\n{reference}", 4, lambda cell: _ratio(run, cell)),
        ("of the\nline", 3, _line),
        ("CPU ms\n/page", 1, lambda cell: _cpu(cell, "total")),
        ("user\nms", 7, lambda cell: _cpu(cell, "user")),
        ("system\nms", 7, lambda cell: _cpu(cell, "system")),
        ("busy", 4, lambda cell: _share(cell.busy)),
        ("web\nbusy", 6, lambda cell: _share(cell.web_busy)),
        ("in\nflight", 3, lambda cell: _count(cell.most_in_flight)),
        ("by the\nweb", 8, lambda cell: _count(cell.web_in_flight)),
        ("MiB", 3, lambda cell: _mebibytes(cell.memory_bytes)),
        ("switches\n/page", 6, _switches),
        ("2nd half\n/1st", 7, lambda cell: "" if cell.second_half is None else figures.ratio(cell.second_half)),
    ]


def notes(run: Run, scenario: str) -> list[str]:
    """What must be said of cells one by one: why not ok, why absent, why not asked as the others were."""
    said: dict[str, list[Cell]] = {}
    for cell in cells.cells_of(run, scenario):
        for note in _notes_of(cell):
            said.setdefault(note, []).append(cell)
    return [f"{cells.named(those, run)}: {note}" for note, those in said.items()]


def _notes_of(cell: Cell) -> list[str]:
    noted = []
    if cell.verdict != "ok":
        noted.append(f"{cell.verdict}: {cell.reason}" if cell.reason else cell.verdict)
    if cell.is_fewer and cell.verdict not in cells.UNUSABLE:
        pages = figures.counted(cell.pages, "page")
        noted.append(f"{cell.in_flight} in flight, {pages}, as it asks for no more at a time; not compared")
    return noted


def _of(estimate: Estimate | None, wording: Callable[[float], str]) -> str:
    return wording(estimate.median) if estimate else ""


def _interval(estimate: Estimate | None) -> str:
    return "–".join(map(cells.rate_text, estimate.interval)) if estimate and estimate.interval else ""


def _ratio(run: Run, cell: Cell) -> str:
    if cells.is_reference(run, cell):
        return "1"
    compared = cells.comparison(run, cell)
    if compared is None or compared.verdict == "not comparable":
        return ""
    return figures.ratio(compared.ratio.median)


def _line(cell: Cell) -> str:
    share = line_share(cell)
    return "" if share is None else figures.share(share)


def _cpu(cell: Cell, part: str) -> str:
    cpu = cell.cpu_ns_per_page
    return "" if cpu is None else figures.milliseconds(getattr(cpu, part).median)


def _share(value: float | None) -> str:
    return "" if value is None else figures.share(value)


def _count(value: float | None) -> str:
    return "" if value is None else figures.count(value)


def _mebibytes(value: float | None) -> str:
    return "" if value is None else figures.digits(value / 2**20)


def _switches(cell: Cell) -> str:
    known = [cell.counters[name] for name in ("voluntary_switches", "involuntary_switches") if name in cell.counters]
    return figures.per_request(sum(known)) if known else ""
