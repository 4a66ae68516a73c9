"""A Grid as a rich table that fits its console: columns leave by priority, numbers never wrap."""

from rich import box
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from concur.bench.results import Run
from concur.report.columns import Column, Grid, grid

STYLES = {"ok": "", "absent": "dim", "failed": "red", "wrong": "red", "void": "red"}
NOT_OK = "yellow"


def table(run: Run, scenario: str, console: Console) -> Table:
    """The ranked table of one scenario, as wide as the console lets it be."""
    return fit(grid(run, scenario), console)


def fit(content: Grid, console: Console) -> Table:
    """The widest table of this grid that the console holds, without the columns of least priority if need be."""
    columns = list(content.columns)
    drawn = _draw(content, columns)
    while _width(drawn, console) > console.width and any(column.priority for column in columns):
        columns.remove(max(columns, key=lambda column: column.priority))
        drawn = _draw(content, columns)
    return drawn


def _width(drawn: Table, console: Console) -> int:
    unbounded = console.options.update(width=10_000)
    return Measurement.get(console, unbounded, drawn).maximum


def _draw(content: Grid, columns: list[Column]) -> Table:
    drawn = Table(
        title=content.title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        header_style="",
    )
    for column in columns:
        drawn.add_column(
            Text(column.head),
            justify="left" if column.is_text else "right",
            overflow="ellipsis" if column.is_text else "fold",
            no_wrap=True,
            vertical="bottom",
        )
    for index, verdict in enumerate(content.verdicts):
        style = STYLES.get(verdict, NOT_OK)
        drawn.add_row(*(Text(column.values[index] or "") for column in columns), style=style)
    return drawn
