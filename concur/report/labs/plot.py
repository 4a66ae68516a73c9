"""Evidence as a picture beside the predictions: bars or lines, as lab.toml's [plot] says. matplotlib, no display."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from concur.errors import MachineError
from concur.report.labs.beside import number
from concur.report.labs.chart import label, points
from concur.report.plot import MARKERS, PALETTE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from concur.labs.lab import Lab, Plot

FORMATS = ("svg", "png")
WIDTH_INCHES, LINES_INCHES, ROW_INCHES, DPI = 9.0, 5.0, 0.6, 120
PREDICTED = "#D55E00"


def save(lab: "Lab", predicted: Mapping[str, Any], values: Mapping[str, Any], beside: Path) -> list[Path]:
    """Draw the lab's evidence into beside.svg and beside.png; none where there is nothing to draw.

    Raises MachineError where they cannot be written.
    """
    if lab.plot is None or not any(name in values for name in lab.plot.series):
        return []
    figure = draw(lab, lab.plot, predicted, values)
    paths = [beside.with_suffix(f".{ending}") for ending in FORMATS]
    for path in paths:
        try:
            figure.savefig(path, dpi=DPI)
        except OSError as error:
            raise MachineError(
                f"{path} cannot be written", why=error.strerror or str(error), do="Make room, and run it again."
            ) from None
    return paths


def draw(lab: "Lab", plot: "Plot", predicted: Mapping[str, Any], values: Mapping[str, Any]) -> "Figure":
    """The figure; what was predicted of a bar stands on it as a diamond."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib.figure import Figure

    measured = {name: values[name] for name in plot.series if name in values}
    height = 1.4 + ROW_INCHES * len(measured) if plot.kind == "bars" else LINES_INCHES
    figure = Figure(figsize=(WIDTH_INCHES, height), layout="constrained")
    axes = figure.subplots()
    if plot.kind == "bars":
        _bars(axes, plot, measured, {one.measured: predicted.get(one.id) for one in lab.predictions})
    else:
        _lines(axes, plot, measured)
    figure.suptitle(plot.title or lab.title, x=0.01, ha="left", fontsize=13)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return figure


def _bars(axes: "Axes", plot: "Plot", measured: Mapping[str, Any], predicted: Mapping[str, Any]) -> None:
    """Lying bars, so that their names have room: figures are on the x axis, in the plot's unit y."""
    figures = {name: float(value) for name, value in measured.items() if isinstance(value, int | float)}
    rows = range(len(figures))
    drawn = axes.barh(rows, list(figures.values()), color=PALETTE[0], height=0.6, label="measured")
    axes.bar_label(drawn, [f" {number(value)}" for value in figures.values()])
    guesses = [(predicted.get(name), row) for row, name in enumerate(figures)]
    shown = [(guess, row) for guess, row in guesses if isinstance(guess, int | float)]
    if shown:
        axes.plot(*zip(*shown, strict=True), "D", color=PREDICTED, label="predicted", markersize=8)
        axes.legend(frameon=False, loc="best")
    axes.set_yticks(rows, [label(name) for name in figures])
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.set_xlabel(f"{plot.y}{', logarithmic' if _is_log(plot, figures.values()) else ''}")
    if _is_log(plot, figures.values()):
        axes.set_xscale("log")


def _lines(axes: "Axes", plot: "Plot", measured: Mapping[str, Any]) -> None:
    for at, (name, value) in enumerate(measured.items()):
        pairs = points(value)
        xs, ys = [x for x, _ in pairs], [y for _, y in pairs]
        look = {"color": PALETTE[at % len(PALETTE)], "marker": MARKERS[at % len(MARKERS)]}
        axes.plot(xs, ys, label=label(name), **look)  # type: ignore[arg-type] # any property of a line
    axes.set_xlabel(plot.x)
    axes.set_ylabel(plot.y)
    if _is_log(plot, (y for value in measured.values() for _, y in points(value))):
        axes.set_yscale("log")
    else:
        axes.set_ylim(bottom=0)
    axes.legend(frameon=False)


def _is_log(plot: "Plot", figures: Iterable[float]) -> bool:
    """Whether the scale can be logarithmic, as asked for: nothing is at zero or below."""
    return plot.log and all(one > 0 for one in figures)
