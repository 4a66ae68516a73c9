"""`concur check`: what a server or a crawler promises, proved over real sockets."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from concur.cli import console
from concur.errors import UsageError, unknown

if TYPE_CHECKING:
    from collections.abc import Callable

    from concur.bench.plan import Target
    from concur.conformance.results import Checked, Finding

    Tell = Callable[[str, list[Finding]], None]
    Find = Callable[[Target, list[int]], Iterator[Finding]]

Texts = list[str] | None
ECHO, CRAWL = "echo", "crawl"
MOST_PAGES, MOST_SEEDS = 100_000, 1000


def check(
    targets: Annotated[
        Texts, typer.Argument(metavar="[TARGET]…", help="Models, `default`, `all`, or files of your own.")
    ] = None,
    interpreters: Annotated[
        str | None, typer.Option("-i", "--interpreters", metavar="A,B", help="Names, executables, or `all`.")
    ] = None,
    command: Annotated[
        Texts, typer.Option(metavar="CMD", help="Any server: 'myserver --port {port}'. May be repeated.")
    ] = None,
    env: Annotated[
        Texts, typer.Option(metavar="[MODEL:]NAME=VALUE", help="Beside each target (or that model), one with this set.")
    ] = None,
    workers: Annotated[
        str, typer.Option(metavar="N:KIND", help="Copies as processes, threads or interpreters: 2:processes.")
    ] = "1",
    promises: Annotated[str | None, typer.Option(metavar="1,5", help="Only these.")] = None,
    plain: Annotated[bool, typer.Option("--plain", help="Without a dose: the server knows of none.")] = False,
    udp: Annotated[bool, typer.Option("--udp", help="Their servers by datagrams, where they have one.")] = False,
    service: Annotated[str, typer.Option(metavar="echo|crawl", help="Check the servers, or the crawlers.")] = ECHO,
    pages: Annotated[
        int | None, typer.Option(metavar="N", help="Crawlers: of each hostile web [default: 120].", show_default=False)
    ] = None,
    seeds: Annotated[
        int | None, typer.Option(metavar="N", help="Crawlers: as many hostile webs [default: 1].", show_default=False)
    ] = None,
    seed: Annotated[
        int | None, typer.Option(metavar="N", help="Crawlers: of the first of them [default: 1].", show_default=False)
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="All that was done, expected and seen.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, and nothing else.")] = False,
) -> None:
    """Check what servers promise: exact bytes, no harm by rude peers, limits, draining. Exit status 1 if one is broken.

    With --service crawl, what crawlers promise: the right pages of a web that knows them, politeness, limits, ending.
    A promise that a model declares unmet has to fail, or the declaration is out of date.
    """
    import msgspec

    from concur.report.promises import show

    _refuse_what_is_not_for(service, command=command, workers=workers != "1", udp=udp, plain=plain)
    webs = _webs(service, pages, seeds, seed)
    numbers = _numbers(promises, service, udp)
    names = _by_udp(_split(targets or []), command, workers) if udp else _split(targets or [])
    chosen = _choose(names, interpreters, command or [], env or [], workers, service)
    findings = _findings(service, plain, udp, webs)
    with _progress() as tell:
        checked = [_check(target, findings, numbers, tell) for target in chosen]
    if as_json:
        console.print_document(msgspec.json.format(msgspec.json.encode(checked), indent=2))
    else:
        show(checked, console.results(), verbose=verbose)
    if any(one.is_failure for one in checked):
        raise typer.Exit(1)


def _refuse_what_is_not_for(service: str, **given: object) -> None:
    """Raises UsageError for a service that there is not, and for options of servers where crawlers are checked."""
    if service not in (ECHO, CRAWL):
        raise unknown("service", service, (ECHO, CRAWL))
    if service == CRAWL and (named := [name for name, value in given.items() if value]):
        raise UsageError(f"--{named[0]} is of servers", do="Leave it out, or --service crawl.")


def _webs(service: str, pages: int | None, seeds: int | None, seed: int | None) -> "dict[str, Any]":
    """What `CrawlSubject` takes, as far as it was given."""
    given = {"pages": pages, "seeds": seeds, "seed": seed}
    if service != CRAWL:
        if named := [name for name, value in given.items() if value is not None]:
            raise UsageError(f"--{named[0]} is of crawlers", do="Give --service crawl, too.")
        return {}
    for name, most in (("pages", MOST_PAGES), ("seeds", MOST_SEEDS)):
        least, value = (10 if name == "pages" else 1), given[name]
        if value is not None and not least <= value <= most:
            raise UsageError(f"--{name} cannot be {value:,}", do=f"Give {least:,} to {most:,}.")
    first = 1 if seed is None else seed
    webs: dict[str, Any] = {"seeds": range(first, first + (seeds or 1))}
    return webs | ({"pages": pages} if pages else {})


def _numbers(promises: str | None, service: str, udp: bool) -> list[int]:
    texts = _texts(service, udp)
    if promises is None:
        return list(texts)
    words = [word.strip() for word in promises.split(",")]
    if wrong := [word for word in words if word not in map(str, texts)]:
        listed = "; ".join(f"{number} {text}" for number, text in texts.items())
        of_what = " of datagrams" if udp else " of crawlers" if service == CRAWL else ""
        raise UsageError(f"there is no promise '{wrong[0]}'{of_what}", do=f"They are: {listed}.")
    return sorted({int(word) for word in words})


def _texts(service: str, udp: bool) -> dict[int, str]:
    if udp:
        from concur.conformance import datagrams

        return datagrams.PROMISES
    if service == CRAWL:
        from concur.conformance import crawling

        return crawling.PROMISES
    from concur.catalog import PROMISES

    return PROMISES


def _split(names: list[str]) -> list[str]:
    """As -m takes them."""
    return [name.strip() for listed in names for name in listed.split(",") if name.strip()]


def _by_udp(names: list[str], commands: Texts, workers: str) -> list[str]:
    """The models named, `all` and `default` being those that serve datagrams. Raises UsageError for what does not."""
    from concur import catalog

    if commands or workers != catalog.ONE:
        what = "a command is checked by streams" if commands else "datagrams are served by one copy"
        raise UsageError(what, do=f"Leave {'--command' if commands else '--workers'} or --udp out.")
    rows = [row for row in catalog.MODELS if row.by_udp]
    sets = {"all": [row.id for row in rows], "default": [row.id for row in rows if row.default]}
    named = list(dict.fromkeys(one for name in names for one in sets.get(name, [name])))
    for name in named:
        if reason := catalog.not_by_udp(name):
            raise UsageError(f"{name} cannot serve datagrams", why=reason)
    return named


def _choose(
    names: list[str], interpreters: str | None, commands: list[str], env: list[str], workers: str, service: str
) -> "list[Target]":
    """What was named, on each interpreter; what cannot run there is absent, with its reason."""
    from concur.bench.choose import ask_what_is_missing, choose_targets, read_topology
    from concur.interpreters.find import current, resolve_many

    if not names and not commands:
        raise UsageError("nothing to check", do="Name a model, `all`, a file of your own, or give a --command.")
    pythons = resolve_many(interpreters) if interpreters else [current()]
    targets = choose_targets(names, commands, pythons, env, [read_topology(workers)])
    if service == CRAWL:
        from concur.conformance.crawling import ask_who_crawls

        return ask_who_crawls(targets)
    return ask_what_is_missing(targets)


def _findings(service: str, plain: bool, udp: bool, webs: "dict[str, Any]") -> "Find":
    """What checks a target's promises of these numbers, one after another."""
    from concur.conformance import crawling, datagrams, promises

    if service == CRAWL:
        return lambda target, numbers: crawling.findings(target, numbers, **webs)
    serving = datagrams if udp else promises
    return lambda target, numbers: serving.findings(target, numbers, dosed=not plain)


def _check(target: "Target", findings: "Find", numbers: list[int], tell: "Tell") -> "Checked":
    from concur.conformance.results import Checked

    interpreter = "" if target.kind == "command" else target.interpreter.short
    shown = f"{target.label} on {interpreter}" if interpreter else target.label
    found: list[Finding] = []
    tell(shown, found)
    for finding in findings(target, numbers):
        found.append(finding)
        tell(shown, found)
    return Checked(target=target.label, interpreter=interpreter, findings=found)


@contextmanager
def _progress() -> "Iterator[Tell]":
    """On stderr what is going on: one line that is drawn anew, or without a terminal a line for each target."""
    from concur.report.promises import MARKS

    said = console.messages()
    if said.is_terminal:
        with said.status("") as status:
            yield lambda shown, found: status.update(f"{shown} {''.join(MARKS[each.verdict] for each in found)}")
    else:
        yield lambda shown, found: None if found else said.print(shown, style="dim")
