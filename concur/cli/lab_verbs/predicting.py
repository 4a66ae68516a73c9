"""`concur labs predict`: what the learner expects, kept before anything runs."""

from typing import TYPE_CHECKING, Annotated

import typer

from concur.errors import UsageError, unknown
from concur.labs import predicting, steps

if TYPE_CHECKING:
    from concur.cli.lab_verbs.place import Place
    from concur.labs.lab import Lab, Prediction
    from concur.labs.predicting import Answer

Answers = dict[str, "Answer"]


def predict(
    ctx: typer.Context,
    lab: Annotated[str | None, typer.Argument(metavar="[LAB]", help="The lab you are at, without it.")] = None,
    answer: Annotated[
        list[str] | None,
        typer.Option("--answer", metavar="ID=VALUE", help="For scripts: a number, letters in order, a letter."),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Answer anew what has not been measured yet.")] = False,
) -> None:
    """Say what you expect, before anything runs: a number, an order by letters such as «b a c», or one letter."""
    from concur.report import figures
    from concur.report.labs.beside import show_predictions

    place: Place = ctx.obj
    chosen = place.begun(lab)
    given = _given(chosen, answer or [])
    refuse_what_is_measured(place, chosen, given)
    if given:
        keep(place, chosen, given)
    if number := ask_missing(place, chosen, again=again and not given):
        place.screen.console.print()
        place.screen.line(f"{figures.counted(number, 'prediction')} kept.", "bold")
    else:
        show_predictions(chosen, place.of(chosen).predictions, place.screen)
    place.say_next(chosen)


def _given(lab: "Lab", words: list[str]) -> Answers:
    """What --answer says, by the prediction's id."""
    known = {one.id: one for one in lab.predictions}
    found: Answers = {}
    for word in words:
        name, has_value, value = word.partition("=")
        if not has_value:
            raise UsageError(f"--answer {word} has no value", do="Give --answer ID=VALUE.")
        if name not in known:
            raise unknown("prediction", name, known)
        try:
            found[name] = predicting.read_answer(known[name], value)
        except UsageError as error:
            raise UsageError(f"--answer {name}: {error.what}", do=error.do) from None
    return found


def refuse_what_is_measured(place: "Place", lab: "Lab", given: Answers) -> None:
    """Raises UsageError for an answer that would be changed after it was seen."""
    now = place.of(lab)
    for one in lab.predictions:
        if one.id in given and one.id in now.predictions and one.measured in now.measured:
            raise UsageError(
                f"the prediction {one.id} stands",
                why="it has been measured since",
                do="`concur labs log` shows how far it was.",
            )


def ask_missing(place: "Place", lab: "Lab", *, again: bool = False) -> int:
    """Ask for the predictions still to be made, keep each at once; how many. Raises MachineError without a keyboard.

    again: also for those that have been made, but not measured.
    """
    from concur.cli.lab_verbs import asking

    now = place.of(lab)
    wanted = set(steps.unpredicted(lab, now))
    if again:
        wanted |= {one.id for one in lab.predictions if one.measured not in now.measured}
    if not wanted:
        return 0
    on = asking.screen(is_plain=place.is_plain)
    if asking.is_possible():
        on.line(f"Lab {lab.number}, {lab.title}", "bold")
        on.line("Say what you expect, before anything runs. A guess is welcome.")
    asked = [one for one in lab.predictions if one.id in wanted]
    for at, one in enumerate(asked, 1):
        value = asking.ask_prediction(one, f"{at} of {len(asked)}", on, otherwise=_otherwise(lab, asked[at - 1 :]))
        keep(place, lab, {one.id: value})
    return len(asked)


def _otherwise(lab: "Lab", missing: "list[Prediction]") -> str:
    answers = " ".join(f"--answer {one.id}={_example(one)}" for one in missing)
    return f"Answer by `concur labs predict {lab.number} {answers}`, with your own values."


def _example(one: "Prediction") -> str:
    letters = "".join(predicting.letter(at) for at in range(len(one.choices)))
    return {"order": letters, "choice": letters[:1]}.get(one.kind, "100")


def keep(place: "Place", lab: "Lab", answers: Answers) -> None:
    """Write them into the progress file."""
    with place.progress() as progress:
        progress.of(lab).predictions.update(answers)
        progress.save()
