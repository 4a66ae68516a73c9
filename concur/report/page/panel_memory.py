"""Memory a connection: what each model needs for one that is idle, and whether that grows in a line."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from concur.bench.figure import Estimate
from concur.bench.memory.records import Memory, MemoryPoint, MemoryRow
from concur.report import figures
from concur.report import memory_table as told
from concur.report.memory_words import findings
from concur.report.page import bars, drawing, tables
from concur.report.page.bars import Strip
from concur.report.page.drawing import FAINT, INK, SOFT
from concur.report.page.panels import Drawing, Panel, Results, Table, Value
from concur.report.plot import look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

READ = (
    "Each mark is what one more idle connection adds to a server's memory; less is better, the axis goes in factors. "
    "The grey line goes on to what the kernel holds besides: the socket, and of a thread or a process its stack and "
    "page tables. In the second picture each line is a model that is given more and more connections: "
    "where the points lie on it, the ten-thousandth connection costs as much as the first."
)
FEW = 24  # rows that are drawn one by one; of more, a row is a model with a mark for each interpreter
MIB = 2**20


def panel(results: Results) -> Panel | None:
    """The run's own memory, else that of the newest `concur bench --memory` beside it."""
    memory, origin = _found(results)
    if memory is None or not told.measured(memory):
        return None
    rows = told.measured(memory)
    drawings = [Drawing("memory-connection", _alt(rows, memory), lambda width: ranked(width, rows, memory))]
    if (lines := _lines(rows)) and not _are_many(rows):
        drawings.append(
            Drawing("memory-growth", _alt_growth(lines, memory), lambda width: growth(width, lines, memory))
        )
    says = findings(memory) if origin else ()  # else they are the page's verdict
    return Panel(
        "memory",
        "Memory a connection",
        READ,
        drawings,
        [_table(memory)],
        note=origin,
        says=says,
    )


def _found(results: Results) -> tuple[Memory | None, str]:
    if results.run.memory is not None:
        return results.run.memory, ""
    other = results.others.get("memory")
    if other is None or other.memory is None:
        return None, ""
    return other.memory, f"From {other.id}, measured at {other.started_at[:16].replace('T', ' ')}."


def _are_many(rows: Sequence[MemoryRow]) -> bool:
    return len(rows) > FEW and len({row.interpreter for row in rows}) > 1


def ranked(width: float, rows: Sequence[MemoryRow], memory: Memory) -> "Figure":
    """A point for each row on a logarithmic axis, and a line on to what the kernel holds besides."""
    if _are_many(rows):
        return _strips(width, rows)
    names = [bars.wrapped(_name(row, memory)) for row in rows]
    made = drawing.figure(width, bars.height(len(rows), names) + 0.1)
    axes = made.subplots()
    for index, row in enumerate(rows):
        _mark(axes, index, row, memory)
    axes.set_yticks(range(len(rows)), names)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_color(FAINT)
    axes.set_xlabel("memory of a connection")
    axes.grid(axis="x")
    is_narrow = drawing.is_narrow(width)
    _log(axes, room=1.7 if is_narrow else 0.6, is_narrow=is_narrow)
    return made


def _mark(axes: "Axes", index: int, row: MemoryRow, memory: Memory) -> None:
    """The process's part as the model's mark, the kernel's as a line beyond it, the figure at the right end."""
    one, value, both = look(row.model), max(told.median(row), 1.0), told.with_kernel(row)
    ends = _ends(row.bytes_per_connection)
    words = f"{told.name(row, memory)}: {_words(row)}"
    right = max(value, both or 0.0, *(ends or (0.0,)))
    made = axes.plot([value, right], [index, index], color=SOFT, linewidth=1, zorder=1) if both else []
    made += axes.plot([both], [index], color=SOFT, marker="|", markersize=6, zorder=1) if both else []
    made += (
        axes.plot(ends, [index, index], color=INK, linewidth=1.2, marker="|", markersize=6, zorder=2) if ends else []
    )
    made += axes.plot([value], [index], color=one.colour, marker=one.marker, markersize=6, linestyle="none", zorder=3)
    label = axes.annotate(
        told.size(told.median(row)), (right, index), (5, 0), textcoords="offset points",
        va="center", fontsize=drawing.TYPE_PT - 1, color=SOFT,
    )  # fmt: skip
    for artist in (*made, label):
        drawing.mark(artist, row.label, words)


def _words(row: MemoryRow) -> str:
    ends, both = told.span(row.bytes_per_connection), told.with_kernel(row)
    kernel = "" if both is None else f", {told.size(both)} with the kernel's part"
    return told.size(told.median(row)) + (f" ({ends})" if ends else "") + kernel


def _log(axes: "Axes", room: float, *, is_narrow: bool) -> None:
    """A logarithmic axis with ticks at powers of four; room: decades free at the right, for the figures."""
    from matplotlib.ticker import FixedLocator, NullLocator

    axes.set_xscale("log")
    low, high = axes.get_xlim()
    high *= 10**room
    shown = [step for step in (float(4**power) for power in range(20)) if low <= step <= high]
    axes.xaxis.set_major_locator(FixedLocator(shown[:: 1 + len(shown) // (4 if is_narrow else 8)]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(lambda value, _: drawing.IDLE.sub("", told.size(value)))
    axes.set_xlim(low, high)


def _name(row: MemoryRow, memory: Memory) -> str:
    fewer = told.most(row) < memory.levels[-1]
    return told.name(row, memory) + (f" (up to {told.most(row):,})" if fewer else "")


def _ends(one: Estimate | None) -> tuple[float, float] | None:
    return (max(one.interval[0], 1.0), max(one.interval[1], 1.0)) if one and one.interval else None


def _strips(width: float, rows: Sequence[MemoryRow]) -> "Figure":
    found: dict[str, Strip] = {}
    for row in rows:
        at = max(told.median(row), 1.0)
        found.setdefault(row.label, Strip(row.label, row.label, [])).points.append(
            (row.interpreter, at, told.size(told.median(row)))
        )
    made = bars.strips(width, list(found.values()), "memory of a connection", told.size, is_log=True)
    _log(made.axes[0], room=0, is_narrow=drawing.is_narrow(width))
    return made


Line = tuple[MemoryRow, list[tuple[int, float]]]  # (connections, bytes above those without any)


def _lines(rows: Sequence[MemoryRow]) -> list[Line]:
    """What each row's rounds held above none, their mean at each level."""
    return [(row, points) for row in rows if len(points := list(_means(row))) > 1]


def _means(row: MemoryRow) -> Iterator[tuple[int, float]]:
    whole = [trial.points for trial in row.trials if trial.verdict == "ok" and trial.points]
    for level in row.levels:
        added = [point.bytes - points[0].bytes for points in whole if (point := _at(points, level))]
        if added:
            yield level, sum(added) / len(added)


def _at(points: Sequence[MemoryPoint], level: int) -> MemoryPoint | None:
    return next((point for point in points if point.connections == level), None)


def growth(width: float, lines: Sequence[Line], memory: Memory) -> "Figure":
    """Memory above that without a connection, by connections: points as read, a line for the slope.

    Those that need more than others by far have a picture of their own: on one axis the rest would lie on the ground.
    """
    groups = _by_height(lines)
    stacked = drawing.is_narrow(width)
    legend_inches = 0.17 * -(-len(lines) // (2 if stacked else 5)) + 0.1
    made = drawing.figure(width, (2.1 * len(groups) if stacked else 2.5) + legend_inches)
    shape = (len(groups), 1) if stacked else (1, len(groups))
    for axes, group in zip(made.subplots(*shape, squeeze=False).flat, groups, strict=True):
        _grow(axes, group, memory)
    _legend(made, lines, memory, 2 if stacked else 5)
    return made


def _by_height(lines: Sequence[Line]) -> list[list[Line]]:
    """Two groups where the highest line is over four times as steep as another, cut at the widest gap; else one."""
    order = sorted(lines, key=lambda line: told.median(line[0]))
    steep = [max(told.median(row), 1.0) for row, _ in order]
    if len(order) < 3 or steep[-1] < 4 * steep[0]:
        return [order]
    gaps = [after / before for before, after in pairwise(steep)]
    cut = gaps.index(max(gaps)) + 1
    return [order[:cut], order[cut:]]


def _grow(axes: "Axes", group: Sequence[Line], memory: Memory) -> None:
    from matplotlib.ticker import MaxNLocator

    for row, points in group:
        style = drawing.line_style(row.model)
        xs, ys = [float(level) for level, _ in points], [added / MIB for _, added in points]
        slope = told.median(row)
        words = f"{told.name(row, memory)}: {told.size(slope)} a connection"
        (fitted,) = axes.plot([0, xs[-1]], [0, slope * xs[-1] / MIB], color=style["color"], linewidth=1)
        (seen,) = axes.plot(xs, ys, **{**style, "linestyle": "none"})
        drawing.mark(fitted, row.label, words)
        drawing.mark(seen, row.label, words)
    for axis, most in ((axes.xaxis, axes.get_xlim()[1]), (axes.yaxis, axes.get_ylim()[1])):
        axis.set_view_interval(0, most, ignore=True)
        axis.set_ticks([tick for tick in MaxNLocator(5).tick_values(0, most) if 0 <= tick <= most])
    axes.set_xlabel("idle connections")
    axes.set_ylabel("MiB added")
    axes.xaxis.set_major_formatter(lambda value, _: figures.count(value))
    axes.grid()


def _legend(made: "Figure", lines: Sequence[Line], memory: Memory, columns: int) -> None:
    from matplotlib.lines import Line2D

    handles = []
    for row, _ in lines:
        one = look(row.model)
        label = told.name(row, memory)
        handles.append(Line2D([], [], color=one.colour, marker=one.marker, markersize=4, linewidth=1, label=label))
    made.legend(
        handles=handles, loc="outside upper left", ncols=columns, fontsize=drawing.TYPE_PT - 1, labelcolor=INK,
        handletextpad=0.4, columnspacing=1,
    )  # fmt: skip


def _alt(rows: Sequence[MemoryRow], memory: Memory) -> str:
    first, last = rows[0], rows[-1]
    return (
        f"Memory of one idle connection for {len(rows)} targets, from {told.name(first, memory)} with "
        f"{told.size(told.median(first))} up to {told.name(last, memory)} with {told.size(told.median(last))}."
    )


def _alt_growth(lines: Sequence[Line], memory: Memory) -> str:
    crooked = [told.name(row, memory) for row, _ in lines if row.verdict == "not linear"]
    return (
        f"Memory added by idle connections, up to {max(told.most(row) for row, _ in lines):,} of them: "
        f"{len(lines)} lines, {'all straight' if not crooked else 'crooked: ' + ', '.join(crooked)}."
    )


def _table(memory: Memory) -> Table:
    """The table of the terminal; its columns are sorted by bytes, not by what is written."""
    made = tables.of_grid(told.grid(memory), {told.name(row, memory): row.label for row in memory.rows})
    return made._replace(rows=[row._replace(values=[_in_bytes(value) for value in row.values]) for row in made.rows])


def _in_bytes(value: Value | str) -> Value | str:
    if isinstance(value, str) or value.order is None:
        return value
    unit = next((size for size, letters in told.UNITS if value.text.endswith(letters)), 1)
    return Value(value.text.replace(" ", "\N{NO-BREAK SPACE}"), value.order * unit)
