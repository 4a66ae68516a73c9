"""`concur labs doctor`: what this machine has for the labs: its needs, and the Pythons to try them on."""

import importlib.util
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from concur.cli.lab_verbs.place import Place

LIBRARIES = {"watchfiles": "`concur labs watch`", "matplotlib": "the pictures of `concur labs run`"}


def doctor(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, and nothing else.")] = False,
) -> None:
    """Say what this machine has for the labs, and which gates would be skipped here, with credit."""
    from concur.report.labs.doctor import show_doctor

    place: Place = ctx.obj
    with place.waiting("asking the machine and its Pythons"):
        reasons = _needs()
        found: dict[str, Any] = {
            "needs": [{"need": name, "missing": reason} for name, reason in reasons.items()],
            "labs": _labs(place, reasons),
            "interpreters": _interpreters(),
            "libraries": _libraries(),
        }
    if as_json:
        place.print_json(found)
    else:
        show_doctor(found, place.screen)


def _needs() -> dict[str, str]:
    """Why each need is not met here; empty where it is."""
    from concur.labs.gates.needs import TESTS

    return {name: test() for name, test in TESTS.items()}


def _labs(place: "Place", reasons: dict[str, str]) -> list[dict[str, Any]]:
    """The gates of each lab that would be skipped here, and why."""
    rows = []
    for lab in place.course.labs:
        wanted = {check.id: [reasons[need] for need in (*lab.needs, *check.requires)] for check in lab.checks}
        gates = {name: next(filter(None, missing)) for name, missing in wanted.items() if any(missing)}
        if gates:
            rows.append({"lab": lab.number, "title": lab.title, "of": len(lab.checks), "gates": gates})
    return rows


def _interpreters() -> list[dict[str, str]]:
    from concur.interpreters.find import find

    return [
        {
            "name": one.short,
            "python": f"{one.implementation} {one.own_version or one.version}".strip(),
            "gil": one.gil,
            "broken": one.broken,
        }
        for one in find()
    ]


def _libraries() -> list[dict[str, Any]]:
    return [
        {"library": name, "for": what, "is_there": importlib.util.find_spec(name) is not None}
        for name, what in LIBRARIES.items()
    ]
