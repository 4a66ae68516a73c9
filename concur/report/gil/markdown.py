"""A report of `concur gil` as Markdown: the summary first, then the tables."""

from concur.gil.results import Report
from concur.report import markdown as marks
from concur.report.gil.grids import grids
from concur.report.gil.summary import summary


def markdown(report: Report) -> bytes:
    """The whole document."""
    tables = [part for grid in grids(report) for part in (marks.table(grid), marks.items(grid.notes))]
    left_out = [f"Left out for want of time: {each}" for each in report.left_out]
    return marks.document([marks.items(summary(report)), *tables, marks.items([*report.notes, *left_out])])
