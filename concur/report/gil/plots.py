"""All pictures of a report, each as PNG and SVG. matplotlib, no display; what one shows is in its own file."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from concur.errors import MachineError
from concur.gil.results import Report
from concur.report.gil import (
    plot_bandwidth,
    plot_convoy,
    plot_fall,
    plot_latency,
    plot_models,
    plot_offload,
    plot_release,
    plot_sharing,
    plot_tax,
    plot_throughput,
)
from concur.report.gil.looks import DPI, STYLE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FORMATS = ("png", "svg")
PLOTS: dict[str, Callable[[Report], "Figure | None"]] = {
    "throughput": plot_throughput.draw,
    "latency": plot_latency.draw,
    "bandwidth": plot_bandwidth.draw,
    "models": plot_models.draw,
    "convoy": plot_convoy.draw,
    "convoy-fall": plot_fall.draw,
    "offload": plot_offload.draw,
    "release": plot_release.draw,
    "tax": plot_tax.draw,
    "sharing": plot_sharing.draw,
}


def save(report: Report, folder: Path) -> list[Path]:
    """Draw all that has figures into the folder, which is made; the files' paths, PNG and SVG by turns.

    A PNG is 1280 pixels wide. Raises MachineError where the folder cannot be made or written.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    with mpl.rc_context(STYLE):
        drawn = draw(report)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            return [_write(figure, folder / f"{name}.{kind}") for name, figure in drawn.items() for kind in FORMATS]
        except OSError as error:
            why = error.strerror or str(error)
            raise MachineError(f"{folder} cannot be written", why=why, do="Name another folder.") from None


def draw(report: Report) -> dict[str, "Figure"]:
    """The pictures by name, without those that have nothing to show. Type is as large as rcParams say: see `STYLE`."""
    drawn = ((name, draw_one(report)) for name, draw_one in PLOTS.items())
    return {name: figure for name, figure in drawn if figure is not None}


def _write(figure: "Figure", path: Path) -> Path:
    figure.savefig(path, dpi=DPI)
    return path
