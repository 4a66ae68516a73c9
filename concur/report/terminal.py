"""A run on a terminal: its tables, their notes, the sentences, and what to try next."""

from rich.console import Console
from rich.text import Text

from concur.bench.results import Run
from concur.report.columns import grids
from concur.report.table import fit
from concur.report.words import sentences

READABLE = 100  # characters in a line of prose, however wide the terminal is


def show(run: Run, console: Console) -> None:
    """Prints the whole report of a run. Without a terminal or with NO_COLOR it is plain text."""
    for grid in grids(run):
        if grid.verdicts:
            console.print(fit(grid, console))
        for note in grid.notes:
            _bullet(console, note, "·", "dim")
        console.print()
    for warning in run.warnings:
        _bullet(console, warning, "!", "yellow")
    for sentence in sentences(run):
        _bullet(console, sentence, "–", "")


def _bullet(console: Console, text: str, mark: str, style: str) -> None:
    """One item; its further lines are indented, so that the eye finds where the next one begins."""
    body = Text(text, style=style).wrap(console, min(max(console.width - 2, 20), READABLE))
    for index, line in enumerate(body):
        lead = f"{mark} " if index == 0 else "  "
        console.print(Text(lead, style=style) + line, soft_wrap=True)
