"""A run on a terminal: its tables or matrices, their notes, the sentences, and what to try next."""

from collections.abc import Iterable

from rich.console import Console

from concur.bench.results import Run
from concur.report import cells, explanations, matrix, memory_words, scaling_tables, sweep_tables
from concur.report.bullets import bullet
from concur.report.columns import Grid, grids
from concur.report.explanations import Explained
from concur.report.heatmap import blocks, legend
from concur.report.matrix import Matrix
from concur.report.sweeps import is_sweep
from concur.report.table import fit
from concur.report.words import sentences


def show(run: Run, console: Console) -> None:
    """Prints the whole report of a run. Without a terminal or with NO_COLOR it is plain text."""
    if run.memory is not None:
        memory_words.show(run, console)
        return
    if is_sweep(run):
        _drawn(sweep_tables.matrices(run), console)
        _in_groups(run, console)
    elif matrix.is_matrix(run):
        _matrices(run, console)
    else:
        _tables(run, console, with_notes=True)
    for grid in scaling_tables.grids(run):
        _ranked(grid, console, grid.notes)
    for warning in run.warnings:
        bullet(console, warning, "!", "yellow")
    for sentence in sentences(run):
        bullet(console, sentence)


def _tables(run: Run, console: Console, *, with_notes: bool) -> None:
    """Each ranked table with its notes, and below it what explains its rows."""
    for grid, explained in zip(grids(run), explanations.explained(run), strict=True):
        _ranked(grid, console, grid.notes if with_notes else ())
        _explained(explained, console)


def _ranked(grid: Grid, console: Console, notes: Iterable[str]) -> None:
    if grid.verdicts:
        console.print(fit(grid, console))
    _below(console, notes)


def _explained(explained: Explained, console: Console) -> None:
    for sentence in explained.sentences:
        bullet(console, sentence)
    if explained.sentences:
        console.print()
    if explained.counters:
        _ranked(explained.counters, console, explained.counters.notes)


def _matrices(run: Run, console: Console) -> None:
    """Of a few cells the ranked tables, with the heat map below; of many, matrices alone."""
    if cells.is_large(run):
        _drawn(matrix.matrices(run), console)
        _in_groups(run, console)
        return
    _tables(run, console, with_notes=False)
    _drawn([one for scenario in cells.scenarios(run) for one in matrix.heat(run, scenario)], console)


def _drawn(shown: Iterable[Matrix], console: Console) -> None:
    for one in shown:
        for block in blocks(one, console):
            console.print(block)
        if one.is_heat and (scale := legend(console)):
            console.print(scale)
        _below(console, one.notes)


def _in_groups(run: Run, console: Console) -> None:
    """Too many rows for a sentence each: what bounds which of them."""
    for told in explanations.in_groups(run):
        bullet(console, told)


def _below(console: Console, notes: Iterable[str]) -> None:
    for note in notes:
        bullet(console, note, "·", "dim")
    console.print()
