"""Models × interpreters as a picture: how each stands against the reference, on the heat map's scale. No display."""

from typing import TYPE_CHECKING

from concur.bench.results import Run
from concur.report import cells, heatmap
from concur.report.matrix import Entry, Matrix, heat

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW_INCHES, COLUMN_INCHES = 0.32, 0.85
EMPTY = "#ffffff"


def first_heat(run: Run) -> Matrix | None:
    """The ratios of the first scenario that has some."""
    return next((one for scenario in cells.scenarios(run) for one in heat(run, scenario)), None)


def draw(run: Run, matrix: Matrix) -> "Figure":
    """A field for each cell, coloured by its ratio, with its figure; notes stand below."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib.figure import Figure

    width = 2.2 + COLUMN_INCHES * len(matrix.heads)
    figure = Figure(figsize=(width, 1.2 + ROW_INCHES * len(matrix.names)), layout="constrained")
    axes = figure.subplots()
    for row, entries in enumerate(matrix.entries):
        for column, entry in enumerate(entries):
            _field(axes, column, row, entry)
    _name_axes(axes, matrix)
    rounds = cells.rounds(run)
    about = f"{run.machine.get('cpu', '')}, {rounds} round{'s' * (rounds > 1)}".strip(", ")
    axes.set_title(f"echo, {matrix.title}\n{about}", loc="left", fontsize=10)
    figure.text(0, -0.01, "\n".join(matrix.notes), va="top", fontsize=7, wrap=True)
    return figure


def _field(axes: "Axes", column: int, row: int, entry: Entry) -> None:
    ground = None if entry.gain is None else heatmap.ground_of(entry.gain)
    colour = EMPTY if ground is None else heatmap.GROUNDS[ground]
    ink = "#ffffff" if ground in heatmap.LIGHT_ON else "#000000" if ground is not None else "#666666"
    axes.fill_between((column - 0.5, column + 0.5), row - 0.5, row + 0.5, color=colour, linewidth=0)
    axes.text(column, row, entry.text, ha="center", va="center", fontsize=8, color=ink)


def _name_axes(axes: "Axes", matrix: Matrix) -> None:
    axes.set_xticks(range(len(matrix.heads)), [head.replace("\n", "") for head in matrix.heads], fontsize=8)
    axes.set_yticks(range(len(matrix.names)), matrix.names, fontsize=8)
    axes.set_xlim(-0.5, len(matrix.heads) - 0.5)
    axes.set_ylim(len(matrix.names) - 0.5, -0.5)
    axes.tick_params(length=0, top=False, labeltop=True, labelbottom=False)
    axes.spines[:].set_visible(False)
