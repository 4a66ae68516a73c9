"""How long replies took: for each model the share that came within a time, and the times of ever rarer replies."""

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

from concur.bench.results import Cell, Run
from concur.load.plan import LATENCY_QUANTILES
from concur.report import cells, figures
from concur.report.hdr import pooled
from concur.report.page import drawing, tables
from concur.report.page.panel_ranked import are_many, plain_scenarios, title
from concur.report.page.panels import Drawing, Panel, Results, Row, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

READ = (
    "On the left, a curve that rises early and steeply is a server that answers fast and evenly: read off which "
    "share of replies came within a time. On the right, each step is a ten times rarer reply: 99 % is the slowest "
    "in a hundred, 99.9 % in a thousand; curves that were close on the left may part here, and users feel that "
    "tail. Times are on a logarithmic axis: equal steps are equal factors."
)
QUANTILES = (0.0, 0.9, 0.99, 0.999, 0.9999, 0.99999)
MOST_LINES = 10  # in one picture; more are unreadable, and have another


class Line(NamedTuple):
    """A cell's latencies: upper ends of buckets, and the share of replies up to each."""

    cell: Cell
    ends_ns: list[float]
    shares: list[float]
    total: int


def panel(results: Results) -> Panel | None:
    """Two scales for each scenario, for each interpreter; None where no histogram was kept."""
    run = results.run
    pictures = [
        found for name in _scenarios(run) for place in cells.interpreters(run) for found in _of(run, name, place)
    ]
    if not pictures:
        return None
    drawings = [_drawing(run, index, head, lines) for index, (head, lines) in enumerate(pictures)]
    shown = dict.fromkeys(lines[0].cell.scenario for _, lines in pictures)
    return Panel(
        "latency", "How long replies took", READ, drawings, [_table(run, name) for name in shown], note=_note(run)
    )


def _of(run: Run, scenario: str, interpreter: str) -> Iterator[tuple[str, list[Line]]]:
    """The pictures of a scenario on an interpreter: what stands over each, and its lines."""
    groups = list(_groups(_lines(run, scenario, interpreter)))
    place = f" on {interpreter}" if len(cells.interpreters(run)) > 1 else ""
    for number, lines in enumerate(groups, 1):
        part = f", {number} of {len(groups)}" if len(groups) > 1 else ""
        yield f"{title(run, scenario)}{place}{part}", lines


def _drawing(run: Run, index: int, head: str, lines: Sequence[Line]) -> Drawing:
    told = (f"{line.cell.label} {figures.time(cells.latency(line.cell, 'p99') or 0)}" for line in lines[:3])
    about = f"{head}: distributions of latency of {figures.counted(len(lines), 'model')}"
    alt = f"{about}. The 99th percentiles begin with {', '.join(told)}."
    return Drawing(f"latency-{index}", alt, lambda width: _draw(width, run, head, lines))


def _scenarios(run: Run) -> list[str]:
    """Those at a common rate first, where latencies can be compared; of many cells these alone, if there are any."""
    names = plain_scenarios(run)
    common = [name for name in names if cells.offered_per_s(cells.cells_of(run, name)) is not None]
    return common if common and are_many(run) else [*common, *(name for name in names if name not in common)]


def _note(run: Run) -> str:
    is_closed = any(cells.offered_per_s(cells.cells_of(run, name)) is None for name in _scenarios(run))
    if not is_closed:
        return ""
    return (
        "Without a common rate (a closed loop) a connection sends its next message when the last reply came, so that "
        "latency is the number of connections ÷ the rate, and a pause hides itself: few messages are sent meanwhile."
    )


def _lines(run: Run, scenario: str, interpreter: str) -> list[Line]:
    here = [cell for cell in cells.ranked(cells.cells_of(run, scenario)) if cell.interpreter == interpreter]
    return [line for cell in here if (line := _line(cell)) is not None]


def _groups(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """As many pictures as are needed, of about as many lines each."""
    count = -(-len(lines) // MOST_LINES)
    size = -(-len(lines) // count) if count else 1
    yield from (list(lines[start : start + size]) for start in range(0, len(lines), size))


def _line(cell: Cell) -> Line | None:
    """The pooled histogram of its trials as cumulative shares."""
    pairs, total = pooled(cell).pairs(), pooled(cell).total
    if not total:
        return None
    seen = accumulate(count for _, count in pairs)
    return Line(cell, [float(end) for end, _ in pairs], [count / total for count in seen], total)


def _draw(width: float, run: Run, head: str, lines: Sequence[Line]) -> "Figure":
    narrow = drawing.is_narrow(width)
    columns = 2 if narrow else 4
    legend_inches = 0.19 * -(-len(lines) // columns) + 0.1
    made = drawing.figure(width, (4.6 if narrow else 2.9) + legend_inches + 0.3)
    left, right = made.subplots(2, 1) if narrow else made.subplots(1, 2)
    for line in lines:
        _shares(left, run, line)
        _spectrum(right, run, line)
    _name_axes(left, right)
    made.legend(
        *left.get_legend_handles_labels(), loc="outside lower left", ncols=columns, fontsize=drawing.TYPE_PT - 0.5
    )
    drawing.headline(made, head)
    return made


def _look(line: Line) -> dict[str, Any]:
    return drawing.line_style(line.cell.model) | {"markevery": (0.05, 0.2), "markersize": 3.5, "linewidth": 1.2}


def _shares(axes: "Axes", run: Run, line: Line) -> None:
    (drawn,) = axes.plot(line.ends_ns, line.shares, label=drawing.short(line.cell.label), **_look(line))
    drawing.mark(drawn, line.cell.label, _told(line))


def _spectrum(axes: "Axes", run: Run, line: Line) -> None:
    """Up to where a single reply decides."""
    points = [
        (1 / (1 - share), end)
        for share, end in zip(line.shares, line.ends_ns, strict=True)
        if share < 1 - 1 / line.total
    ]
    if points:
        (drawn,) = axes.plot(*zip(*points, strict=True), **_look(line))
        drawing.mark(drawn, line.cell.label, _told(line))


def _told(line: Line) -> str:
    named = (
        f"{name} {figures.time(one.median)}"
        for name, one in line.cell.latency_ns.items()
        if name in ("p50", "p99", "p99.9")
    )
    return f"{line.cell.label}: {', '.join(named)}"


def _name_axes(left: "Axes", right: "Axes") -> None:
    from matplotlib.ticker import NullLocator

    drawing.log_axis(left, "x", figures.time)
    drawing.log_axis(right, "y", figures.time)
    left.set_xlabel("latency")
    left.set_ylabel("replies within it")
    left.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "25 %", "50 %", "75 %", "100 %"])
    right.set_xscale("log")
    right.set_xlabel("share of replies within it")
    right.set_ylabel("latency")
    last = right.get_xlim()[1]
    shown = [one for one in QUANTILES if 1 / (1 - one) <= last]
    right.set_xticks([1 / (1 - one) for one in shown], [f"{100 * one:g} %" for one in shown])
    right.set_xlim(left=1)
    right.xaxis.set_minor_locator(NullLocator())
    for axes in (left, right):
        axes.grid()


def _table(run: Run, scenario: str) -> Table:
    rows = []
    for cell in cells.ranked(cells.cells_of(run, scenario)):
        values = [tables.figure(cells.latency(cell, name), 1e6) for name in LATENCY_QUANTILES]
        rows.append(Row([cells.name(cell, run), *values, tables.interval(cell.latency_ns.get("p99"), 1e6)], cell.label))
    heads = ["model", *(f"{name} ms" for name in LATENCY_QUANTILES), "p99 low–high"]
    return Table(f"Latency in {title(run, scenario)}", heads, rows)
