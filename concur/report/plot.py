"""A run as a picture: capacity with its intervals, and what each request cost. matplotlib, no display.

One look (colour, hatch, marker) stands for each model everywhere; they are told
apart by their names too, which stand beside the bars. Several models on several
interpreters are a heat map (`matrix_plot.py`).
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from concur import catalog
from concur.bench.results import Cell, Run
from concur.errors import MachineError, UsageError
from concur.report import cells, matrix_plot
from concur.report.matrix import is_matrix
from concur.report.sweeps import is_sweep

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FORMATS = (".svg", ".png", ".pdf")
ROW_INCHES = 0.42
# Okabe and Ito's eight colours, which colour-blind readers tell apart (Color Universal Design, 2008).
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#7F7F7F", "#B8A800")
OTHERS = "#444444"
HATCHES, MARKERS = ("", "///", "..."), ("o", "s", "^")  # eight models have the colour alone, as many more each of these


class Look(NamedTuple):
    """How a model is drawn: hatch for areas, marker for points on a line."""

    colour: str
    hatch: str
    marker: str


def look(model: str) -> Look:
    """A model's look, the same in every picture, no two alike; a server of the user's own is dark grey.

    Models of the default set have the plain colours.
    """
    ids = [row.id for row in sorted(catalog.MODELS, key=lambda row: not row.default)]
    if model not in ids:
        return Look(OTHERS, "", "D")
    times, index = divmod(ids.index(model), len(PALETTE))
    return Look(PALETTE[index], HATCHES[times % len(HATCHES)], MARKERS[times % len(MARKERS)])


def colour(model: str) -> str:
    """The colour of a model's look, which three models may share."""
    return look(model).colour


@contextmanager
def names_as_they_are() -> Iterator[None]:
    """Dollars are no formula; that no font has a letter, or a name is wider than its picture, is no warning."""
    import matplotlib as mpl

    with mpl.rc_context({"text.parse_math": False}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        warnings.filterwarnings("ignore", "constrained_layout not applied")
        yield


def check_ending(path: Path) -> None:
    """Raises UsageError for a name that is no picture's."""
    if path.suffix not in FORMATS:
        raise UsageError(f"'{path}' is no picture", do=f"Give a name that ends in {', '.join(FORMATS)}.")


@names_as_they_are()
def save(run: Run, path: Path) -> None:
    """Draw the run's first capacity scenario, or of several interpreters the heat map, into a file as its ending says.

    Raises UsageError for another ending or a run without a capacity,
    MachineError where the file cannot be written.
    """
    check_ending(path)
    figure = _figure(run)
    try:
        figure.savefig(path, bbox_inches="tight", dpi=150)
    except OSError as error:
        raise MachineError(
            f"{path} cannot be written", why=error.strerror or str(error), do="Name another file."
        ) from None


def _figure(run: Run) -> "Figure":
    if run.memory is not None:
        from concur.report import memory_plot  # likewise

        return memory_plot.draw(run.memory)
    if run.scaling:
        from concur.report import scaling_plot  # and this one

        if (made := scaling_plot.draw(run)) is not None:
            return made
    if is_sweep(run):
        from concur.report import sweep_plot  # which draws in this module's colours

        return sweep_plot.draw(run)
    heat = matrix_plot.first_heat(run) if is_matrix(run) else None
    if heat is not None:
        return matrix_plot.draw(run, heat)
    shown = _shown(run)
    if not shown:
        raise UsageError("there is nothing to draw", why="no closed-loop scenario has figures")
    return draw(run, shown)


def _shown(run: Run) -> list[Cell]:
    """The cells of the first scenario that has a capacity, best first."""
    capacity = cells.capacity_cells(run)
    return [cell for cell in capacity if cell.scenario == capacity[0].scenario]


def draw(run: Run, shown: list[Cell]) -> "Figure":
    """Two panels over the same rows: requests a second, and CPU time a request in user and system."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 1.3 + ROW_INCHES * len(shown)), layout="constrained")
    left, right = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
    _rates(left, [_name(cell, run) for cell in shown], shown)
    _costs(right, shown)
    figure.suptitle(_title(run, shown[0]), x=0.01, ha="left", fontsize=11)
    return figure


def _name(cell: Cell, run: Run) -> str:
    """The cell's name, and how many connections it had where these were fewer than the others'."""
    if cell.connections is None:
        return cells.name(cell, run)
    return f"{cells.name(cell, run)}\n({cell.connections} connection{'s' * (cell.connections != 1)})"


def _title(run: Run, first: Cell) -> str:
    python = f"{first.observed.get('implementation', '')} {first.observed.get('version', '')}".strip()
    rounds = cells.rounds(run)
    return f"echo, {first.scenario}: {python}, {run.machine.get('cpu', '')}, {rounds} round{'s' * (rounds > 1)}"


def _rates(axes: "Axes", names: list[str], shown: list[Cell]) -> None:
    rows = range(len(shown))
    rates = [cells.rate(cell) for cell in shown]
    looks = [look(cell.model) for cell in shown]
    hatches = [one.hatch for one in looks]
    axes.barh(rows, rates, color=[one.colour for one in looks], hatch=hatches, edgecolor="white", height=0.7)
    for row, cell in enumerate(shown):
        estimate = cell.rate_per_s
        if estimate and estimate.interval:
            axes.plot(estimate.interval, [row, row], color="black", linewidth=1.2, marker="|", markersize=7)
    axes.set_yticks(rows, names)
    axes.invert_yaxis()
    axes.set_xlabel("requests a second (median; the line is its 95 % interval)")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value / 1000:,.0f} k" if value else "0")
    _plain(axes)


def _costs(axes: "Axes", shown: list[Cell]) -> None:
    rows = range(len(shown))
    costs = [cell.server_cpu_ns_per_request for cell in shown]
    user = [cost.user.median / 1000 if cost else 0.0 for cost in costs]
    system = [cost.system.median / 1000 if cost else 0.0 for cost in costs]
    axes.barh(rows, user, color="#555555", height=0.7, label="user")
    axes.barh(rows, system, left=user, color="#BBBBBB", height=0.7, label="system")
    axes.set_xlabel("CPU time a request, µs")
    axes.legend(frameon=False, fontsize=8)
    axes.tick_params(left=False)
    _plain(axes)


def _plain(axes: "Axes") -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="x", alpha=0.25)
    axes.set_axisbelow(True)
