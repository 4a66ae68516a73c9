"""Pages on their way out: where one is written, what is refused, and whether a browser shows it."""

import os
import sys
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from concur.cli import console
from concur.errors import MachineError, UsageError

if TYPE_CHECKING:
    from concur.bench.results import Run
    from concur.report.page.sources import Source

ENDINGS = (".html", ".htm")
DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")


class Page(NamedTuple):
    """That a page is wanted of a run that ends, and where; None: beside its results."""

    output: Path | None = None

    def make(self, run: "Run") -> None:
        """Write it; open it where somebody sits before a display."""
        from concur.bench.saving import RESULTS
        from concur.report.page import sources

        path = RESULTS / f"{run.id}.json"
        written = write(sources.beside(run, path), self.output or path.with_suffix(".html"))
        if sys.stdout.isatty() and has_display():
            show(written)


def wanted(flag: bool, output: Path | None, *, is_for_servers: bool) -> Page | None:
    """What `--report` and `--report-to` ask for. Raises UsageError before anything is measured for what cannot be."""
    if not flag and output is None:
        return None
    if not is_for_servers:
        do = "A page shows a run of servers, and the newest crawls beside it: `concur report`."
        raise UsageError("--report is of servers", do=do)
    check(output)
    return Page(output)


def check(output: Path | None) -> None:
    """Raises UsageError where a page would be written over something else, or to where no folder is."""
    if output is not None and output.suffix not in ENDINGS:
        raise UsageError(f"'{output}' is no page", do="Give a name that ends in .html.")
    if output is not None and not output.parent.is_dir():
        raise UsageError(f"there is no folder {output.parent}", do="Make it, or name another file.")


def write(source: "Source", output: Path) -> Path:
    """The page in that file, and its path on stderr. Raises MachineError where that is refused."""
    from concur.report.page.page import to_html

    check(output)
    html = to_html(source)
    try:
        output.write_text(html, "utf-8")
    except OSError as error:
        why = error.strerror or str(error)
        raise MachineError(
            f"{output} cannot be written", why=why, do="Name another file: it may be anywhere."
        ) from None
    console.messages().print(f"report: {output}", soft_wrap=True)
    return output


def show(page: Path) -> None:
    """In a browser; where there is none, or no display, it is said."""
    if not has_display():
        console.messages().print("concur: there is no display here: open the file where there is one", style="yellow")
    elif not webbrowser.open(page.resolve().as_uri()):
        console.messages().print("concur: no browser could be started: open the file in one", style="yellow")


def has_display() -> bool:
    """Whether a browser could show itself. macOS always has one; elsewhere the session says so."""
    return sys.platform == "darwin" or any(os.environ.get(name) for name in DISPLAYS)
