"""`concur interpreters`: the Pythons of this machine and what each can run; `prepare` makes them environments."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from concur.cli import console
from concur.cli.ending import INTERRUPTED
from concur.errors import ConcurError, UsageError, unknown

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from concur.interpreters.describe import Interpreter
    from concur.interpreters.survey import Standing

WIDE, WIDEST = 120, 170  # columns of a terminal from which on paths, then compilers, have room


def interpreters(
    names: Annotated[
        list[str] | None,
        typer.Argument(metavar="[NAME]… | prepare [NAME]…", help="Say all of these; or make environments for them."),
    ] = None,
    again: Annotated[
        str | None, typer.Option("--again", metavar="A,B", help="prepare: try these libraries anew, or `all`.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="prepare: make the environments anew.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, and nothing else.")] = False,
) -> None:
    """List the Pythons found on this machine, as they describe themselves, and what each can run.

    With names: all that is known of these. With `prepare`: make each (or one of
    each kind) an environment in the cache folder, with the libraries that the
    models need, as far as they can be had there; called again, it goes on.
    """
    words = names or []
    if words[:1] == ["prepare"]:
        raise typer.Exit(_prepare(words[1:], again, force, as_json))
    if again or force:
        raise UsageError("--again and --force belong to prepare", do="concur interpreters prepare --again gevent")
    _show(_named(words), as_json, in_detail=bool(words))


def _named(names: list[str]) -> "list[Interpreter]":
    from concur.interpreters.find import find, resolve_each

    if not names:
        return find()
    chosen, errors = resolve_each(names)
    if errors:
        raise errors[0]
    return chosen


def _prepare(names: list[str], again: str | None, afresh: bool, as_json: bool) -> int:
    """Makes the environments and shows what has come of it. Returns the exit status."""
    from concur.interpreters.find import find, one_of_each, resolve_each
    from concur.interpreters.prepare import prepare

    said = console.messages()
    libraries = _libraries(again)
    chosen, errors = resolve_each(names) if names else (one_of_each(find()), [])
    try:
        errors += prepare(chosen, _say, again=libraries, afresh=afresh)
    except KeyboardInterrupt:
        said.print("concur: interrupted; `concur interpreters prepare` goes on from here", style="yellow")
        return INTERRUPTED
    _say_errors(errors)
    _show(_as_they_are_now(chosen), as_json)
    return 2 if errors else 0


def _libraries(again: str | None) -> list[str]:
    from concur.interpreters.environments import wanted_libraries

    names = [name.strip() for name in (again or "").split(",") if name.strip()]
    for name in names:
        if name not in (*wanted_libraries(), "all"):
            raise unknown("library", name, wanted_libraries(), do="Or `all`.")
    return list(wanted_libraries()) if "all" in names else names


def _say(interpreter: str, library: str, outcome: str) -> None:
    console.messages().print(f"{interpreter:<8} {library:<17} {outcome}", soft_wrap=True)


def _say_errors(errors: list[ConcurError]) -> None:
    """Each once: a full disk is one message, whatever the number of interpreters that it stopped."""
    for message in dict.fromkeys(map(str, errors)):
        console.messages().print(f"concur: {message}", soft_wrap=True)


def _as_they_are_now(chosen: "list[Interpreter]") -> "list[Interpreter]":
    from concur.interpreters.environments import equip

    return [equip(one) for one in chosen]


# Showing them


def _show(found: "list[Interpreter]", as_json: bool, *, in_detail: bool = False) -> None:
    import msgspec

    from concur.interpreters.survey import survey

    standings = survey(found)
    out = console.results()
    if as_json:
        console.print_document(msgspec.json.format(msgspec.json.encode(standings), indent=2))
    elif in_detail:
        for one in standings:
            out.print(_detail_table(one))
    else:
        _print_list(standings, out)


def _print_list(standings: "list[Standing]", out: "Console") -> None:
    usable = [one for one in standings if not one.broken]
    if usable:
        out.print(_list_table(usable, out.width))
    reasons = [(one.short, *pair) for one in usable for pair in _models_by_reason(one) if not _is_unprepared(one)]
    if reasons:
        out.print("\ncannot run")
        out.print(_plain_table(reasons))
    unprepared = [one.short for one in usable if _is_unprepared(one)]
    if unprepared:
        out.print(f"\nnot prepared: {', '.join(unprepared)}. `concur interpreters prepare` installs what models need.")
    broken = [(one.short, _why_broken(one)) for one in standings if one.broken]
    if broken:
        out.print("\ncannot be used", style="dim")
        out.print(_plain_table(broken), style="dim")


def _list_table(standings: "list[Standing]", width: int) -> "Table":
    from rich.table import Table

    more = [*(["executable"] if width >= WIDE else []), *(["compiler"] if width >= WIDEST else [])]
    table = Table("name", "Python", "GIL", "JIT", "environment", "runs", *more, box=None, pad_edge=False)
    table.padding = (0, 2, 0, 0)
    for column in table.columns:
        column.overflow = "fold"  # a path is one long word
    for one in standings:
        values = {"executable": one.executable, "compiler": one.compiler}
        table.add_row(
            one.short,
            _python(one),
            _gil(one) if width >= WIDE else one.gil,
            _jit(one),
            _environment(one),
            _runs(one),
            *(values[name] for name in more),
        )
    return table


def _detail_table(one: "Standing") -> "Table":
    rows = [
        ("name", one.short),
        ("Python", _python(one)),
        ("executable", one.executable),
        ("GIL", _gil(one) + (f"; turned on by {', '.join(one.turns_gil_on)}" if one.turns_gil_on else "")),
        ("JIT", _jit(one)),
        ("compiler", one.compiler),
        ("build", one.build or "–"),
        ("environment", f"{_environment(one)} {one.environment}".strip()),
        ("libraries", ", ".join(f"{name} {version}" for name, version in one.libraries.items()) or "none"),
        *(("", f"no {name}: {reason}") for name, reason in one.refused.items()),
        ("runs", f"{_runs(one)} models"),
        *(("", f"not {models}: {reason}") for models, reason in _models_by_reason(one)),
    ]
    if one.broken:
        rows = [rows[0], ("executable", one.executable), ("broken", one.broken)]
    return _plain_table([*rows, ("", "")])


def _plain_table(rows: "Sequence[tuple[str, ...]]") -> "Table":
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    for _ in rows[0]:
        table.add_column(overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def _why_broken(one: "Standing") -> str:
    return one.broken if one.short == one.executable else f"{one.broken} ({one.executable})"


def _python(one: "Standing") -> str:
    return (
        f"{one.implementation} {one.own_version} ({one.version})"
        if one.own_version
        else f"{one.implementation} {one.version}"
    )


def _gil(one: "Standing") -> str:
    return f"{one.gil}, built without" if one.free_threaded else one.gil


def _jit(one: "Standing") -> str:
    if not one.jit_available:
        return "none"
    return "on" if one.jit_enabled else "off"


def _environment(one: "Standing") -> str:
    if not one.environment:
        return "none"
    number = len(one.libraries)
    libraries = f"{number} {'library' if number == 1 else 'libraries'}"
    return f"virtual, {libraries}" if one.is_virtual else f"prepared, {libraries}"


def _runs(one: "Standing") -> str:
    return f"{one.runs} of {len(one.models)}"


def _models_by_reason(one: "Standing") -> list[tuple[str, str]]:
    """The models that it cannot run, those of one reason together."""
    models: dict[str, list[str]] = {}
    for name, reason in one.models.items():
        if reason:
            models.setdefault(reason, []).append(name)
    return [(", ".join(names), reason) for reason, names in models.items()]


def _is_unprepared(one: "Standing") -> bool:
    """Whether one line says it all: prepare it."""
    from concur.interpreters.tree import PREPARE

    return not one.environment and any(PREPARE in reason for reason in one.models.values())
