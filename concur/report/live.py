"""A run while it goes on, as lines of text for a terminal: where it is, the trial's rate, the leaders so far.

Pure: from what is known now to lines that fit a width and a height. When they
are drawn, and on which core, is `cli/progress.py`'s business.
"""

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from concur.bench.results import Cell, Run, Trial
from concur.report import cells, figures, memory_table
from concur.report.plot import colour

BLOCKS, PLAIN_BLOCKS = " ▁▂▃▄▅▆▇█", " ..--==##"
DONE, LEFT, PLAIN_DONE, PLAIN_LEFT = "━", "─", "#", "-"
READABLE = 100  # columns, however wide the terminal is
NAME_COLUMNS, FIGURE_COLUMNS = 24, 9
NARROW, LOW = 46, 9  # columns below which nothing is drawn beside the figures, lines below which there is no board
MOST_ROWS, MOST_SLICES = 10, 60


class Standing(NamedTuple):
    """One row of the board: a target's name, its figure in words, and how long its bar is, 0 to 1."""

    name: str
    model: str
    told: str
    share: float
    is_current: bool = False


class Now(NamedTuple):
    """What is to be shown. rates: of a trial's slices, per second, the first `warming` of them before its window."""

    where: str
    done: int
    trials: int
    left_s: float | None
    rates: Sequence[float] = ()
    warming: int = 0
    rates_of: str = ""
    title: str = ""
    board: Sequence[Standing] = ()


def lines(now: Now, width: int, height: int, *, is_ascii: bool = False) -> list[Text]:
    """All that fits, the most important first; none is wider than `width`."""
    width = max(min(width, READABLE), 1)
    made = [Text(now.where), _bar(now, width, is_ascii=is_ascii)]
    if now.rates and height > LOW:
        made.append(_rates(now, width, is_ascii=is_ascii))
    room = min(height - len(made) - 3, MOST_ROWS)
    if now.board and height > LOW and room > 1:
        made += [Text(now.title, style="dim"), *_board(now.board, room, width, is_ascii=is_ascii)]
    for line in made:
        line.truncate(width, overflow="crop" if is_ascii else "ellipsis")
    return made[: max(height - 1, 1)]


def _bar(now: Now, width: int, *, is_ascii: bool) -> Text:
    """How much is done, and how long the rest will take."""
    left = "" if now.left_s is None else f", {figures.duration(max(now.left_s, 0.0))} left"
    told = f"{now.done} of {now.trials}{left}"
    room = min(width - cell_len(told) - 1, 40)
    if room < 8:
        return Text(told)
    done = round(room * min(now.done / now.trials, 1.0)) if now.trials else 0
    full, empty = (PLAIN_DONE, PLAIN_LEFT) if is_ascii else (DONE, LEFT)
    return Text.assemble((full * done, "green"), (empty * (room - done), "dim"), f" {told}")


def _rates(now: Now, width: int, *, is_ascii: bool) -> Text:
    """The trial's rate slice by slice, its last one in figures."""
    told = f"{figures.thousands(now.rates[-1])}/s"
    room = width - len(told) - cell_len(now.rates_of) - 2
    drawn = sparkline(now.rates, max(min(room, MOST_SLICES), 0), is_ascii=is_ascii)
    before = max(len(drawn) - (len(now.rates) - now.warming), 0)
    return Text.assemble(
        (f"{now.rates_of} ", "dim"), (drawn[:before], "cyan dim"), (drawn[before:], "cyan"), f" {told}"
    )


def sparkline(rates: Sequence[float], width: int, *, is_ascii: bool = False) -> str:
    """The last so many rates, each as high as it is a share of the highest."""
    shown = list(rates)[-width:] if width else []
    blocks, top = PLAIN_BLOCKS if is_ascii else BLOCKS, max(shown, default=0.0)
    steps = len(blocks) - 1
    return "".join(blocks[max(round(steps * rate / top), 1 if rate > 0 else 0)] for rate in shown) if top > 0 else ""


def _board(board: Sequence[Standing], room: int, width: int, *, is_ascii: bool) -> list[Text]:
    """As many as there is room for: the first ones, and whose turn it is in any case."""
    shown = list(enumerate(board, 1))
    if len(shown) > room:
        kept = shown[: room - 1]
        current = [row for row in shown if row[1].is_current and row not in kept]
        kept = [*kept[: room - 1 - len(current)], *current]
        return [
            *(_row(place, one, width, is_ascii=is_ascii) for place, one in kept),
            Text(f"  {len(shown) - len(kept)} more", style="dim"),
        ]
    return [_row(place, one, width, is_ascii=is_ascii) for place, one in shown]


def _row(place: int, one: Standing, width: int, *, is_ascii: bool) -> Text:
    pointer = ">" if one.is_current else " "
    columns = min(NAME_COLUMNS, max(width - FIGURE_COLUMNS - 6, 8))
    line = Text.assemble(
        (f"{pointer}{place:>2} {set_cell_size(one.name, columns)} ", "bold" if one.is_current else ""),
        f"{one.told:>{FIGURE_COLUMNS}} ",
    )
    room = width - line.cell_len
    if width >= NARROW and room > 4:
        line.append((PLAIN_DONE if is_ascii else DONE) * max(round(room * one.share), 1), style=colour(one.model))
    return line


# From a run to what is shown of it


def rates(trial: Trial | None, slice_ns: int) -> list[float]:
    """Of the slices so far, the warm-up's and the window's; a last one that the window cut short is left out."""
    if trial is None:
        return []
    of_window = trial.load.slices[: trial.load.window_ns // slice_ns] if trial.load else []
    return [1e9 * one.verified / slice_ns for one in (*trial.warmup_slices, *of_window)]


def board(run: Run, current: Cell) -> tuple[str, list[Standing]]:
    """The leaders of the scenario under way, best first, with a title."""
    if run.memory is not None:
        return "bytes a connection so far", _by_memory(run, current)
    here = cells.ranked([cell for cell in (*run.cells, *run.steps) if cell.scenario == current.scenario])
    offered = cells.offered_per_s(here)
    if offered is None:
        top = max(map(cells.rate, here), default=0.0)
        shown = [(cell, f"{figures.thousands(cells.rate(cell))}/s", cells.rate(cell), top) for cell in here]
        return f"{current.scenario} so far", [_standing(run, *each, current) for each in shown]
    found = [(cell, cells.latency(cell, "p99") or 0.0) for cell in here]
    top = max((value for _, value in found), default=0.0)
    title = f"{current.scenario} so far, p99"
    return title, [_standing(run, cell, figures.time(value), value, top, current) for cell, value in found]


def _standing(run: Run, cell: Cell, told: str, value: float, top: float, current: Cell) -> Standing:
    share = value / top if top > 0 else 0.0
    return Standing(cells.name(cell, run), cell.model, told, share, _same(cell, current))


def _same(one: Cell, other: Cell) -> bool:
    return (one.label, one.interpreter) == (other.label, other.interpreter)


def _by_memory(run: Run, current: Cell) -> list[Standing]:
    assert run.memory
    rows = memory_table.measured(run.memory)
    top = max(map(memory_table.median, rows), default=0.0)
    return [
        Standing(
            memory_table.name(row, run.memory),
            row.model,
            memory_table.size(memory_table.median(row)),
            max(memory_table.median(row), 0.0) / top if top > 0 else 0.0,
            (row.label, row.interpreter) == (current.label, current.interpreter),
        )
        for row in rows
    ]
