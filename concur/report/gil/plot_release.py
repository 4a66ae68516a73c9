"""Which operations let go of the GIL: a table of dots, operations by interpreters."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from concur.gil.results import Release, Report
from concur.report.gil import looks
from concur.report.gil.rows import distinct, measured

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW_INCHES = 0.27
FEW = 20  # operations that stand in one column
UNKNOWN = "?"
MARKS = f"● lets go  ○ keeps it  {UNKNOWN} could not be told"
GROUND = "#EEEEEE"


def draw(report: Report) -> "Figure | None":
    """None where no interpreter has an answer; those without a GIL have none."""
    rows = [row for row in measured(report.release, report) if row.lets_go is not None]
    if not rows:
        return None
    names, parts = distinct(row.interpreter for row in rows), columns(rows)
    free = [subject.short for subject in report.subjects if not subject.gil]
    told = (MARKS, f"{', '.join(free)}: no GIL" if free else "", looks.made_how(report, "release", has_intervals=False))
    longest = max(sum(map(len, groups)) for groups in parts)
    figure = looks.slide("Does it let go of the GIL?", told, rows=longest + 1, row_inches=ROW_INCHES)
    all_axes = figure.subplots(1, len(parts), squeeze=False)[0]
    for axes, groups in zip(all_axes, parts, strict=True):
        _draw_column(axes, groups, names, rows)
        axes.set_ylim(longest - 0.4, -0.6)
    return figure


def columns(rows: Sequence[Release]) -> list[list[list[str]]]:
    """Operations by group, in two columns of about a length where they are many; no group is divided. Pure."""
    groups = [
        list(distinct(row.operation for row in rows if row.group == group)) for group in distinct(r.group for r in rows)
    ]
    if sum(map(len, groups)) <= FEW:
        return [groups]
    lengths = [len(group) for group in groups]
    cut = min(range(1, len(groups) + 1), key=lambda at: abs(sum(lengths[:at]) - sum(lengths[at:])))
    return [part for part in (groups[:cut], groups[cut:]) if part]


def _draw_column(axes: "Axes", groups: Sequence[list[str]], names: Sequence[str], rows: Sequence[Release]) -> None:
    """Every other group stands on a ground of its own."""
    answers = {(row.operation, row.interpreter): bool(row.lets_go) for row in rows}
    operations = [operation for group in groups for operation in group]
    for group in groups[::2]:
        first = operations.index(group[0])
        axes.axhspan(first - 0.5, first + len(group) - 0.5, color=GROUND, linewidth=0, zorder=0)
    for at, operation in enumerate(operations):
        for column, name in enumerate(names):
            _dot(axes, column, at, name, answers.get((operation, name)))
    axes.set_yticks(range(len(operations)), operations)
    axes.set_xlim(-0.6, len(names) - 0.4)
    axes.set_xticks(range(len(names)), names, rotation=60, ha="left", rotation_mode="anchor")
    axes.tick_params(length=0, top=False, labeltop=True, labelbottom=False)
    axes.spines[:].set_visible(False)


def _dot(axes: "Axes", column: int, at: int, name: str, lets_go: bool | None) -> None:
    look = looks.interpreter(name)
    if lets_go is None:
        axes.text(column, at, UNKNOWN, ha="center", va="center", color=looks.GREY)
        return
    face = look.colour if lets_go else "white"
    axes.plot(column, at, "o", color=look.colour, markerfacecolor=face, markersize=10, mew=2)
