"""`concur crawl URL`: crawls a site politely, in any model, and says what is wrong with it."""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from concur.cli import units

if TYPE_CHECKING:
    from concur.crawl.contract import Crawl
    from concur.crawl.frontier import Frontier, Plan, Record
    from concur.errors import MachineError
    from concur.report.site import Site

MODEL = "asyncio_streams"
REDRAW_S, SAY_S = 0.1, 5.0  # between two lines of progress, on a terminal and elsewhere
INTERRUPTED = 130
SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:(?!\d)", re.ASCII)  # what is followed by a number is a host
AGENT = re.compile(r"[!-~]+( [!-~]+)*")  # what a header can carry, and robots.txt can name

Tell = Callable[["Record"], None]


def crawl(
    urls: Annotated[list[str], typer.Argument(metavar="URL...", help="Where to begin; their origins are the scope.")],
    model: Annotated[str, typer.Option("-m", "--model", help="How it waits: a model of `concur models`.")] = MODEL,
    concurrency: Annotated[str, typer.Option(metavar="N", help="Requests under way at most.")] = "20",
    per_origin: Annotated[str, typer.Option(metavar="N", help="And to one origin; one where there is a delay.")] = "2",
    delay: Annotated[
        str, typer.Option(metavar="TIME", help="Between two requests to an origin; robots.txt may ask for more.")
    ] = "500ms",
    depth: Annotated[str | None, typer.Option(metavar="N", help="Links from the start; no limit without it.")] = None,
    pages: Annotated[str, typer.Option(metavar="N", help="Pages at most; 0 for no limit.")] = "1000",
    scope: Annotated[list[str] | None, typer.Option(metavar="URL", help="Another origin that belongs to it.")] = None,
    timeout: Annotated[str, typer.Option(metavar="TIME", help="Of a request.")] = "30s",
    retries: Annotated[str, typer.Option(metavar="N", help="Of a request whose failure may pass.")] = "2",
    agent: Annotated[str, typer.Option(metavar="NAME", help="What it calls itself, to robots.txt too.")] = "concur",
    parser: Annotated[str, typer.Option(help="Of links: html.parser, or selectolax, which is faster.")] = "html.parser",
    ignore_robots: Annotated[bool, typer.Option("--ignore-robots", help="For a site of your own.")] = False,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Follow links into private networks, which only a seed may be in.")
    ] = False,
    export: Annotated[str | None, typer.Option(metavar="FILE", help="A JSON line for each URL; - for stdout.")] = None,
    resume: Annotated[
        str | None, typer.Option(metavar="FILE", help="Save the crawl there as it goes; go on, if it was saved.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The report as one JSON document, and nothing else.")] = False,
) -> None:
    """Crawl a site, and report what is broken, slow, redirected or there twice. Status 1 if nothing could be had."""
    from concur.cli import console
    from concur.crawl.plan import Plan
    from concur.errors import UsageError

    if as_json and export == "-":
        raise UsageError("--json and --export - are both for stdout", do="Give --export a file.")
    if not AGENT.fullmatch(agent):
        raise UsageError(f"an agent cannot be called {agent!r}", do="Give it a name such as concur, in ASCII.")
    if not (timeout_s := units.seconds(timeout)):
        raise UsageError("a time-out of 0 lets nothing arrive", do="Give a time such as 30s.")
    seeds, origins = tuple(seed(url) for url in urls), [seed(url).origin for url in scope or ()]
    plan = Plan(
        seeds=seeds,
        origins=(*(one.origin for one in seeds), *origins),
        max_depth=None if depth is None else units.count(depth),
        max_pages=units.count(pages) or None,
        connections=units.count(concurrency),
        connections_per_origin=units.count(per_origin),
        delay_s=units.seconds(delay),
        retries=units.count(retries),
        agent=agent,
        obey_robots=not ignore_robots,
    )
    if ignore_robots:
        console.messages().print("concur: robots.txt is not asked for: do so on a site of your own", style="yellow")
    options = {"parser": parser, "timeout_s": timeout_s, "allow_private": allow_private}
    carry_out(plan, load(model, parser), options, export, resume, as_json=as_json)


def seed(text: str) -> Any:
    """A URL to begin with; its credentials are left out, and that is said. Raises UsageError."""
    from urllib.parse import urlsplit

    from concur.cli import console
    from concur.errors import UsageError
    from concur.wire.faults import UrlError
    from concur.wire.urls import canonical

    given = text if SCHEME.match(text) else f"http://{text}"
    try:
        url = canonical(given)
        if urlsplit(given).username is not None:
            console.messages().print(f"concur: the name and password are left out: {url}", style="yellow")
    except (UrlError, ValueError) as error:
        said = text.rpartition("@")[2]  # what may stand before is a password
        raise UsageError(f"'{said}' is no URL to crawl", why=getattr(error, "why", "") or str(error)) from None
    return url


def load(model: str, parser: str) -> Any:
    """The model's module. Raises UsageError or MachineError where it, or the parser, is not to be had."""
    from importlib.util import find_spec

    from concur.errors import MachineError, unknown
    from concur.fetch import load_model
    from concur.wire.links import PARSERS

    if parser not in PARSERS:
        raise unknown("parser", parser, PARSERS, do="html.parser is always there.")
    if parser != PARSERS[0] and find_spec(parser) is None:
        raise MachineError(f"{parser} is not installed", do=f"pip install {parser}, or leave --parser out.")
    return load_model(model)


def carry_out(
    plan: "Plan", model: Any, options: dict[str, Any], export: str | None, resume: str | None, *, as_json: bool
) -> None:
    """Crawls, and prints what came of it."""
    from concur.crawl.contract import Crawl, run
    from concur.crawl.memory import keep_freed
    from concur.echo.stop import Stop

    keep_freed()
    records: list[Record] = []
    with exporting(export) as write:

        def keep(record: "Record") -> None:
            records.append(record)
            write(record)

        frontier = begin(plan, resume, keep)
        show = progress(frontier)

        def tell(record: "Record") -> None:
            keep(record)
            show()

        crawling = Crawl(frontier, on_record=tell, is_detailed=True, **options)
        stop, began_s = Stop(), time.monotonic()
        stop.handle_signals()
        try:
            run(model, crawling, stop)
        finally:
            frontier.close()
            was_stopped = stop.is_requested
            stop.close()
            show(is_last=True)
    finish(crawling, records, time.monotonic() - began_s, resume, was_stopped=was_stopped, as_json=as_json, to=export)


def begin(plan: "Plan", resume: str | None, keep: Tell) -> "Frontier":
    """The crawl, new or as it was saved; then what was finished is kept again."""
    from concur.crawl import saving
    from concur.crawl.frontier import Frontier

    if resume is None:
        return Frontier(plan)
    path = Path(resume)
    if path.exists():
        return saving.resume(plan, path, time.monotonic_ns(), keep)
    return saving.begin(plan, path)


class exporting:  # a context that reads as a verb
    """Where records go as JSON lines: a file, which is there before anything is asked, stdout, or nowhere."""

    def __init__(self, export: str | None) -> None:
        self._export = export
        self._file: IO[str] | None = None

    def __enter__(self) -> Tell:
        import sys

        if self._export == "-":
            self._file = sys.stdout
        elif self._export is not None:
            try:
                self._file = open(self._export, "w", encoding="utf-8")
            except OSError as error:
                raise self._refused(error) from None
        return self._write

    def _write(self, record: "Record") -> None:
        import json

        from concur.crawl.exporting import row

        try:
            if self._file:
                self._file.write(json.dumps(row(record)) + "\n")
        except BrokenPipeError:
            raise  # who read it has seen enough
        except OSError as error:
            raise self._refused(error) from None

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self._file and self._export != "-":
            try:
                self._file.close()
            except OSError as error:
                if kind is None:
                    raise self._refused(error) from None

    def _refused(self, error: OSError) -> "MachineError":
        from concur.errors import MachineError

        why = error.strerror or str(error)
        return MachineError(f"cannot write {self._export}", why=why, do="Make room, or choose another file.")


class progress:
    """How far the crawl is, on stderr, when a URL is finished. No thread draws: some models fork."""

    def __init__(self, frontier: "Frontier") -> None:
        from concur.cli import console

        self._frontier, self._console = frontier, console.messages()
        self._is_live = self._console.is_terminal
        self._pause_s = REDRAW_S if self._is_live else SAY_S
        self._said_s = time.monotonic()

    def __call__(self, *, is_last: bool = False) -> None:
        now_s = time.monotonic()
        if is_last and self._is_live:
            self._console.file.write("\r\x1b[K")
            return
        if is_last or now_s - self._said_s < self._pause_s:
            return
        self._said_s, counts = now_s, self._frontier.counts
        line = f"{counts.finished:,} done, {counts.in_flight} under way, {counts.known:,} URLs known"
        if self._is_live:
            self._console.file.write(f"\r\x1b[K{line[: self._console.width - 1]}")
            self._console.file.flush()
        else:
            self._console.print(line, style="dim")


def finish(
    crawling: "Crawl",
    records: list["Record"],
    took_s: float,
    resume: str | None,
    *,
    was_stopped: bool,
    as_json: bool,
    to: str | None,
) -> None:
    """Prints the report, and exits with 130 if it was interrupted, 1 if nothing at all could be had."""
    import json

    from concur.cli import console
    from concur.report import site_table
    from concur.report.site import site

    frontier = crawling.frontier
    counts = frontier.counts
    found = site(
        records,
        took_s=took_s,
        forbidden=counts.forbidden,
        notes=frontier.notes + remarks(crawling, records, resume, was_stopped=was_stopped),
        is_complete=frontier.is_done and not has_all_pages(frontier),
    )
    if as_json:
        console.print_document(json.dumps(found.as_json()).encode())
    else:
        site_table.show(found, console.messages() if to == "-" else console.results())
    if was_stopped:
        raise typer.Exit(INTERRUPTED)
    if not has_answer(found):
        raise typer.Exit(1)


def has_all_pages(frontier: "Frontier") -> bool:
    """Whether the limit of pages ended the crawl, or would have."""
    most = frontier.plan.max_pages
    return most is not None and frontier.counts.counted >= most


def has_answer(found: "Site") -> bool:
    """Whether any page was had."""
    return any(status.isdigit() and int(status) < 400 for status in found.statuses)


def remarks(crawling: "Crawl", records: list["Record"], resume: str | None, *, was_stopped: bool) -> list[str]:
    """What the crawl's user should know besides."""
    plan, counts, said = crawling.plan, crawling.frontier.counts, []
    if was_stopped and resume:
        said.append(f"Interrupted; the same command goes on from {resume}.")
    elif was_stopped:
        said.append("Interrupted; with --resume FILE it could go on from here.")
    if not records and counts.forbidden and not crawling.frontier.notes:
        said.append(f"robots.txt forbids {plan.seeds[0]} to {plan.agent}; --ignore-robots is for a site of your own.")
    if plan.max_pages is not None and has_all_pages(crawling.frontier):
        said.append(f"The limit of {plan.max_pages:,} pages is reached; --pages N sets another.")
    return said
