"""What a server promises and keeps, on a terminal: a list for one, a table for several. No check is made here."""

from collections.abc import Sequence
from itertools import groupby

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from concur.conformance.results import BROKEN, DECLARED, KEPT, NOT_CHECKABLE, OUT_OF_DATE, Check, Checked, Finding

MARKS = {KEPT: "✓", BROKEN: "✗", DECLARED: "–", OUT_OF_DATE: "!", NOT_CHECKABLE: "?"}
STYLES = {KEPT: "green", BROKEN: "bold red", DECLARED: "yellow", OUT_OF_DATE: "bold red", NOT_CHECKABLE: "dim"}
MEANINGS = {DECLARED: "declared unmet", OUT_OF_DATE: "declared unmet, but kept"}
READABLE = 100  # characters in a line, however wide the terminal is


def show(checked: Sequence[Checked], console: Console, *, verbose: bool = False) -> None:
    """One target promise by promise, several as a table for each interpreter; verbose adds every check to the list."""
    if len(checked) == 1 or verbose:
        for index, one in enumerate(checked):
            console.print("\n" * (index > 0), end="")
            _list(one, console, verbose)
        return
    for interpreter, several in groupby(checked, key=lambda one: one.interpreter):
        group = list(several)
        console.print(_table(interpreter, group))
        for mark, note in _notes(group):
            _hanging(console, mark, note)
        console.print()
    _legend(checked, console)


# A list


def _list(one: Checked, console: Console, verbose: bool) -> None:
    on = f" on {one.interpreter}" if one.interpreter else ""
    console.print(Text(f"{one.target}{on}", style="bold"))
    for finding in one.findings:
        mark = Text.assemble((MARKS[finding.verdict], STYLES[finding.verdict]), f" {finding.promise}  ")
        _hanging(console, mark, Text(finding.text))
        if finding.reason:
            _hanging(console, Text("     "), Text(f"{finding.verdict}: {finding.reason}", style="dim"))
        for check in finding.checks:
            if verbose or (not check.ok and finding.verdict == BROKEN):
                _check(check, console)
    console.print(Text(_counts(one.findings), style="dim"))


def _check(check: Check, console: Console) -> None:
    for name in ("did", "expected", "seen"):
        style = ("green" if check.ok else "red") if name == "seen" else ""
        _hanging(console, Text(f"     {name:9} ", style="dim"), Text(getattr(check, name), style=style))


def _counts(findings: Sequence[Finding]) -> str:
    counted = {verdict: sum(finding.verdict == verdict for finding in findings) for verdict in MARKS}
    return ", ".join(f"{count} {verdict}" for verdict, count in counted.items() if count)


# A table


def _table(interpreter: str, several: Sequence[Checked]) -> Table:
    promises = [finding.promise for finding in several[0].findings]
    drawn = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0), header_style="")
    drawn.add_column(Text(f"on {interpreter}" if interpreter else "commands", style="bold"), overflow="ellipsis")
    for promise in promises:
        drawn.add_column(str(promise), justify="center", no_wrap=True)
    for one in several:
        marks = (Text(MARKS[each.verdict], style=STYLES[each.verdict]) for each in one.findings)
        drawn.add_row(Text(one.target), *marks)
    return drawn


def _notes(several: Sequence[Checked]) -> list[tuple[Text, Text]]:
    """Why each mark that is none for «kept» stands there; what is said of several targets is said once."""
    said: dict[tuple[str, str], dict[int, list[str]]] = {}
    for one in several:
        for finding in one.findings:
            if finding.verdict != KEPT:
                promises = said.setdefault((finding.verdict, _why(finding)), {})
                promises.setdefault(finding.promise, []).append(one.target)
    asked = len(several[0].findings)
    return [
        _note(verdict, why, promises, len(promises) < asked or asked == 1) for (verdict, why), promises in said.items()
    ]


def _note(verdict: str, why: str, promises: dict[int, list[str]], is_of_some: bool) -> tuple[Text, Text]:
    targets = dict.fromkeys(target for names in promises.values() for target in names)
    numbers = " ".join(map(str, promises)) + " " if is_of_some else ""
    return Text(f"{MARKS[verdict]} ", style=STYLES[verdict]), Text(f"{numbers}{', '.join(targets)}: {why}")


def _why(finding: Finding) -> str:
    if finding.verdict != BROKEN:
        return finding.reason
    failed = next(check for check in finding.checks if not check.ok)
    return f"{failed.did}; expected: {failed.expected}; seen: {failed.seen}"


def _legend(checked: Sequence[Checked], console: Console) -> None:
    """What the numbers and the marks mean, as far as they occur."""
    for finding in checked[0].findings:
        _hanging(console, Text(f"{finding.promise} ", style="dim"), Text(finding.text, style="dim"))
    occur = {finding.verdict for one in checked for finding in one.findings}
    words = [f"{mark} {MEANINGS.get(verdict, verdict)}" for verdict, mark in MARKS.items() if verdict in occur]
    console.print(Text("  ".join(words), style="dim"), soft_wrap=True)


def _hanging(console: Console, lead: Text, body: Text) -> None:
    """A paragraph that begins with a lead; its further lines stand under the first one's text."""
    width = max(min(console.width, READABLE) - len(lead), 20)
    for index, line in enumerate(body.wrap(console, width)):
        console.print((Text(" " * len(lead)) if index else lead) + line, soft_wrap=True)
