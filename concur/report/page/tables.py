"""From the report's text grids and cells to the page's tables, whose columns can be sorted. Pure."""

import re
from collections.abc import Mapping, Sequence

from concur.bench.results import Cell, Estimate, Run
from concur.report import cells, figures
from concur.report.columns import Grid
from concur.report.columns import folded as folded  # a panel's rows are named as a grid's
from concur.report.matrix import NAME_WIDTH
from concur.report.page.panels import Row, Table, Value

NUMBER = re.compile(r"[<>~]?\s*(-?[\d,]+(?:\.\d+)?)\s*([kM]?)")
TIMES = {"k": 1e3, "M": 1e6, "": 1.0}


def of_grid(grid: Grid, series: Mapping[str, str] | None = None, caption: str = "") -> Table:
    """The grid as a table. series: the model's label by the name of a row."""
    columns = [[_value(text, is_text=one.is_text) for text in one.values] for one in grid.columns]
    names = grid.columns[0].values if grid.columns else []
    known = series or {}
    rows = [Row(values, known.get(name, "")) for name, values in zip(names, zip(*columns, strict=True), strict=True)]
    heads = [one.head for one in grid.columns]
    return Table(caption or grid.title, heads, rows, grid.notes)


def _value(text: str, *, is_text: bool) -> Value:
    return Value(text, None if is_text else number_in(text))


def number_in(text: str) -> float | None:
    """The first number of a figure as it is written: `181,204`, `9.5k`, `<0.01`, `1.80×`, `61k–64k`."""
    found = NUMBER.match(text.strip())
    return float(found[1].replace(",", "")) * TIMES[found[2]] if found and found[1].strip(",") else None


def labels(run: Run, shown: Sequence[Cell]) -> dict[str, str]:
    """The label of each row's name, as grids and matrices write it."""
    named = {folded(cells.name(cell, run)): cell.label for cell in shown}
    return named | {folded(cell.label, NAME_WIDTH): cell.label for cell in shown}


def interval(estimate: Estimate | None, unit: float = 1.0) -> Value:
    """`low–high` in that unit; empty where there was one round."""
    if estimate is None or estimate.interval is None:
        return Value("")
    low, high = (figures.digits(end / unit) for end in estimate.interval)
    return Value(f"{low}–{high}", estimate.interval[0])


def figure(value: float | None, unit: float = 1.0) -> Value:
    """Three significant digits in that unit; empty for what is not known."""
    return Value("") if value is None else Value(figures.digits(value / unit), value)
