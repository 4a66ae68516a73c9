"""Rows of names with a bar or a point each, and strips with several points: what most panels draw."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from concur.report.page import drawing
from concur.report.page.drawing import FAINT, INK, PAPER, SOFT
from concur.report.plot import look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW_INCHES, ENDS_INCHES = 0.22, 0.55  # of a row; of the axis and its words
LONGEST = 24  # characters of a name on one line


class Bar(NamedTuple):
    """One row: what stands beside it, whose it is, its value and interval, and the words for its value."""

    name: str
    model: str
    series: str
    value: float
    ends: tuple[float, float] | None
    told: str


def height(rows: int, names: Sequence[str] = ()) -> float:
    """Inches of a figure with so many rows; a name on several lines takes more."""
    lines = sum(max(1, 0.6 * (name.count("\n") + 1)) for name in names) or rows
    return ENDS_INCHES + ROW_INCHES * max(lines, 1)


def wrapped(name: str, width: int = LONGEST) -> str:
    """A long name on at most three lines, none of them longer than that."""
    import textwrap

    if len(name) > width:
        name = name.replace(" (", "\n(", 1)
    lines = [line for part in name.split("\n") for line in textwrap.wrap(part, width, max_lines=2, placeholder=" …")]
    return "\n".join(lines[:3]) or drawing.short(name, width)


def bars(axes: "Axes", rows: Sequence[Bar], label: str) -> None:
    """A bar from zero for each row, with its interval and its value in words at the end."""
    for index, row in enumerate(rows):
        one = look(row.model)
        made = axes.barh(
            index, row.value, color=one.colour, hatch=one.hatch[:2], edgecolor=PAPER, linewidth=0, height=0.72
        )
        drawing.mark(made[0], row.series, f"{row.name}: {row.told}")
        if row.ends:
            (line,) = axes.plot(row.ends, [index, index], color=INK, linewidth=1, marker="|", markersize=5)
            drawing.mark(line, row.series, f"{row.name}: {row.told}")
        _value(axes, index, max(row.value, *(row.ends or (0.0,))), row)
    _rows(axes, [row.name for row in rows])
    axes.set_xlim(0, 1.18 * max((max(row.value, *(row.ends or (0.0,))) for row in rows), default=1) or 1)
    axes.set_xlabel(label)
    axes.grid(axis="x")


def points(axes: "Axes", rows: Sequence[Bar], label: str) -> None:
    """A point for each row, for a logarithmic scale, where lengths from zero would say nothing."""
    for index, row in enumerate(rows):
        one = look(row.model)
        if row.ends:
            (line,) = axes.plot(row.ends, [index, index], color=INK, linewidth=1, marker="|", markersize=5)
            drawing.mark(line, row.series, f"{row.name}: {row.told}")
        (point,) = axes.plot([row.value], [index], color=one.colour, marker=one.marker, markersize=6)
        drawing.mark(point, row.series, f"{row.name}: {row.told}")
        _value(axes, index, max(row.value, *(row.ends or (0.0,))), row)
    _rows(axes, [row.name for row in rows])
    axes.margins(x=0.25)
    axes.set_xlabel(label)
    axes.grid(axis="x")


def _value(axes: "Axes", index: int, right: float, row: Bar) -> None:
    text = axes.annotate(
        row.told.partition(" (")[0], (right, index), (4, 0), textcoords="offset points",
        va="center", fontsize=drawing.TYPE_PT - 1, color=SOFT,
    )  # fmt: skip
    drawing.mark(text, row.series, f"{row.name}: {row.told}")


def _rows(axes: "Axes", names: Sequence[str]) -> None:
    axes.set_yticks(range(len(names)), [wrapped(name) for name in names], fontsize=drawing.TYPE_PT)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_color(FAINT)


class Strip(NamedTuple):
    """One row with a point for each interpreter that has a value: (interpreter, value, words)."""

    name: str
    series: str
    points: list[tuple[str, float, str]]


def strips(
    width: float, rows: Sequence[Strip], label: str, wording: Callable[[float], str], *, is_log: bool = False
) -> "Figure":
    """A figure with a row for each model, and in it a point for each interpreter in its look."""
    from concur.report.gil.looks import interpreter

    names = list(dict.fromkeys(point[0] for row in rows for point in row.points))
    legend_inches = 0.2 * -(-len(names) // (3 if drawing.is_narrow(width) else 8))
    made = drawing.figure(width, height(len(rows)) + legend_inches)
    axes = made.subplots()
    for index, row in enumerate(rows):
        for name, value, told in row.points:
            one = interpreter(name)
            (point,) = axes.plot([value], [index], color=one.colour, marker=one.marker, markersize=5, linestyle="none")
            drawing.mark(point, row.series, f"{row.name}, {name}: {told}")
    _rows(axes, [row.name for row in rows])
    axes.grid(axis="x")
    axes.grid(axis="y", linewidth=0.4)
    if is_log:
        drawing.log_axis(axes, "x", wording)
    else:
        axes.set_xlim(left=0)
        axes.xaxis.set_major_formatter(lambda value, _: wording(value))
    axes.set_xlabel(label)
    _legend(made, names)
    return made


def _legend(made: "Figure", names: Sequence[str]) -> None:
    from matplotlib.lines import Line2D

    from concur.report.gil.looks import interpreter

    looks = {name: interpreter(name) for name in names}
    handles = [
        Line2D([], [], color=one.colour, marker=one.marker, linestyle="none", label=name) for name, one in looks.items()
    ]
    columns = 3 if drawing.is_narrow(made.get_figwidth()) else 8
    made.legend(handles=handles, loc="outside upper left", ncols=columns, handletextpad=0.2, columnspacing=1)
