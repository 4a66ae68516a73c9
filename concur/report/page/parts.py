"""The page's parts as files of their own, in a folder: pictures (.png, .svg, .pdf), text (.md), values (.csv)."""

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from concur.errors import MachineError, UsageError
from concur.report.exports import to_csv, to_markdown
from concur.report.page import drawing
from concur.report.page.panels import Panel, Table, Value, panels
from concur.report.page.sources import Source

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PICTURES = ("png", "svg", "pdf")
FORMATS = (*PICTURES, "md", "csv")
DPI = 200


def read_formats(text: str) -> list[str]:
    """`png,svg` as names. Raises UsageError for what is none."""
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    bad = [name for name in names if name not in FORMATS]
    if bad or not names:
        raise UsageError(f"'{', '.join(bad) or text}' is no format of a report", do=f"Known: {', '.join(FORMATS)}.")
    return list(dict.fromkeys(names))


def write(source: Source, formats: Iterable[str], folder: Path) -> list[Path]:
    """All parts in these formats; the paths, in page order. Raises MachineError where they cannot be written."""
    wanted = list(formats)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return list(_written(source, wanted, folder))
    except OSError as error:
        why = error.strerror or str(error)
        raise MachineError(f"{folder} cannot be written", why=why, do="Name another folder: -o FOLDER.") from None


def _written(source: Source, formats: list[str], folder: Path) -> Iterator[Path]:
    documents: dict[str, Callable[[], bytes]] = {
        "md": lambda: to_markdown(source.results.run),
        "csv": lambda: to_csv(source.results.run),
    }
    for name in (one for one in formats if one in documents):
        path = folder / f"run.{name}"
        path.write_bytes(documents[name]())
        yield path
    for panel in panels(source.results):
        yield from _pictures(panel, [name for name in formats if name in PICTURES], folder)
        if "csv" in formats:
            yield from _values(panel, folder)


def _pictures(panel: Panel, formats: list[str], folder: Path) -> Iterator[Path]:
    with drawing.style():
        for one in panel.drawings if formats else ():
            made = one.draw(drawing.WIDE)
            for name in formats:
                path = folder / f"{_stem(panel, one.name)}.{name}"
                _save(made, path)
                yield path


def _stem(panel: Panel, name: str) -> str:
    return name if name.startswith(panel.id) else f"{panel.id}-{name}"


def _save(made: "Figure", path: Path) -> None:
    """On white, as its type is dark; without a date, so that the same run gives the same file."""
    dates = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(path.suffix[1:], {})
    made.savefig(path, dpi=DPI, facecolor="white", metadata=dates)


def _values(panel: Panel, folder: Path) -> Iterator[Path]:
    for index, table in enumerate(panel.tables, 1):
        path = folder / f"{panel.id}-{index}.csv"
        path.write_text(_csv(table), "utf-8")
        yield path


def _csv(table: Table) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([head.replace("\n", " ") for head in table.heads])
    for row in table.rows:
        writer.writerow([(one.text if isinstance(one, Value) else one).replace("\n", " ") for one in row.values])
    return text.getvalue()
