"""How pictures of `concur gil` look: a slide's size, type that the back row reads, one look for each interpreter.

A model's look is `concur.report.plot.look`'s. Here is what all pictures have in
common; what one of them shows is in its own file, `plot_….py`.
"""

import re
import textwrap
from collections.abc import Iterable
from math import log10
from typing import TYPE_CHECKING, Any
from zlib import crc32

from concur.gil.results import Report
from concur.report import figures
from concur.report.plot import PALETTE, Look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DPI, WIDTH_INCHES, HEIGHT_INCHES = 100, 12.8, 7.2  # 1280 × 720 pixels
HEADER_INCHES, AXIS_INCHES = 0.95, 0.95
FONT_POINTS, TITLE_POINTS = 14, 19
LETTERS = 120  # of a line that is as wide as the picture
STYLE: dict[Any, Any] = {
    "font.size": FONT_POINTS,
    "axes.titlesize": FONT_POINTS,
    "axes.labelsize": FONT_POINTS,
    "xtick.labelsize": FONT_POINTS,
    "ytick.labelsize": FONT_POINTS,
    "legend.fontsize": FONT_POINTS,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "hatch.color": "white",
    "hatch.linewidth": 1.5,
    "svg.hashsalt": "concur",
}
IDLE = re.compile(r"\.0+(?!\d)")  # digits that say nothing
GREY, PALE = "#555555", "#DDDDDD"
JIT_HATCH = "///"
# A version's colour, its JIT's the same with a hatch; orange, gold and olive stand for builds without a GIL.
BY_SHORT = {
    "3.11": Look("#7F7F7F", "", "o"),
    "3.12": Look("#56B4E9", "", "s"),
    "3.13": Look("#0072B2", "", "^"),
    "3.13t": Look("#D55E00", "", "D"),
    "3.14": Look("#009E73", "", "v"),
    "3.14+jit": Look("#009E73", JIT_HATCH, "<"),
    "3.14t": Look("#E69F00", "", "d"),
    "3.15": Look("#CC79A7", "", "P"),
    "3.15+jit": Look("#CC79A7", JIT_HATCH, ">"),
    "3.15t": Look("#B8A800", "", "h"),
    "pypy3.11": Look("#000000", "", "p"),
}
OTHER_MARKERS = ("*", "X", "8", "H")


def interpreter(short: str) -> Look:
    """An interpreter's look, whichever others there are; no two of BY_SHORT are alike.

    Of one that is not named there it is derived from its name.
    """
    if short in BY_SHORT:
        return BY_SHORT[short]
    times, at = divmod(crc32(short.encode()), len(PALETTE))
    return Look(PALETTE[at], "...", OTHER_MARKERS[times % len(OTHER_MARKERS)])


def slide(
    title: str, told: Iterable[str], *, rows: int = 0, row_inches: float = 0.0, key_inches: float = 0.0
) -> "Figure":
    """An empty figure under its title and a line of what was told; higher than a slide where its rows need it.

    key_inches are kept free below that line.
    """
    from matplotlib.figure import Figure

    height = max(HEIGHT_INCHES, HEADER_INCHES + key_inches + AXIS_INCHES + rows * row_inches)
    header = (HEADER_INCHES + key_inches) / height
    made = Figure(figsize=(WIDTH_INCHES, height), dpi=DPI, layout="constrained")
    made.set_layout_engine("constrained", rect=(0.005, 0.005, 0.985, 0.99 - header))
    made.text(0.012, 1 - 0.12 / height, title, fontsize=TITLE_POINTS, fontweight="bold", va="top")
    line = textwrap.shorten("; ".join(filter(None, told)), LETTERS, placeholder=" …")
    made.text(0.012, 1 - 0.52 / height, line, color=GREY, va="top")
    return made


def made_how(report: Report, experiment: str, *, has_intervals: bool = True) -> str:
    """`3 rounds, 95 % intervals, AMD EPYC`: what figures rest on."""
    rounds = report.rounds.get(experiment, 0)
    told = [
        figures.counted(rounds, "round") if rounds else "",
        "95 % intervals" if rounds > 1 and has_intervals else "",
    ]
    return ", ".join(filter(None, [*told, str(report.machine.get("cpu", ""))]))


def log_axis(axes: "Axes", which: str, ends: Iterable[float], *, unit: str, room: float = 0.06) -> None:
    """A logarithmic x or y axis over ends, of which one at least is above 0: a decade at least.

    room is left at both sides, as a share of what the ends span; unit is `time`
    for nanoseconds, `rate` for a count a second, `times` for ratios.
    """
    from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

    show = {"time": round_time, "rate": _rate, "times": _times}[unit]
    above = [end for end in ends if end > 0]
    low, high = log10(min(above)), log10(max(above))
    short = max(0.0, 1.0 - (high - low)) / 2
    low, high = low - short, high + short
    more = (high - low) * room
    axis = axes.xaxis if which == "x" else axes.yaxis
    (axes.set_xscale if which == "x" else axes.set_yscale)("log")
    (axes.set_xlim if which == "x" else axes.set_ylim)(10 ** (low - more), 10 ** (high + more))
    axis.set_major_locator(LogLocator(10, numticks=5))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(lambda value, _: show(value)))
    axes.grid(axis="x" if which == "x" else "y", color=PALE)


def round_time(ns: float) -> str:
    """`5 ms`: a time that was asked for."""
    return IDLE.sub("", figures.time(ns))


def _rate(per_s: float) -> str:
    return IDLE.sub("", figures.thousands(per_s)) if per_s >= 1 else f"{per_s:g}"


def _times(value: float) -> str:
    return f"{value:g}×"
