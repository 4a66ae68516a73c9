"""A run of crawls on a terminal and as Markdown: its tables or matrices, their notes, the sentences."""

from collections.abc import Iterable

from rich.console import Console

from concur.bench.crawls.results import Run
from concur.report import crawls_cells as cells
from concur.report import crawls_matrix, markdown
from concur.report.bullets import bullet
from concur.report.columns import Grid
from concur.report.crawls_tables import grids
from concur.report.crawls_words import sentences
from concur.report.heatmap import blocks, legend
from concur.report.matrix import Matrix
from concur.report.table import fit


def show(run: Run, console: Console) -> None:
    """Prints the whole report of a run. Without a terminal or with NO_COLOR it is plain text."""
    for one in crawls_matrix.of_sweeps(run):
        _drawn(one, console)
    if cells.is_large(run):
        for one in crawls_matrix.of_interpreters(run):
            _drawn(one, console)
    else:
        for grid in grids(run):
            _ranked(grid, console)
        for one in _heats(run):
            _drawn(one, console)
    for warning in run.warnings:
        bullet(console, warning, "!", "yellow")
    for sentence in sentences(run):
        bullet(console, sentence)


def to_markdown(run: Run) -> bytes:
    """The matrices, the tables with all their columns, and the sentences."""
    drawn = [*crawls_matrix.of_sweeps(run), *crawls_matrix.of_interpreters(run)]
    shown = [*map(crawls_matrix.as_grid, drawn), *grids(run)]
    parts = [part for grid in shown for part in (markdown.table(grid), markdown.items(grid.notes))]
    return markdown.document([*parts, markdown.items(sentences(run))])


def _heats(run: Run) -> Iterable[Matrix]:
    if not crawls_matrix.is_matrix(run):
        return []
    return [one for scenario in cells.scenarios(run) for one in crawls_matrix.heat(run, scenario)]


def _ranked(grid: Grid, console: Console) -> None:
    if grid.verdicts:
        console.print(fit(grid, console))
    _below(console, grid.notes)


def _drawn(one: Matrix, console: Console) -> None:
    for block in blocks(one, console):
        console.print(block)
    if one.is_heat and (scale := legend(console)):
        console.print(scale)
    _below(console, one.notes)


def _below(console: Console, notes: Iterable[str]) -> None:
    for note in notes:
        bullet(console, note, "·", "dim")
    console.print()
