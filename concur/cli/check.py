"""`concur check`: what a server promises, proved over a real socket."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from concur.cli import console
from concur.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from concur.bench.plan import Target
    from concur.conformance.results import Checked, Finding

    Tell = Callable[[str, list[Finding]], None]

Texts = list[str] | None


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
    verbose: Annotated[bool, typer.Option("--verbose", help="All that was done, expected and seen.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, and nothing else.")] = False,
) -> None:
    """Check what servers promise: exact bytes, no harm by rude peers, limits, draining. Exit status 1 if one is broken.

    A promise that a model declares unmet has to fail, or the declaration is out of date.
    """
    import msgspec

    from concur.report.promises import show

    numbers = _numbers(promises, udp)
    names = _by_udp(_split(targets or []), command, workers) if udp else _split(targets or [])
    chosen = _choose(names, interpreters, command or [], env or [], workers)
    with _progress() as tell:
        checked = [_check(target, numbers, plain, udp, tell) for target in chosen]
    if as_json:
        console.print_document(msgspec.json.format(msgspec.json.encode(checked), indent=2))
    else:
        show(checked, console.results(), verbose=verbose)
    if any(one.is_failure for one in checked):
        raise typer.Exit(1)


def _numbers(promises: str | None, udp: bool) -> list[int]:
    texts = _texts(udp)
    if promises is None:
        return list(texts)
    words = [word.strip() for word in promises.split(",")]
    if wrong := [word for word in words if word not in map(str, texts)]:
        listed = "; ".join(f"{number} {text}" for number, text in texts.items())
        raise UsageError(f"there is no promise '{wrong[0]}'{' of datagrams' * udp}", do=f"They are: {listed}.")
    return sorted({int(word) for word in words})


def _texts(udp: bool) -> dict[int, str]:
    if udp:
        from concur.conformance import datagrams

        return datagrams.PROMISES
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
    names: list[str], interpreters: str | None, commands: list[str], env: list[str], workers: str
) -> "list[Target]":
    """What was named, on each interpreter; what cannot run there is absent, with its reason."""
    from concur.bench.choose import ask_what_is_missing, choose_targets, read_topology
    from concur.interpreters.find import current, resolve_many

    if not names and not commands:
        raise UsageError("nothing to check", do="Name a model, `all`, a file of your own, or give a --command.")
    pythons = resolve_many(interpreters) if interpreters else [current()]
    return ask_what_is_missing(choose_targets(names, commands, pythons, env, [read_topology(workers)]))


def _check(target: "Target", numbers: list[int], plain: bool, udp: bool, tell: "Tell") -> "Checked":
    from concur.conformance import datagrams
    from concur.conformance.promises import findings
    from concur.conformance.results import Checked

    interpreter = "" if target.kind == "command" else target.interpreter.short
    shown = f"{target.label} on {interpreter}" if interpreter else target.label
    found: list[Finding] = []
    tell(shown, found)
    for finding in (datagrams.findings if udp else findings)(target, numbers, dosed=not plain):
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
