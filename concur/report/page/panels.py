"""What a panel of the page is, and which there are, in page order. Pure data; who draws is `panel_*.py`.

A panel is a function of the Results to a Panel, or None where there is nothing to
show. It returns text and functions that draw; jinja2 and matplotlib escape, so
that a panel never writes markup. To add one: a file `panel_x.py` with
`panel(results) -> Panel | None`, and its line in NAMES.
"""

import importlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from concur.bench.results import Run
from concur.gil.results import Report as GilReport

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from concur.bench.crawls.results import Run as CrawlRun


class Results(NamedTuple):
    """All that a page shows: the run, and what the neighbours of its file add; None for what is not there."""

    run: Run
    gil: GilReport | None = None
    crawl: "CrawlRun | None" = None
    others: Mapping[str, Any] = MappingProxyType({})  # of further kinds, by their name: what `sources.py` reads


class Value(NamedTuple):
    """What stands in a table, and the number that its column is sorted by; without one, the text is."""

    text: str
    order: float | None = None


class Row(NamedTuple):
    """A row of a table. series is the model's label, by which the page's toggles hide it; empty: always shown."""

    values: Sequence[Value | str]
    series: str = ""


class Table(NamedTuple):
    """A table of a panel; the first column names its rows. Heads may have a newline, as the columns of a Grid."""

    caption: str
    heads: Sequence[str]
    rows: Sequence[Row]
    notes: Sequence[str] = ()


class Drawing(NamedTuple):
    """One picture, drawn twice: for wide pages and for phones.

    draw takes the width in inches, `drawing.WIDE` or `drawing.NARROW`, and is
    called with the page's style in force (8 pt type reads well in both); name is of a file,
    unique in its panel; alt says in a sentence or two what a blind reader should
    know; the panel's tables have the values. What is_wide is drawn once, and on a
    phone moved sideways: better a second drawing.
    """

    name: str
    alt: str
    draw: Callable[[float], "Figure"]
    is_wide: bool = False


class Panel(NamedTuple):
    """One part of the page: a heading, pictures, tables with the same values, and what a learner needs to read them.

    id: letters and hyphens, unique in the page; how_to_read: two or three
    sentences; note: what must be said beside it (why something is not shown);
    says: sentences above the pictures, the finding itself.
    """

    id: str
    title: str
    how_to_read: str
    drawings: Sequence[Drawing] = ()
    tables: Sequence[Table] = ()
    note: str = ""
    says: Sequence[str] = ()


Maker: TypeAlias = Callable[[Results], "Panel | None"]

# The modules of the panels, in page order, each with a function `panel`. The verdict before them, and the environment
# and the raw data after them, are no panels: they are `page.py`'s.
NAMES = (
    "panel_ranked",
    "panel_mechanism",
    "panel_latency",
    "panel_latency_under_load",
    "panel_heat",
    "panel_over_time",
    "panel_scaling",
    "panel_memory",
    "panel_gil",
    "panel_crawl",
)


def panels(results: Results) -> Iterator[Panel]:
    """The panels that have something to show."""
    for name in NAMES:
        made = maker(name)(results)
        if made is not None:
            yield made


def maker(name: str) -> Maker:
    """The function of that panel's module."""
    found: Maker = importlib.import_module(f"concur.report.page.{name}").panel
    return found
