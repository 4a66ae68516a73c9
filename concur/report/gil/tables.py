"""A report of `concur gil` on a terminal: tables, what they lack, and the summary, which ends it."""

from rich.console import Console

from concur.gil.results import Report
from concur.report.bullets import bullet
from concur.report.gil.grids import grids
from concur.report.gil.summary import summary
from concur.report.table import fit


def show(report: Report, console: Console) -> None:
    """Prints all of it. Without a terminal or with NO_COLOR it is plain text."""
    for grid in grids(report):
        if grid.verdicts:
            console.print(fit(grid, console))
        for note in grid.notes:
            bullet(console, note, "·", "dim")
        console.print()
    for note in report.notes:
        bullet(console, note, "!", "yellow")
    if report.left_out:
        bullet(console, f"Left out for want of time (--budget): {'; '.join(report.left_out)}.", "!", "yellow")
    console.print()
    for line in summary(report):
        bullet(console, line)
