"""`concur compare`: runs against a reference run; what may be said of each cell, and in what else the runs differ."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from concur.cli import console
from concur.errors import UsageError

if TYPE_CHECKING:
    from concur.bench.compare.across import Across
    from concur.bench.compare.conditions import Condition, Judgement
    from concur.bench.results import Run


def compare(
    reference: Annotated[Path, typer.Argument(metavar="REF", help="The run that others are compared with.")],
    new: Annotated[list[Path], typer.Argument(metavar="NEW", help="Each is compared with REF.")],
    fail_if: Annotated[
        list[str] | None,
        typer.Option(metavar="CONDITION", help="'rate<0.95*ref', 'steady: p99>5ms': exit status 1. May be repeated."),
    ] = None,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Show runs of different machines too; it claims nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, and nothing else.")] = False,
    markdown: Annotated[
        str | None, typer.Option(metavar="FILE", help="A summary for a pull request; `-` is stdout.")
    ] = None,
) -> None:
    """Compare runs that `concur bench` saved, cell by cell, with the first of them.

    Exit status 1 if a condition holds, or could be judged nowhere.
    """
    from concur.bench.compare.conditions import has_failed, parse
    from concur.bench.results import load
    from concur.report.comparing import short_names

    if as_json and markdown == "-":
        raise UsageError("two documents for one stdout", do="Give --markdown a file.")
    conditions = [parse(text) for text in fail_if or []]
    runs, names = [load(path) for path in (reference, *new)], short_names([reference, *new])
    compared = [
        _compare(runs[0], run, (names[0], name), anyway, conditions)
        for run, name in zip(runs[1:], names[1:], strict=True)
    ]
    _write(runs, compared, as_json, markdown)
    if any(has_failed(judgements) for _, judgements in compared):
        raise typer.Exit(1)


def _compare(
    reference: "Run", new: "Run", names: tuple[str, str], anyway: bool, conditions: "list[Condition]"
) -> "tuple[Across, list[Judgement]]":
    from concur.bench.compare import across
    from concur.bench.compare.conditions import judge

    found = across.compare(reference, new, names=names, anyway=anyway)
    return found, judge(conditions, new, across.against(reference, new))


def _write(
    runs: "list[Run]", compared: "list[tuple[Across, list[Judgement]]]", as_json: bool, markdown: str | None
) -> None:
    """The JSON document, or the tables unless stdout is Markdown's; then the Markdown."""
    import msgspec

    from concur.report import compared as shown
    from concur.report.exports import write

    if as_json:
        documents = [{"comparison": found, "conditions": judgements} for found, judgements in compared]
        console.print_document(msgspec.json.format(msgspec.json.encode(documents), indent=2))
    elif markdown != "-":
        for run, (found, judgements) in zip(runs[1:], compared, strict=True):
            shown.show(found, runs[0], run, console.results())
            shown.show_judgements(judgements, console.results())
    if markdown:
        parts = [
            shown.to_markdown(found, runs[0], run, judgements)
            for run, (found, judgements) in zip(runs[1:], compared, strict=True)
        ]
        write(b"\n".join(parts), markdown)
