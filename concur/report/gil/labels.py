"""Names beside the lines that they are of, at the right edge, spread so that none covers another."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from concur.report.gil.looks import FONT_POINTS
from concur.report.plot import Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LINE_INCHES = FONT_POINTS * 1.45 / 72
TEXT_INCHES = 0.42  # from the axes' edge to the names
MARK_INCHES = 0.28


class End(NamedTuple):
    """Where a line ends, in the axes' figures, and its name."""

    name: str
    look: Look
    x: float
    y: float


def spread(places: Sequence[float], gap: float) -> list[float]:
    """Places in 0…1, ascending, moved apart to gap with the least squares of moves; closer where there is no room.

    With i·gap taken off each it is an isotonic regression (R. Barlow et al. 1972,
    Statistical inference under order restrictions).
    """
    from scipy.optimize import isotonic_regression

    if len(places) < 2:
        return list(places)
    gap = min(gap, 1 / (len(places) - 1))
    steps = [gap * at for at in range(len(places))]
    moved = isotonic_regression([place - step for place, step in zip(places, steps, strict=True)]).x
    return [min(max(float(z), 0.0), 1 - steps[-1]) + step for z, step in zip(moved, steps, strict=True)]


def name_ends(axes: "Axes", ends: Sequence[End], height_inches: float) -> None:
    """A mark and a name for each right of the axes, with a thin line to where it belongs. Limits must be set before."""
    to_axes = axes.transData + axes.transAxes.inverted()
    placed = sorted((float(to_axes.transform((end.x, end.y))[1]), at) for at, end in enumerate(ends))
    heights = spread([place for place, _ in placed], LINE_INCHES / height_inches)
    for (_, at), height in zip(placed, heights, strict=True):
        _name(axes, ends[at], height)


def _name(axes: "Axes", end: End, height: float) -> None:
    from matplotlib.transforms import ScaledTranslation

    assert axes.figure is not None
    scale = axes.figure.dpi_scale_trans
    at_mark = axes.transAxes + ScaledTranslation(MARK_INCHES, 0, scale)
    axes.annotate(
        "",
        (end.x, end.y),
        (1, height),
        textcoords=at_mark,
        arrowprops={"arrowstyle": "-", "color": end.look.colour, "linewidth": 0.8, "alpha": 0.6, "shrinkB": 4},
        annotation_clip=False,
    )
    axes.plot(
        [1],
        [height],
        end.look.marker,
        color=end.look.colour,
        markersize=9,
        clip_on=False,
        transform=at_mark,
    )
    at_text = axes.transAxes + ScaledTranslation(TEXT_INCHES, 0, scale)
    axes.text(1, height, end.name, transform=at_text, va="center")
