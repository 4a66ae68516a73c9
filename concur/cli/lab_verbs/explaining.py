"""`concur labs explain`: after passing, one choice keyed to what was observed, and one sentence that is kept."""

from typing import TYPE_CHECKING, Annotated

import typer

from concur.cli.lab_verbs.running import ANSWER
from concur.errors import UsageError
from concur.labs import predicting, steps

if TYPE_CHECKING:
    from concur.cli.lab_verbs.place import Place
    from concur.labs.lab import Explain, Lab

LEAST, MOST = 10, 400  # characters of a sentence


def explain(
    ctx: typer.Context,
    lab: Annotated[str | None, typer.Argument(metavar="[LAB]", help="The lab you are at, without it.")] = None,
    choice: Annotated[str | None, typer.Option(metavar="LETTER", help="For scripts: the choice.")] = None,
    sentence: Annotated[str | None, typer.Option(metavar="TEXT", help="For scripts: your sentence.")] = None,
) -> None:
    """After passing: choose what explains what you saw, and say it in a sentence of your own, which is kept."""
    place: Place = ctx.obj
    chosen = place.begun(lab)
    if place.of(chosen).state not in steps.DONE:
        raise UsageError(
            f"lab {chosen.number} is not passed yet", why="explaining comes after passing", do="`concur labs check`."
        )
    if chosen.explain is None:
        raise UsageError(f"lab {chosen.number} asks for no explanation", do="`concur labs next` goes on.")
    if choice is not None:
        given = read_choice(chosen.explain, choice)
        keep(place, chosen, given, read_sentence(sentence or ""))
    else:
        ask(place, chosen)
    place.say_next(chosen)


def ask(place: "Place", lab: "Lab") -> None:
    """Ask at the keyboard, and keep the answer. Raises MachineError without one."""
    from concur.cli.lab_verbs import asking

    asked = lab.explain
    assert asked
    on = asking.screen(is_plain=place.is_plain)
    otherwise = f'Answer by `concur labs explain {lab.number} --choice a --sentence "Because …"`.'
    on.heading(asked.ask)
    asking.show_choices([one.text for one in asked.choices], on)
    on.line("Choose a letter.", "dim")
    given = asking.ask(lambda text: read_choice(asked, text), on, otherwise=otherwise)
    on.line("And in a sentence of your own, for your log:", "dim")
    sentence = asking.ask(read_sentence, on, otherwise=otherwise)
    keep(place, lab, given, sentence)


def read_choice(asked: "Explain", text: str) -> str:
    """The id of the choice that a letter or an id means. Raises UsageError."""
    for at, one in enumerate(asked.choices):
        if text.strip().lower() in (predicting.letter(at), one.id.lower()):
            return one.id
    letters = ", ".join(predicting.letter(at) for at in range(len(asked.choices)))
    raise UsageError(f"'{text.strip()}' is none of the choices", do=f"Expected: one letter of {letters}.")


def read_sentence(text: str) -> str:
    """The sentence. Raises UsageError for none, or an essay."""
    sentence = " ".join(text.split())
    if not LEAST <= len(sentence) <= MOST:
        raise UsageError(f"that has {len(sentence)} characters", do=f"Expected: a sentence of {LEAST} to {MOST}.")
    return sentence


def keep(place: "Place", lab: "Lab", choice: str, sentence: str) -> None:
    """Keep it, say whether the choice is the right one, and why."""
    asked = lab.explain
    assert asked
    right = asked.answer or str(place.of(lab).measured.get(ANSWER, ""))
    with place.progress() as progress:
        progress.of(lab).explanation = {"choice": choice, "sentence": sentence, "is_right": choice == right}
        progress.save()
    texts = {one.id: one.text for one in asked.choices}
    told = "That is it." if choice == right else f"Rather: {texts[right]}." if right in texts else "Kept."
    place.screen.line(told, "bold")
    place.screen.line(asked.why)
