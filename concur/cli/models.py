"""`concur models`: the table of models, and whether each can run in this interpreter."""

from typing import Annotated

import typer


def models(
    interpreter: Annotated[
        str | None, typer.Option("-i", "--interpreter", metavar="NAME", help="Ask another interpreter.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, and nothing else.")] = False,
) -> None:
    """List the models and whether they can run here."""
    import msgspec

    from concur.catalog import MODELS, missing
    from concur.cli import console

    reasons = {row.id: missing(row) for row in MODELS} if interpreter is None else _reasons_in(interpreter)
    rows = [
        {
            "id": row.id,
            "services": list(row.services),
            "family": row.family,
            "available": not reasons[row.id],
            "reason": reasons[row.id],
        }
        for row in MODELS
    ]
    if as_json:
        console.print_document(msgspec.json.format(msgspec.json.encode(rows), indent=2))
    else:
        console.results().print(_table(reasons))


def _reasons_in(name: str) -> dict[str, str]:
    from concur.interpreters.find import resolve
    from concur.interpreters.tree import missing_models

    return missing_models(resolve(name))


def _table(reasons: dict[str, str]) -> object:
    from rich.table import Table

    from concur.catalog import MODELS

    table = Table("model", "waits by", "family", "here", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.columns[0].no_wrap = table.columns[2].no_wrap = True
    table.columns[3].overflow = "fold"  # a path is one long word
    for row in MODELS:
        reason = reasons[row.id]
        table.add_row(row.id, row.waits_by, row.family, reason or "yes", style="dim" if reason else "")
    return table
