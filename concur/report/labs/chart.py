"""Evidence as a small chart of text: a bar for each figure, or a line as a row of columns. Tier 2.

With `--plain` the figures are said, in words. The picture with axes is `plot.py`'s.
"""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.text import Text

from concur.report.labs.beside import number
from concur.report.labs.screen import QUIET, Screen

if TYPE_CHECKING:
    from concur.labs.lab import Plot

STEPS = " ▁▂▃▄▅▆▇█"
MOST_COLUMNS, MOST_BAR, LEAST_BAR = 40, 44, 8
Points = list[list[float]]


def show_chart(plot: "Plot", values: Mapping[str, Any], screen: Screen) -> None:
    """The plot's series, as far as they were measured."""
    measured = {name: values[name] for name in plot.series if name in values}
    if not measured:
        return
    screen.heading(plot.title or "Measured")
    if plot.kind == "bars":
        _bars(plot, measured, screen)
    else:
        _lines(plot, measured, screen)
    for name in (name for name in plot.series if name not in measured):
        screen.line(f"{label(name)}: not measured here", QUIET)


def label(key: str) -> str:
    """A key of evidence as people read it."""
    return key.replace("_", " ")


def _bars(plot: "Plot", values: dict[str, Any], screen: Screen) -> None:
    figures = {label(name): float(value) for name, value in values.items() if isinstance(value, int | float)}
    if screen.is_plain:
        for name, value in figures.items():
            screen.line(f"{name}: {number(value)} {plot.y}".rstrip() + ".")
        return
    shares = _shares(list(figures.values()), plot.log)
    names = max(map(len, figures), default=0)
    width = max(LEAST_BAR, min(MOST_BAR, screen.width - names - 16 - len(plot.y)))
    for (name, value), share in zip(figures.items(), shares, strict=True):
        filled = max(round(share * width), 1 if value > 0 else 0)
        bar = Text(("#" if screen.is_ascii else "█") * filled, style="cyan")
        screen.hanging(f"{name:>{names}}  ", bar + Text(f" {number(value)} {plot.y}"))
    if plot.log:
        screen.hanging(" " * (names + 2), "each bar's length is the logarithm of its figure", QUIET)


def _shares(figures: Sequence[float], is_log: bool) -> list[float]:
    """Each figure's part of the greatest; of logarithms from a third of the least one on."""
    most = max(figures, default=0.0)
    above = [one for one in figures if one > 0]
    if most <= 0 or not above:
        return [0.0] * len(figures)
    if not is_log or min(above) == most:
        return [max(one, 0.0) / most for one in figures]
    floor = min(above) / 3
    return [math.log(one / floor) / math.log(most / floor) if one > 0 else 0.0 for one in figures]


def _lines(plot: "Plot", values: dict[str, Any], screen: Screen) -> None:
    series = {label(name): points(value) for name, value in values.items()}
    series = {name: found for name, found in series.items() if found}
    if screen.is_plain or screen.is_ascii:
        for name, found in series.items():
            told = "; ".join(f"{number(y)} {plot.y} at {number(x)}" for x, y in found[:MOST_COLUMNS])
            screen.line(f"{name}: {told}.")
        return
    names = max(map(len, series), default=0)
    every = [y for found in series.values() for _, y in found]
    shares = iter(_shares(every, plot.log))
    for name, found in series.items():
        heights = [next(shares) for _ in found]
        screen.hanging(f"{name:>{names}}  ", Text(_columns(heights), style="cyan") + Text(_ends(plot, found)))
    screen.hanging(" " * (names + 2), f"from left to right: {plot.x or 'x'}", QUIET)


def points(value: Any) -> Points:
    """The [x, y] pairs of a series, by x; what is none is left out."""
    pairs = value if isinstance(value, list) else []
    return sorted([float(one[0]), float(one[1])] for one in pairs if isinstance(one, list | tuple) and len(one) == 2)


def _columns(heights: Sequence[float]) -> str:
    """At most MOST_COLUMNS columns; of more points the greatest of each column's."""
    per = math.ceil(len(heights) / MOST_COLUMNS)
    merged = [max(heights[at : at + per]) for at in range(0, len(heights), per)]
    double = 2 if len(merged) * 2 <= MOST_COLUMNS else 1
    return "".join(STEPS[max(1, round(one * (len(STEPS) - 1)))] * double for one in merged)


def _ends(plot: "Plot", found: Points) -> str:
    first, last = found[0], found[-1]
    return f"  {number(first[1])} at {number(first[0])}, {number(last[1])} at {number(last[0])} {plot.y}".rstrip()
