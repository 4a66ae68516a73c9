"""A lab's evidence as bars on a logarithmic axis, the smallest above, in the look of the pictures of `concur gil`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from concur.report import figures

if TYPE_CHECKING:
    from concur.slides.evidence import Evidence
    from concur.slides.figures import Figure

COLOUR = "#0072B2"
ROOM = 4.0  # the axis goes on beyond the largest, for its value
KIB = 1024


def save(figure: "Figure", found: "Evidence", path: Path) -> None:
    """Draw it into a file as its ending says."""
    import matplotlib as mpl

    from concur.report.gil import looks
    from concur.slides.results import STYLE

    rows = _rows(figure, found.values)
    with mpl.rc_context(looks.STYLE | STYLE):
        told = (f"lab {figure.lab}, {found.python}, {found.machine.get('cpu', '')}", "a look, not a comparison")
        made = looks.slide(figure.title, told)
        axes = made.subplots()
        places = range(len(rows))
        axes.barh(places, [value for _, value in rows], color=COLOUR, height=0.62)
        axes.set_yticks(places, [name for name, _ in rows])
        axes.invert_yaxis()
        axes.set_xscale("log")
        axes.set_xlim(min(value for _, value in rows) / ROOM, max(value for _, value in rows) * ROOM)
        axes.xaxis.set_major_formatter(lambda value, _: _worded(value, figure.unit))
        axes.xaxis.set_minor_formatter(lambda value, _: "")
        axes.tick_params(left=False)
        axes.grid(axis="x", color=looks.PALE)
        for at, (_, value) in enumerate(rows):
            axes.text(value * 1.12, at, _worded(value, figure.unit), va="center", fontsize=looks.FONT_POINTS + 1)
        made.savefig(path, metadata={"Date": None})


def _rows(figure: "Figure", values: dict[str, Any]) -> list[tuple[str, float]]:
    """Names and values of what was measured, the smallest first."""
    found = ((name, values.get(key)) for key, name in figure.rows.items())
    numbers = [(name, float(value)) for name, value in found if isinstance(value, int | float) and value > 0]
    return sorted(numbers, key=lambda row: row[1])


def _worded(value: float, unit: str) -> str:
    if unit == "time":
        return figures.time(value) if value >= 9.995 else f"{value:.2g} ns"
    for size, name in ((KIB**2, "MiB"), (KIB, "KiB")):
        if value >= size:
            return f"{figures.digits(value / size)} {name}"
    return f"{value:.0f} B"
