"""Models × interpreters: each cell against the reference, on the heat map's scale, its figure in it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from concur.report import cells, heatmap, matrix
from concur.report.matrix import Entry, Matrix
from concur.report.page import bars, drawing, tables
from concur.report.page.drawing import INK, SOFT
from concur.report.page.panels import Drawing, Panel, Results
from concur.report.sweeps import is_sweep

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW_INCHES, ENDS_INCHES = 0.25, 0.75
READ = (
    "Each field is a model on an interpreter; its figure says how many times the reference's rate it reached (of "
    "latencies: its time over the reference's). Blue is better than the reference, orange worse, pale about the "
    "same. Read along a row to see what the interpreter changes, down a column to see what the model does; a "
    "letter stands for a missing figure, whose reason is below."
)
DARK, LIGHT = "#010101", "#ffffff"  # on the grounds, which are the same in the dark


def panel(results: Results) -> Panel | None:
    """A map for each scenario with a reference; None of a run on one interpreter, and of a sweep."""
    run = results.run
    if not matrix.is_matrix(run) or is_sweep(run):
        return None
    heats = [one for scenario in cells.scenarios(run) for one in matrix.heat(run, scenario)]
    if not heats:
        return None
    named = tables.labels(run, run.cells)
    drawings = [Drawing(f"map-{index}", _alt(one), _drawer(one, named)) for index, one in enumerate(heats)]
    shown = [tables.of_grid(matrix.as_grid(one), named) for one in heats]
    return Panel("heat-map", "Models on interpreters", READ, drawings, shown)


def _alt(one: Matrix) -> str:
    known = [
        (entry.gain, name, head.replace("\n", ""), entry.text)
        for name, row in zip(one.names, one.entries, strict=True)
        for head, entry in zip(one.heads, row, strict=True)
        if entry.gain is not None
    ]
    if not known:
        return f"{one.title}: no ratio is known."
    (_, best, on, ratio), (_, worst, under, other) = max(known), min(known)
    return f"{one.title}: from {best} on {on}, {ratio}, to {worst} on {under}, {other}."


def _drawer(one: Matrix, named: dict[str, str]) -> "Callable[[float], Figure]":
    return lambda width: _draw(width, one, named)


def _draw(width: float, one: Matrix, named: dict[str, str]) -> "Figure":
    """On a phone each row's name stands above its fields, so that these have all the width."""
    narrow = drawing.is_narrow(width)
    made = drawing.figure(width, ENDS_INCHES + ROW_INCHES * len(one.names) * (1.75 if narrow else 1))
    axes = made.subplots()
    step = 1.75 if narrow else 1.0
    for row, (name, entries) in enumerate(zip(one.names, one.entries, strict=True)):
        for column, entry in enumerate(entries):
            told = f"{name.replace(chr(10), ' ')} on {one.heads[column].replace(chr(10), '')}: {entry.text}"
            _field(axes, column, row * step, entry, named.get(name, ""), told)
        if narrow:
            text = axes.text(
                -0.5, row * step - 0.56, drawing.short(name, 48), va="bottom", fontsize=drawing.TYPE_PT - 0.5, color=INK
            )
            drawing.mark(text, named.get(name, ""), name)
    _name_axes(axes, one, step, is_named=not narrow)
    drawing.headline(made, one.title)
    return made


def _field(axes: "Axes", column: int, row: float, entry: Entry, series: str, told: str) -> None:
    ground = None if entry.gain is None else heatmap.ground_of(entry.gain)
    if ground is not None:
        (bar,) = axes.barh(row, 0.96, left=column - 0.48, height=0.92, color=heatmap.GROUNDS[ground])
        drawing.mark(bar, series, told)
    colour = SOFT if ground is None else LIGHT if ground in heatmap.LIGHT_ON else DARK
    size = drawing.TYPE_PT if len(entry.text) < 6 else drawing.TYPE_PT - 1
    text = axes.text(column, row, entry.text, ha="center", va="center", fontsize=size, color=colour)
    drawing.mark(text, series, told)


def _name_axes(axes: "Axes", one: Matrix, step: float, *, is_named: bool) -> None:
    heads = [head if len(one.heads) > 6 else head.replace("\n", "") for head in one.heads]
    axes.set_xticks(range(len(heads)), heads)
    axes.set_yticks(
        [row * step for row in range(len(one.names))] if is_named else [],
        [bars.wrapped(name) for name in one.names] if is_named else [],
    )
    axes.set_xlim(-0.5, len(one.heads) - 0.5)
    axes.set_ylim((len(one.names) - 1) * step + 0.5, -0.5 if is_named else -1.3)
    axes.tick_params(length=0, top=False, labeltop=True, labelbottom=False)
    axes.spines[:].set_visible(False)
