"""What primitives cost, as a picture: a point for each interpreter on a logarithmic axis, in groups. No display."""

from pathlib import Path
from typing import TYPE_CHECKING

from concur.bench.primitives import Primitives
from concur.errors import MachineError, UsageError
from concur.report.gil import looks
from concur.report.plot import check_ending
from concur.report.primitives import Board, Key

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZE_INCHES, DPI = (16.0, 9.0), 120  # a slide
FONT_POINTS = 11


def save(found: Primitives, path: Path) -> None:
    """Draw them into a file as its ending says.

    Raises UsageError for another ending or where nothing has figures, MachineError where the file cannot be written.
    """
    check_ending(path)
    board = Board(found)
    if not board.columns:
        raise UsageError("there is nothing to draw", why="no interpreter has figures")
    try:
        draw(board).savefig(path, dpi=DPI)
    except OSError as error:
        raise MachineError(
            f"{path} cannot be written", why=error.strerror or str(error), do="Name another file."
        ) from None


def draw(board: Board) -> "Figure":
    """Two columns of rows over one scale, which the interpreters' marks are explained above."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE_INCHES, layout="constrained")
    halves = [half for half in _halves(board.keys()) if half]
    panels = figure.subplots(1, len(halves), sharex=True, squeeze=False)[0]
    for axes, groups in zip(panels, halves, strict=True):
        _panel(axes, groups, board)
    figure.suptitle("What one costs: median, the line is between the quartiles", x=0.01, ha="left", fontsize=15)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=len(labels), frameon=False, fontsize=FONT_POINTS)
    return figure


def _halves(groups: dict[str, list[Key]]) -> tuple[dict[str, list[Key]], dict[str, list[Key]]]:
    """The groups in two parts of about as many rows; none is divided."""
    rows = [len(keys) + 1 for keys in groups.values()]
    cut = min(range(len(rows) + 1), key=lambda at: abs(sum(rows[:at]) - sum(rows[at:])))
    named = list(groups.items())
    return dict(named[:cut]), dict(named[cut:])


def _panel(axes: "Axes", groups: dict[str, list[Key]], board: Board) -> None:
    """Its rows from above: a group's name, then its primitives."""
    labels: list[str] = []
    rows: list[tuple[int, Key]] = []
    for group, keys in groups.items():
        axes.axhspan(len(labels) - 0.5, len(labels) + 0.5, color="#eeeeee", linewidth=0)
        labels.append(group)
        rows += [(len(labels) + offset, key) for offset, key in enumerate(keys)]
        labels += [name for _, name in keys]
    for index, column in enumerate(board.columns):
        _points(axes, rows, board, index, column.interpreter)
    axes.set_yticks(range(len(labels)), labels, fontsize=FONT_POINTS)
    for text in axes.get_yticklabels():
        text.set_fontweight("bold" if text.get_text() in groups else "normal")
    axes.set_ylim(len(labels) - 0.5, -0.5)
    _scale(axes)


def _points(axes: "Axes", rows: list[tuple[int, Key]], board: Board, index: int, name: str) -> None:
    """One interpreter's, a little above or below those of the others."""
    look = looks.interpreter(name)
    offset = 0.5 * ((index + 0.5) / len(board.columns) - 0.5)
    found = [(row + offset, one) for row, key in rows if (one := board.row(key)[index]) and one.median_ns]
    axes.plot(
        [one.median_ns for _, one in found if one.median_ns],
        [row for row, _ in found],
        marker=look.marker,
        color=look.colour,
        linestyle="",
        markersize=6,
        label=name,
    )
    for row, one in found:
        if one.quartiles_ns:
            axes.plot(one.quartiles_ns, [row, row], color=look.colour, linewidth=1.5)


def _scale(axes: "Axes") -> None:
    from matplotlib.ticker import FuncFormatter

    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: looks.round_time(value)))
    axes.tick_params(axis="x", labelsize=FONT_POINTS)
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="x", alpha=0.3)
    axes.set_axisbelow(True)
