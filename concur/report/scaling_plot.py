"""Curves and rate sweeps as pictures: latency over offered rate, the two loops side by side, rates over what is swept.

Drawn in the page's style, each model in its look; `draw` is the picture of `concur bench --plot`.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from concur.bench.compare.grammar import parse
from concur.bench.figure import Estimate
from concur.bench.results import Run
from concur.bench.scaling.records import Curve, Law, Loop, RateSweep, Step, TwoLoops
from concur.report import figures
from concur.report.page import bars, drawing
from concur.report.page.drawing import INK, PAPER, SOFT
from concur.report.scaling_names import of_run, place, target, tick
from concur.report.scaling_words import best_law

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_LINES = 10  # in one picture; more are unreadable, and have another
CURVE_POINTS = 80  # of a law's line
QUANTILES = (0.5, 0.9, 0.99, 0.999)
LOOPS = (("closed loop", 6), ("open loop", -13))  # each with where its p99 is written, in points above it
FINE = 100  # times from end to end, within which an axis has ticks at 1, 2 and 5
T = TypeVar("T")


def draw(run: Run) -> "Figure | None":
    """The run's first rate sweep, else its first curves over workers; None where it has neither."""
    found = of_run(run)
    over_workers = [one for one in found.curves if one.over not in ("connections", "payload")]
    with drawing.style():
        if found.rate_sweeps:
            made = under_load(drawing.WIDE, run, found.rate_sweeps[:MOST_LINES])
        elif over_workers:
            first = over_workers[0]
            alike = [one for one in over_workers if (one.scenario, one.over) == (first.scenario, first.over)]
            made = over(drawing.WIDE, run, alike[:MOST_LINES])
        else:
            return None
        made.set_facecolor("white")
        return made


def groups(lines: Sequence[T]) -> Iterator[list[T]]:
    """As many pictures as are needed, of about as many lines each."""
    count = -(-len(lines) // MOST_LINES)
    size = -(-len(lines) // count) if count else 1
    yield from (list(lines[start : start + size]) for start in range(0, len(lines), size))


# Latency under load


def under_load(width: float, run: Run, sweeps: Sequence[RateSweep]) -> "Figure":
    """p99 over the rate that was offered; hollow marks where it was not kept, dashed lines for limits of --keep."""
    made = drawing.figure(width, (3.4 if drawing.is_narrow(width) else 3.6) + _legend_inches(width, len(sweeps)))
    axes = made.subplots()
    for one in sweeps:
        _latency_line(axes, run, one)
    for limit in dict.fromkeys(limit.condition for one in sweeps for limit in one.kept):
        _limit(axes, limit)
    _log_axis(axes, "x", figures.thousands)
    _log_axis(axes, "y", figures.time)
    axes.set_xlabel("requests a second offered, open loop")
    axes.set_ylabel("p99, from when a message was due")
    axes.grid()
    _legend(made, axes, width)
    _title(made, sweeps[0].scenario)
    return made


def _latency_line(axes: "Axes", run: Run, one: RateSweep) -> None:
    steps = [step for step in one.steps if "p99" in step.latency_ns]
    if not steps:
        return
    name, look = target(one, run), drawing.line_style(one.model)
    (line,) = axes.plot(*_places(steps), label=name, **look)
    drawing.mark(line, one.label, name)
    for step in steps:
        (x,), (y,) = _places([step])
        (point,) = axes.plot([x], [y], **(look | {"linestyle": "none", "markerfacecolor": _fill(step, look["color"])}))
        told = f"{name}: offered {figures.count(x)}/s, p99 {figures.time(y)}"
        drawing.mark(point, one.label, f"{told}; {step.why_not}" if step.why_not else told)
        if ends := step.latency_ns["p99"].interval:
            (bar,) = axes.plot([x, x], ends, color=look["color"], linewidth=0.8)
            drawing.mark(bar, one.label, told)


def _places(steps: Sequence[Step]) -> tuple[list[float], list[float]]:
    return [step.offered_per_s for step in steps], [step.latency_ns["p99"].median for step in steps]


def _fill(step: Step, colour: str) -> str:
    return PAPER if step.why_not else colour


def _limit(axes: "Axes", text: str) -> None:
    limit = parse(text)
    if limit.metric == "p99":
        axes.axhline(limit.limit, color=SOFT, linewidth=1, linestyle="--")
        axes.annotate(
            text, (0, limit.limit), (3, 3), xycoords=("axes fraction", "data"), textcoords="offset points",
            color=SOFT, fontsize=drawing.TYPE_PT - 0.5,
        )  # fmt: skip


# The two loops


def two_loops(width: float, found: TwoLoops) -> "Figure":
    """Side by side on one scale of latency: how long the slowest replies took, as each loop saw it."""
    narrow = drawing.is_narrow(width)
    made = drawing.figure(width, 4.2 if narrow else 2.6)
    grid = made.subplots(2, 1, sharex=True, sharey=True) if narrow else made.subplots(1, 2, sharex=True, sharey=True)
    for axes, loop, (name, above) in zip(grid, (found.closed, found.opened), LOOPS, strict=True):
        _spectrum(axes, loop, above)
        axes.set_title(f"{name}, {figures.count(loop.rate_per_s)} req/s", fontsize=drawing.TYPE_PT, fontweight="normal")
        axes.grid()
    drawing.log_axis(grid[0], "y", figures.time)
    _name_shares(grid[0])
    grid[0].set_ylabel("latency")
    for axes in grid[1:] if narrow else grid:
        axes.set_xlabel("share of replies within it")
    _title(made, "one server, which pauses now and then")
    return made


def _spectrum(axes: "Axes", loop: Loop, above: int) -> None:
    """Up to where a single reply decides, and its p99."""
    total, seen = sum(count for _, count in loop.histogram), 0
    points = []
    for end, count in loop.histogram:
        seen += count
        if seen < total:
            points.append((total / (total - seen), float(end)))
    if points:
        axes.plot(*zip(*points, strict=True), color=INK, linewidth=1.6)
    p99 = loop.latency_ns["p99"]
    axes.plot([100], [p99], color=INK, marker="o", linestyle="none")
    told = f"p99 {figures.time(p99)}"
    axes.annotate(told, (100, p99), (-6, above), textcoords="offset points", ha="right", color=INK)


def _name_shares(axes: "Axes") -> None:
    from matplotlib.ticker import NullLocator

    axes.set_xscale("log")
    axes.set_xlim(1, 2e3)
    axes.set_xticks([1 / (1 - one) for one in QUANTILES], [f"{100 * one:g} %" for one in QUANTILES])
    axes.xaxis.set_minor_locator(NullLocator())


# Rates over what is swept


def over(width: float, run: Run, curves: Sequence[Curve]) -> "Figure":
    """Rates with their intervals; a line where a law fits, else dots between points; a tick at a peak."""
    made = drawing.figure(width, (3.4 if drawing.is_narrow(width) else 3.6) + _legend_inches(width, len(curves)))
    axes = made.subplots()
    for one in curves:
        _rate_line(axes, run, one)
    _name_places(axes, curves, width)
    _log_axis(axes, "y", figures.thousands)
    axes.set_ylabel("requests a second")
    axes.set_xlabel(curves[0].over)
    axes.grid()
    _legend(made, axes, width)
    _title(made, ", ".join(filter(None, (curves[0].scenario, curves[0].fixed))))
    return made


def _rate_line(axes: "Axes", run: Run, one: Curve) -> None:
    name, look = target(one, run), drawing.line_style(one.model)
    law = best_law(one)
    between = {"linestyle": "none"} if law else {"linestyle": ":"}
    xs, ys = [_x(point.n) for point in one.points], [point.rate_per_s.median for point in one.points]
    (line,) = axes.plot(xs, ys, label=name, **(look | between))
    drawing.mark(line, one.label, name)
    for x, point in zip(xs, one.points, strict=True):
        told = f"{name}: {place(one.over, point.n)}, {figures.count(point.rate_per_s.median)}/s"
        _point(axes, x, point.rate_per_s, look, one.label, told, is_at_least=point.is_at_least)
    if law:
        _law_line(axes, one, law, look["color"], name)


def _point(
    axes: "Axes", x: float, rate: Estimate, look: dict[str, Any], series: str, told: str, *, is_at_least: bool
) -> None:
    (dot,) = axes.plot([x], [rate.median], **(look | {"linestyle": "none"}))
    drawing.mark(dot, series, told + " or more: the engine was the limit" * is_at_least)
    if rate.interval:
        (bar,) = axes.plot([x, x], rate.interval, color=look["color"], linewidth=0.9)
        drawing.mark(bar, series, told)
    if is_at_least:
        arrow = axes.annotate(
            "↑", (x, rate.median), (0, 4), textcoords="offset points", ha="center", color=look["color"]
        )
        drawing.mark(arrow, series, told)


def _law_line(axes: "Axes", one: Curve, law: Law, colour: str, name: str) -> None:
    import numpy as np

    from concur.bench.scaling.laws import Parameters, rate_at

    parts = [part.median if part else 0.0 for part in (law.rate_of_one, law.contention, law.coherency)]
    ns = np.geomspace(one.points[0].n, one.points[-1].n, CURVE_POINTS)
    (line,) = axes.plot(ns, rate_at(Parameters(*parts), ns), color=colour, linewidth=1.3)
    drawing.mark(line, one.label, f"{name}: {law.name.upper() if law.name == 'usl' else 'Amdahl'}")
    if law.peak_n and law.ceiling_per_s and law.peak_n.median <= one.points[-1].n:
        at = law.peak_n.median, law.ceiling_per_s.median
        peak = axes.annotate(
            f"{at[0]:,.0f}", at, (0, 9), textcoords="offset points", ha="center", color=SOFT,
            fontsize=drawing.TYPE_PT - 0.5, arrowprops={"arrowstyle": "-", "color": SOFT, "linewidth": 0.8},
        )  # fmt: skip
        drawing.mark(peak, one.label, f"{name}: peak at {place(one.over, round(at[0]))}")


def _x(n: float) -> float:
    """A payload of nothing stands at 1, as the scale is logarithmic."""
    return max(1.0, n)


def _name_places(axes: "Axes", curves: Sequence[Curve], width: float) -> None:
    """A tick at each place, of many every other."""
    from matplotlib.ticker import NullLocator

    every = sorted({point.n for one in curves for point in one.points})
    step = -(-len(every) // (7 if drawing.is_narrow(width) else 14))
    axes.set_xscale("log", base=2)
    axes.set_xticks([_x(n) for n in every[::step]], [tick(curves[0].over, n) for n in every[::step]])
    axes.xaxis.set_minor_locator(NullLocator())


# What all have


def _log_axis(axes: "Axes", which: str, wording: Callable[[float], str]) -> None:
    """The page's, with more ticks where the axis is one decade or two."""
    from matplotlib.ticker import LogLocator

    drawing.log_axis(axes, which, wording)
    axis = axes.xaxis if which == "x" else axes.yaxis
    low, high = axis.get_view_interval()
    if high < FINE * low:
        axis.set_major_locator(LogLocator(10, subs=(1, 2, 5), numticks=9))


def _legend_inches(width: float, lines: int) -> float:
    return 0.19 * -(-lines // _columns(width)) + 0.1


def _columns(width: float) -> int:
    return 2 if drawing.is_narrow(width) else 4


def _legend(made: "Figure", axes: "Axes", width: float) -> None:
    handles, names = axes.get_legend_handles_labels()
    shown = [bars.wrapped(name) for name in names]
    made.legend(handles, shown, loc="outside lower left", ncols=_columns(width), fontsize=drawing.TYPE_PT - 0.5)


def _title(made: "Figure", text: str) -> None:
    made.suptitle(text, x=0.01, ha="left", fontsize=drawing.TYPE_PT + 1, fontweight="bold")


Drawer = Callable[[float], "Figure"]
