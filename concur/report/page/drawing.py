"""How the page's pictures are drawn: sizes, type, colours that the page turns light or dark, and marks for its script.

INK, SOFT, FAINT and PAPER are the four colours that are not a model's; in the page
the style sheet puts its own in their place (`svg.py` leaves them as they are, so
that a picture by itself is a whole one). A thing that belongs to one model goes through
`mark`, so that the page's toggle hides it and its value shows under the pointer.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from concur.report.plot import look, names_as_they_are

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDE, NARROW = 8.0, 3.4  # inches; a point of type is 1.33 CSS pixels or a little more in both
INK, SOFT, FAINT, PAPER = "#1b1c1e", "#5a5b60", "#d5d6da", "#fefefd"
MARK, BETWEEN = "§", "\N{SYMBOL FOR UNIT SEPARATOR}"  # of a `gid`, which the SVG has as an id
TYPE_PT = 8
SHORT_SPAN, SHORTEST_SPAN = 30, 4  # of a logarithmic axis, high over low: fewer decades need more ticks
IDLE = re.compile(r"\.0+(?!\d)")  # digits that say nothing on a tick

STYLE: dict[Any, Any] = {
    "font.size": TYPE_PT,
    "axes.titlesize": TYPE_PT + 1,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": INK,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "figure.constrained_layout.use": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "hatch.color": PAPER,
    "legend.frameon": False,
    "text.color": INK,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "svg.fonttype": "none",
    "svg.hashsalt": "concur",
}


@contextmanager
def style() -> Iterator[None]:
    """The page's style, in force for all that is drawn within."""
    import matplotlib as mpl

    mpl.use("Agg")
    with mpl.rc_context(STYLE), names_as_they_are():
        yield


def is_narrow(width: float) -> bool:
    """Whether it is drawn for a phone: names above their bars, legends below, fewer columns."""
    return width < (WIDE + NARROW) / 2


def figure(width: float, height: float) -> "Figure":
    """An empty figure of that size in inches. Call it within `style()`."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height))


def mark(artist: "Artist", series: str, value: str) -> None:
    """Say whose an artist is (a model's label) and what it shows, «threads: 98,840 req/s»."""
    artist.set_gid(f"{MARK}{_plain(series)}{BETWEEN}{_plain(value)}")


def _plain(text: str) -> str:
    return text.replace(BETWEEN, " ")


def headline(made: "Figure", text: str) -> None:
    """What stands over the whole figure, at its left; cut where it is too long for its width."""
    most = int(made.get_figwidth() * 13)
    made.suptitle(short(text, most), x=0.01, ha="left", fontsize=TYPE_PT + 1, fontweight="bold")


def short(name: str, most: int = 30) -> str:
    """A name for a legend or a row: on one line, its end left out where it is too long."""
    flat = " ".join(name.split())
    return flat if len(flat) <= most else f"{flat[: most - 1]}…"


def line_style(model: str) -> dict[str, Any]:
    """Colour and marker of a model, as keywords of `plot`."""
    one = look(model)
    return {"color": one.colour, "marker": one.marker, "markersize": 4, "linewidth": 1.4}


def log_axis(axes: "Axes", which: str, wording: Callable[[float], str]) -> None:
    """A logarithmic x or y axis whose ticks are in words: at 1; at 1, 2 and 5; or even steps, the less it spans.

    matplotlib's own ticks are in mathtext, which the page's style has switched off.
    """
    from matplotlib.ticker import LogLocator, MaxNLocator, NullLocator

    (axes.set_xscale if which == "x" else axes.set_yscale)("log")
    axis = axes.xaxis if which == "x" else axes.yaxis
    low, high = axis.get_view_interval()
    spans = high / max(low, 1e-12)
    subs = (1, 2, 5) if spans < SHORT_SPAN else (1,)
    axis.set_major_locator(MaxNLocator(4) if spans < SHORTEST_SPAN else LogLocator(10, subs=subs, numticks=8))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(lambda value, _: IDLE.sub("", wording(value)))
