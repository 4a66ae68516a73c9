"""`concur report`: a run as one HTML file that needs nothing else, or its parts as files in a folder."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from concur.cli import console, pages

if TYPE_CHECKING:
    from concur.report.page.sources import Source


def report(
    run: Annotated[
        str, typer.Argument(metavar="[RUN]", help="A run's file or id; the newest in .concur/results without one.")
    ] = "",
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="The page's file, or the folder of its parts.")
    ] = None,
    formats: Annotated[
        str | None, typer.Option("--format", metavar="A,B", help="Its parts instead: png, svg, pdf, md, csv.")
    ] = None,
    is_opened: Annotated[bool, typer.Option("--open", help="Show it in a browser, if there is one.")] = False,
) -> None:
    """Make a page of a run: one file, to be read without a network, sent by mail, printed.

    What `concur gil`, `concur bench --memory` and `concur bench --service crawl` left
    in the same folder, on the same machine, is shown too. Without -o the page lies
    beside the run's file.
    """
    from concur.report.page import sources

    path = sources.find(run)
    source = sources.read(path)
    source.notes.extend(sources.from_elsewhere(source.results.run))
    for note in source.notes:
        console.messages().print(f"concur: {note}", style="yellow")
    if formats is not None:
        _parts(source, formats, output or path.with_suffix(""))
        return
    page = pages.write(source, output or path.with_suffix(".html"))
    if is_opened:
        pages.show(page)


def _parts(source: "Source", formats: str, folder: Path) -> None:
    """Each file's path on stdout, for scripts."""
    from concur.report.page import parts

    for path in parts.write(source, parts.read_formats(formats), folder):
        console.results().print(str(path), soft_wrap=True)
