"""`concur doctor`: what this machine can measure, which Pythons it has, and whether the measuring is right."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from concur.bench.doctor import Finding
    from concur.load.selfcheck import Check

COLOURS = {"ok": "green", "limited": "yellow", "missing": "red"}


def doctor(
    load: Annotated[bool, typer.Option("--load", help="Test the load generator (about a minute).")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, and nothing else.")] = False,
) -> None:
    """Say what this machine can measure; with --load, test the measuring itself (exit status 1 if it fails)."""
    import msgspec

    from concur.cli import console

    checks = _test_load() if load else []
    findings = [] if load else _diagnose()
    if as_json:
        console.print_document(msgspec.json.format(msgspec.json.encode(checks or findings), indent=2))
    else:
        console.results().print(_check_table(checks) if load else _finding_table(findings))
    if not all(check.passed for check in checks):
        raise typer.Exit(1)


def _diagnose() -> "list[Finding]":
    from concur.bench.doctor import diagnose

    return [*diagnose(), _engine(), *_interpreters()]


def _engine() -> "Finding":
    from concur.bench.doctor import Finding
    from concur.errors import ConcurError
    from concur.load.build import native_engine

    try:
        native_engine()
    except ConcurError as error:
        return Finding(topic="engine", value=f"python: {error.what}", verdict="limited", remedy=error.do)
    return Finding(topic="engine", value="native")


def _interpreters() -> "Iterable[Finding]":
    from concur.bench.doctor import Finding
    from concur.interpreters.find import find

    found = find()
    for one in found:
        version = f"{one.implementation} {one.own_version or one.version}"
        value = f"{one.short}: {one.broken or version} ({one.executable})"
        yield Finding(topic="interpreter", value=value, verdict="limited" if one.broken else "ok")


def _test_load() -> "list[Check]":
    from concur.load.selfcheck import check_coordinated_omission, check_engine_cost

    return [*check_coordinated_omission(), *check_engine_cost()]


def _finding_table(findings: "list[Finding]") -> "Table":
    from rich.text import Text

    table = _plain_table()
    for one in findings:
        verdict = Text(one.verdict, COLOURS[one.verdict])
        table.add_row(verdict, one.topic, f"{one.value}\n{one.remedy}" if one.remedy else one.value)
    return table


def _check_table(checks: "list[Check]") -> "Table":
    from rich.text import Text

    table = _plain_table()
    for one in checks:
        verdict = Text("ok", "green") if one.passed else Text("FAILED", "red")
        table.add_row(verdict, one.name, f"expected {one.expected}", f"seen {one.seen}")
    return table


def _plain_table() -> "Table":
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    return table
