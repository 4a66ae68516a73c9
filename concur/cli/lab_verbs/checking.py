"""`concur labs check` and `verify`: work.py against its gates, what is kept of it, and what is said after passing."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from concur.labs import steps

if TYPE_CHECKING:
    from concur.cli.lab_verbs.place import Place
    from concur.interpreters.describe import Interpreter
    from concur.labs.checking import Result
    from concur.labs.lab import Lab


def check(
    ctx: typer.Context,
    lab: Annotated[str | None, typer.Argument(metavar="[LAB]", help="The lab you are at, without it.")] = None,
    only: Annotated[list[str] | None, typer.Option("--only", metavar="ID", help="These gates alone.")] = None,
    interpreter: Annotated[
        str | None, typer.Option("-i", "--interpreter", metavar="NAME", help="On another Python; it is not recorded.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, and nothing else.")] = False,
) -> None:
    """Check work.py: what each gate asked, what happened, and where to look. Exit status 1 if one fails.

    After passing it says why these gates prove it, and asks you to explain.
    """
    place: Place = ctx.obj
    chosen = place.begun(lab)
    python = _interpreter(interpreter)
    results = carry_out(place, chosen, only or [], python)
    if as_json:
        place.print_json(results)
    else:
        show(place, chosen, results)
        if not (only or python):
            finish(place, chosen, results)
    if status := status_of(results):
        raise typer.Exit(status)


def _interpreter(name: str | None) -> "Interpreter | None":
    if name is None:
        return None
    from concur.interpreters.find import resolve

    return resolve(name)


def carry_out(
    place: "Place", lab: "Lab", only: Sequence[str] = (), python: "Interpreter | None" = None
) -> "list[Result]":
    """Check, and keep the results if all gates were checked by this Python."""
    from concur.labs.checking import check as run_checks

    work = place.work(lab)
    with place.waiting(f"checking {lab.title}", of=len(only or lab.checks)) as tell:
        results = run_checks(lab, work, interpreter=python, only=only, on_result=lambda result: tell(result.id))
    if not only and python is None:
        keep(place, lab, results)
    return results


def keep(place: "Place", lab: "Lab", results: "list[Result]") -> None:
    """One more attempt, with what came of it; a lab once passed stays passed."""
    with place.progress() as progress:
        progress.checked(lab, results)
        progress.save()


def show(place: "Place", lab: "Lab", results: "list[Result]", *, is_brief: bool = False) -> None:
    """The gates, under the lab's title. Brief: the first that fails is shown in full."""
    from concur.report.labs.gates import show_gates

    place.screen.line(f"Lab {lab.number}, {lab.title}", "bold")
    show_gates(lab, results, place.screen, is_brief=is_brief)


def finish(place: "Place", lab: "Lab", results: "list[Result]") -> None:
    """After passing: the reasons, then the question, if somebody is there to answer it; the next step in any case."""
    from concur.cli.lab_verbs import asking, explaining
    from concur.report import figures
    from concur.report.labs.gates import show_reasons

    if is_passed(results):
        show_reasons(lab, results, place.screen)
        now = place.of(lab)
        if unmeasured := [one for one in lab.predictions if one.measured not in now.measured]:
            told = figures.counted(len(unmeasured), "prediction")
            place.screen.line(f"{told} could not be measured before: `concur labs run` tries, now that it passes.")
        if lab.explain and not steps.is_explained(now) and asking.is_possible():
            explaining.ask(place, lab)
    place.say_next(lab)


def is_passed(results: "Sequence[Result]") -> bool:
    """Whether all of them passed, or were skipped with credit."""
    return all(result.is_passed for result in results)


def status_of(results: "Sequence[Result]") -> int:
    """0 passed; 1 a gate failed; 2 none did, but a checker is broken."""
    verdicts = {result.verdict for result in results if not result.is_passed}
    return 0 if not verdicts else 2 if verdicts == {"broken"} else 1


def verify(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document, and nothing else.")] = False,
) -> None:
    """Check all labs that are begun, the given-up ones too. Exit status 1 if one does not pass."""
    from concur.report.labs.gates import show_verified

    place: Place = ctx.obj
    place.need_folder()
    begun = [lab for lab in place.course.labs if place.of(lab).state != steps.NEW]
    rows = [(lab, carry_out(place, lab)) for lab in begun]
    if as_json:
        place.print_json([{"lab": lab.number, "slug": lab.slug, "results": results} for lab, results in rows])
    else:
        show_verified(rows, place.screen)
    if status := status_of([result for _, results in rows for result in results]):
        raise typer.Exit(status)
