"""A run on a terminal: its tables or matrices, their notes, the sentences, and what to try next."""

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from concur.bench.results import Run
from concur.report import cells, matrix
from concur.report.columns import Grid, grids
from concur.report.heatmap import blocks, legend
from concur.report.table import fit
from concur.report.words import sentences

READABLE = 100  # characters in a line of prose, however wide the terminal is


def show(run: Run, console: Console) -> None:
    """Prints the whole report of a run. Without a terminal or with NO_COLOR it is plain text."""
    if matrix.is_matrix(run):
        _matrices(run, console)
    else:
        for grid in grids(run):
            _ranked(grid, console, grid.notes)
    for warning in run.warnings:
        _bullet(console, warning, "!", "yellow")
    for sentence in sentences(run):
        _bullet(console, sentence, "–", "")


def _ranked(grid: Grid, console: Console, notes: Iterable[str]) -> None:
    if grid.verdicts:
        console.print(fit(grid, console))
    _below(console, notes)


def _matrices(run: Run, console: Console) -> None:
    """Of a few cells the ranked tables, with the heat map below each; of many, matrices alone."""
    if cells.is_large(run):
        shown = matrix.matrices(run)
    else:
        for grid in grids(run):
            _ranked(grid, console, ())
        shown = [one for scenario in cells.scenarios(run) for one in matrix.heat(run, scenario)]
    for one in shown:
        for block in blocks(one, console):
            console.print(block)
        if one.is_heat and (scale := legend(console)):
            console.print(scale)
        _below(console, one.notes)


def _below(console: Console, notes: Iterable[str]) -> None:
    for note in notes:
        _bullet(console, note, "·", "dim")
    console.print()


def _bullet(console: Console, text: str, mark: str, style: str) -> None:
    """One item; its further lines are indented, so that the eye finds where the next one begins."""
    body = Text(text, style=style).wrap(console, min(max(console.width - 2, 20), READABLE))
    for index, line in enumerate(body):
        lead = f"{mark} " if index == 0 else "  "
        console.print(Text(lead, style=style) + line, soft_wrap=True)
