"""What explains a rate, beside it: CPU time a request, switches, system calls, how busy the server was."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from concur.bench.results import Cell, Run
from concur.report import cells, figures
from concur.report.page import bars, drawing, tables
from concur.report.page.bars import Strip
from concur.report.page.drawing import PAPER, SOFT
from concur.report.page.panel_ranked import are_many, name_of, plain_scenarios, title
from concur.report.page.panels import Drawing, Panel, Results, Row, Table, Value

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch
    from matplotlib.text import Annotation

USER, SYSTEM, COUNT, BUSY = "#3f6f9f", "#c08a3e", "#7a7d85", "#5f8f6a"
READ = (
    "A server that is busy all the time answers 1 ÷ (CPU time a request) requests a second, so a short bar here "
    "is a high rate above. User time is Python itself, system time the kernel's work for it: sockets, waking, "
    "switching. Models that give up the CPU at each request show about one switch for each; a busy share well "
    "under 100 % says that the server waited for something else, and then its rate is not its capacity."
)


class Measure(NamedTuple):
    """One column of the picture: its words, unit, a cell's value, and how it is told."""

    head: str
    of: Callable[[Cell], float | None]
    told: Callable[[float], str]
    colour: str


def switches(cell: Cell) -> float | None:
    """A request, of either kind."""
    found = [cell.counters[name] for name in ("voluntary_switches", "involuntary_switches") if name in cell.counters]
    return sum(found) if found else None


def calls(cell: Cell) -> float | None:
    """System calls a request, where a probe counted them."""
    return sum(cell.probe.system_calls.values()) if cell.probe and cell.probe.system_calls else None


def cpu(cell: Cell) -> float | None:
    """Of the server, a request, in nanoseconds."""
    return cell.server_cpu_ns_per_request.total.median if cell.server_cpu_ns_per_request else None


COUNTED = (
    Measure("switches a request", switches, figures.per_request, COUNT),
    Measure("system calls a request", calls, figures.per_request, COUNT),
    Measure("busy", lambda cell: cell.server_busy, figures.share, BUSY),
)


def panel(results: Results) -> Panel | None:
    """A drawing for each scenario whose cells have counters; at capacity first."""
    run = results.run
    shown = [name for name in plain_scenarios(run) if any(cpu(cell) is not None for cell in _here(run, name))]
    if not shown:
        return None
    drawings = [Drawing(f"costs-{index}", _alt(run, name), _drawer(run, name)) for index, name in enumerate(shown)]
    note = (
        ""
        if any(calls(cell) for cell in run.cells)
        else "System calls were not counted: `concur bench --explain` does."
    )
    return Panel(
        "mechanism", "What each request cost", READ, drawings, [_table(run, name) for name in shown], note=note
    )


def _here(run: Run, scenario: str) -> list[Cell]:
    return cells.ranked(cells.cells_of(run, scenario))


def _drawer(run: Run, scenario: str) -> "Callable[[float], Figure]":
    here = [cell for cell in _here(run, scenario) if cpu(cell) is not None]
    if are_many(run):
        return lambda width: _strips(width, here, scenario)
    return lambda width: _columns(width, run, here, scenario)


def _strips(width: float, here: list[Cell], scenario: str) -> "Figure":
    rows: dict[str, Strip] = {}
    for cell in here:
        value = cpu(cell) or 0.0
        row = rows.setdefault(cell.label, Strip(cell.label, cell.label, []))
        row.points.append((cell.interpreter, value, figures.time(value)))
    return bars.strips(width, list(rows.values()), f"{scenario}: CPU time a request", figures.time, is_log=True)


def _columns(width: float, run: Run, here: list[Cell], scenario: str) -> "Figure":
    """CPU time with its two parts, then each count that somebody has; side by side, on a phone below each other."""
    counted = [one for one in COUNTED if any(one.of(cell) is not None for cell in here)]
    names = [bars.wrapped(name_of(cell, run)) for cell in here]
    one_height = bars.height(len(here), names)
    if drawing.is_narrow(width):
        made = drawing.figure(width, (1 + len(counted)) * (one_height + 0.35) + 0.3)
        first, *others = made.subplots(1 + len(counted), 1, squeeze=False)[:, 0]
    else:
        made = drawing.figure(width, one_height + 0.5)
        ratios = [2.0] + [1.0] * len(counted)
        first, *others = made.subplots(1, 1 + len(counted), sharey=True, squeeze=False, width_ratios=ratios)[0]
    _costs(first, run, here)
    for axes, measure in zip(others, counted, strict=True):
        _counts(axes, run, here, measure)
    for axes in (first, *others):
        axes.set_yticks(range(len(here)), names)
        axes.set_ylim(len(here) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x")
    drawing.headline(made, title(run, scenario))
    return made


def _costs(axes: "Axes", run: Run, here: list[Cell]) -> None:
    for index, cell in enumerate(here):
        cost = cell.server_cpu_ns_per_request
        if cost is None:
            continue
        user, system = cost.user.median / 1e3, cost.system.median / 1e3
        told = f"{cells.name(cell, run)}: {figures.digits(user)} µs user, {figures.digits(system)} µs system"
        for left, value, colour in ((0.0, user, USER), (user, system, SYSTEM)):
            made = axes.barh(index, value, left=left, color=colour, height=0.72)
            drawing.mark(made[0], cell.label, told)
        text = _beside(axes, user + system, index, figures.digits(user + system))
        drawing.mark(text, cell.label, told)
    axes.margins(x=0.12)
    axes.set_xlabel("CPU time a request, µs")
    axes.legend(
        handles=[_patch(USER, "user"), _patch(SYSTEM, "system")], loc="lower right", bbox_to_anchor=(1, 1), ncols=2,
        borderaxespad=0, handlelength=1, columnspacing=1,
    )  # fmt: skip


def _patch(colour: str, label: str) -> "Patch":
    from matplotlib.patches import Patch

    return Patch(color=colour, label=label)


def _beside(axes: "Axes", value: float, index: int, told: str) -> "Annotation":
    size = drawing.TYPE_PT - 1
    return axes.annotate(
        told, (value, index), (3, 0), textcoords="offset points", va="center", fontsize=size, color=SOFT
    )


def _counts(axes: "Axes", run: Run, here: list[Cell], measure: Measure) -> None:
    for index, cell in enumerate(here):
        value = measure.of(cell)
        if value is None:
            continue
        told = f"{cells.name(cell, run)}: {measure.told(value)} {measure.head}"
        made = axes.barh(index, value, color=measure.colour, edgecolor=PAPER, height=0.72)
        drawing.mark(made[0], cell.label, told)
        drawing.mark(_beside(axes, value, index, measure.told(value)), cell.label, told)
    axes.set_xlabel(measure.head)
    axes.margins(x=0.3)
    axes.set_xlim(left=0)
    axes.locator_params(axis="x", nbins=3)
    if measure.head == "busy":
        axes.set_xlim(0, 1.35)
        axes.set_xticks([0, 0.5, 1], ["0", "50 %", "100 %"])


def _alt(run: Run, scenario: str) -> str:
    here = [cell for cell in _here(run, scenario) if cpu(cell) is not None]
    least, most = (choose(here, key=lambda cell: cpu(cell) or 0.0) for choose in (min, max))
    return (
        f"{scenario}: the server's CPU time a request, from {figures.time(cpu(least) or 0)} "
        f"({cells.name(least, run)}) to {figures.time(cpu(most) or 0)} ({cells.name(most, run)})."
    )


def _table(run: Run, scenario: str) -> Table:
    heads = ["model", "req/s", "CPU µs a request", "user µs", "system µs", *(one.head for one in COUNTED)]
    rows = []
    for cell in _here(run, scenario):
        cost = cell.server_cpu_ns_per_request
        parts = [tables.figure(part.median, 1e3) for part in (cost.total, cost.user, cost.system)] if cost else [""] * 3
        rate = Value(figures.count(cells.rate(cell)), cells.rate(cell))
        rows.append(Row([cells.name(cell, run), rate, *parts, *(_counted(cell, one) for one in COUNTED)], cell.label))
    return Table(title(run, scenario), heads, rows)


def _counted(cell: Cell, measure: Measure) -> Value:
    value = measure.of(cell)
    return Value("") if value is None else Value(measure.told(value), value)
