"""`concur doctor`: what this machine can measure, which Pythons it has, and whether the measuring is right."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from concur.errors import UsageError

if TYPE_CHECKING:
    from rich.table import Table

    from concur.bench.calibration.rows import Row
    from concur.bench.doctor import Finding
    from concur.load.selfcheck import Check

T = TypeVar("T")

COLOURS = {"ok": "green", "limited": "yellow", "missing": "red"}


def doctor(
    load: Annotated[bool, typer.Option("--load", help="Test the load generator (about a minute).")] = False,
    calibrate: Annotated[
        bool, typer.Option("--calibrate", help="Put known faults into a server, and look for them (about 4 minutes).")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, and nothing else.")] = False,
) -> None:
    """Say what this machine can measure; with --load or --calibrate, test the measuring (exit status 1 if it fails)."""
    if load and calibrate:
        raise UsageError("--load and --calibrate are two tests", do="Run them one after the other.")
    if calibrate:
        rows = _calibrate()
        _show(rows, _row_table, as_json)
        passed = all(row.recovered is not False for row in rows)
    elif load:
        checks = _test_load()
        _show(checks, _check_table, as_json)
        passed = all(check.passed for check in checks)
    else:
        _show(_diagnose(), _finding_table, as_json)
        passed = True
    if not passed:
        raise typer.Exit(1)


def _show(found: list[T], table: "Callable[[list[T]], Table]", as_json: bool) -> None:
    import msgspec

    from concur.cli import console

    if as_json:
        console.print_document(msgspec.json.format(msgspec.json.encode(found), indent=2))
    else:
        console.results().print(table(found))


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


def _calibrate() -> "list[Row]":
    from concur.bench.calibration.experiments import calibrate

    with _progress() as tell:
        return calibrate(tell)


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Which experiment it is, on stderr: one line, drawn anew between windows; without a terminal, one for each."""
    from rich.progress import Progress, TextColumn

    from concur.cli import console

    messages, last = console.messages(), ""
    is_live = messages.is_terminal
    bar = Progress(
        TextColumn("{task.description}"), console=messages, auto_refresh=False, transient=True, disable=not is_live
    )
    task = bar.add_task("")

    def tell(text: str) -> None:
        nonlocal last
        name = text.partition(":")[0]
        bar.update(task, description=text, refresh=True)
        if not is_live and name != last:
            messages.print(name, style="dim")
        last = name

    with bar:
        yield tell


def _row_table(rows: "list[Row]") -> "Table":
    from rich.table import Table
    from rich.text import Text

    words = {True: Text("yes", "green"), False: Text("NO", "red"), None: Text("not tried", "yellow")}
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("injected", "shown by", "expected", "seen", "recovered"):
        table.add_column(name, overflow="fold")
    before = ""
    for row in rows:
        table.add_row(
            "" if row.injected == before else row.injected, row.by, row.expected, row.seen, words[row.recovered]
        )
        before = row.injected
    return table


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
