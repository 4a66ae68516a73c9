"""`concur web`: serves a synthetic web for any crawler, says the right answer before, and what was asked after."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from concur.cli import units

if TYPE_CHECKING:
    from rich.table import Table

    from concur.web.ceiling import Ceiling
    from concur.web.conversation import Site
    from concur.web.graph import Web
    from concur.web.log import Log
    from concur.web.oracle import Expected, Rules

MUCH_BUSY = 0.9  # of a CPU: whoever is busier than that set the pace


def web(
    pages: Annotated[str, typer.Option(metavar="N", help="Pages, 10 to 1M.")] = "1000",
    links: Annotated[str, typer.Option(metavar="N", help="Links on a page, in the mean.")] = "20",
    page_bytes: Annotated[str, typer.Option("--page-size", metavar="SIZE", help="Of a page, in the mean.")] = "10k",
    latency: Annotated[
        str, typer.Option(metavar="KIND:TIME", help="none, constant:50ms, or lognormal:50ms (the mean).")
    ] = "none",
    faults: Annotated[
        str, typer.Option(metavar="NAMES", help="none, all, or names with shares (gone,redirect=5%); list lists them.")
    ] = "none",
    hosts: Annotated[str, typer.Option(metavar="N", help="Origins that the pages are spread over, a port each.")] = "1",
    crawl_delay: Annotated[
        str | None, typer.Option(metavar="TIME", help="What robots.txt asks for between two requests.")
    ] = None,
    seed: Annotated[int, typer.Option(metavar="N", help="Of everything that is random.")] = 1,
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="N", help="Where to listen; 0: any that is free.")] = 0,
    max_depth: Annotated[
        str | None, typer.Option(metavar="N", help="Of the crawl that the right answer is for; no limit without it.")
    ] = None,
    retries: Annotated[str, typer.Option(metavar="N", help="Of that crawl, for a page.")] = "2",
    agent: Annotated[str, typer.Option(metavar="NAME", help="Of that crawl, in robots.txt.")] = "concur",
    ceiling: Annotated[bool, typer.Option("--ceiling", help="Measure how many pages a second it can serve.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="JSON lines: one when it is ready, one at the end.")] = False,
) -> None:
    """Serve a synthetic web until interrupted; say what a correct crawl fetches, and what was asked."""
    if faults == "list":
        return list_faults(as_json=as_json)
    from concur.web.graph import Web
    from concur.web.oracle import Rules

    served = Web(
        seed=seed,
        pages=units.count(pages),
        links=units.count(links),
        page_bytes=units.size_bytes(page_bytes),
        latency=latency,
        faults=faults,
        hosts=units.count(hosts),
        crawl_delay_s=None if crawl_delay is None else units.seconds(crawl_delay),
    )
    if ceiling:
        return measure_ceiling(served, as_json=as_json)
    rules = Rules(None if max_depth is None else units.count(max_depth), units.count(retries), agent)
    serve(served, rules, host, port, as_json=as_json)
    return None


def serve(web: "Web", rules: "Rules", host: str, port: int, *, as_json: bool) -> None:
    """Serves, and prints before and after. Raises UsageError and MachineError before anything is served."""
    from concur.cli import console
    from concur.web import oracle, serving

    oracle.refuse_unknowable(web, rules)
    answers: list[Expected] = []

    def ready(site: "Site") -> None:
        expected = oracle.Expected(site.addresses, rules)
        answers.append(expected)
        if as_json:
            _print_json(beginning(site, expected))
        else:
            console.results().print(_beginning_table(site, expected))

    log = serving.run(web, host, port, ready)
    (expected,) = answers
    if as_json:
        _print_json(ending(log, expected))
    else:
        console.results().print(_ending_table(log, expected))


def beginning(site: "Site", expected: "Expected") -> dict[str, Any]:
    """What is served where, and the right answer, in JSON's types."""
    from concur.web.program import ready

    answer = {"urls": len(expected), "max_depth": expected.max_depth, "forbidden": len(expected.forbidden)}
    return ready(site) | {"expected": answer}


def ending(log: "Log", expected: "Expected") -> dict[str, Any]:
    """What was asked, and what was wrong with it, in JSON's types."""
    from concur.web import judging

    origins = log.origins.values()
    gaps = [origin.gap_ns for origin in origins if origin.gap_ns is not None]
    return {
        "event": "end",
        "requests": log.requests,
        "urls": sum(len(origin.times) for origin in origins) + len(log.foreign),
        "missing": judging.missing(log, expected),
        "over_fetched": judging.over_fetched(log, expected),
        "requests_per_s_most": log.per_s_most,
        "connections_most": max(origin.connections_most for origin in origins),
        "in_flight_most": max(origin.in_flight_most for origin in origins),
        "gap_ns": min(gaps, default=None),
        "complaints": judging.check(log, expected, in_part=True) if log.requests else [],
    }


def measure_ceiling(web: "Web", *, as_json: bool) -> None:
    """Measures what the server can serve here, and prints it."""
    import json

    from concur.cli import console
    from concur.web.ceiling import measure

    found = measure(web)
    if as_json:
        console.print_document(json.dumps(found._asdict()).encode())
    else:
        console.results().print(_ceiling_table(found))


def list_faults(*, as_json: bool) -> None:
    """Prints the table of faults."""
    import json

    from rich.table import Table

    from concur.cli import console
    from concur.web.faults import FAULTS

    if as_json:
        return console.print_document(json.dumps([row._asdict() for row in FAULTS]).encode())
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("fault", "share", "what the server does", "what a correct crawl does"):
        table.add_column(heading, justify="right" if heading == "share" else "left", overflow="fold")
    for row in FAULTS:
        table.add_row(row.name, f"{100 * row.share:g} %", row.server, row.crawl)
    console.results().print(table)
    return None


def _print_json(document: dict[str, Any]) -> None:
    import json

    from concur.cli import console

    console.print_document(json.dumps(document).encode())


def _beginning_table(site: "Site", expected: "Expected") -> "Table":
    from concur.report import figures
    from concur.web.serving import loop_name

    web, table = expected.web, _facts()
    size = f"{web.page_bytes / 1024:g} KiB"
    table.add_row("web", f"{figures.counted(web.pages, 'page')}, {web.links} links and {size} each in the mean")
    table.add_row("", f"latency {web.latency}, faults {web.faults}, seed {web.seed}")
    table.add_row("at", f"{site.addresses.seed}, on {loop_name()}; Ctrl-C ends it", style="bold")
    told = f"a correct crawl fetches {figures.counted(len(expected), 'URL')}, at depths up to {expected.max_depth}"
    table.add_row("answer", told)
    if expected.forbidden:
        table.add_row("", f"{len(expected.forbidden):,} more are linked to and not to be asked for")
    return table


def _ending_table(log: "Log", expected: "Expected") -> "Table":
    from concur.report import figures

    table, facts = _facts(), ending(log, expected)
    if not log.requests:
        table.add_row("asked", "nothing")
        return table
    urls = figures.counted(facts["urls"], "URL")
    table.add_row("asked", f"{figures.counted(facts['requests'], 'request')} for {urls}")
    table.add_row("at most", f"{facts['requests_per_s_most']:,} in a second, {facts['in_flight_most']:,} at once")
    table.add_row("missing", f"{facts['missing']:,} of the {len(expected):,} URLs of a correct crawl")
    table.add_row("too many", figures.counted(facts["over_fetched"], "request"))
    for number, complaint in enumerate(facts["complaints"]):
        table.add_row("" if number else "complaints", complaint, style="yellow")
    if not facts["complaints"]:
        table.add_row("complaints", "none")
    return table


def _ceiling_table(found: "Ceiling") -> "Table":
    from concur.report import figures

    table = _facts()
    table.add_row("ceiling", f"{figures.count(found.pages_per_s)} pages/s", style="bold")
    table.add_row("", f"{found.bytes_per_s / 2**20:,.0f} MiB/s over {found.connections} connections, {found.loop}")
    table.add_row("server", f"busy {figures.share(found.server_busy)} of a CPU")
    table.add_row("client", f"busy {figures.share(found.client_busy)} of a CPU")
    if found.server_busy < MUCH_BUSY:
        table.add_row("", "the server was not the limit here: it can serve more than that", style="yellow")
    return table


def _facts() -> "Table":
    from rich.table import Table

    return Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
