"""Questions at the keyboard, answered by keys alone. They are put on stderr, since results go to stdout.

An answer that cannot be is asked for again, with what is expected; the end of
the input, or no terminal at all, is one message that says how to go on without.
"""

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from rich.text import Text

from concur.cli import console
from concur.errors import MachineError, UsageError
from concur.labs import predicting
from concur.report.labs.screen import QUIET, Screen

if TYPE_CHECKING:
    from concur.labs.lab import Prediction

T = TypeVar("T")
MOST_LETTERS = 2000  # of an answer
LOST = 20  # answers that make no sense, one after another, after which nobody is there


def is_possible() -> bool:
    """Whether somebody can be asked: keyboard and screen are a terminal's."""
    try:
        return sys.stdin.isatty() and sys.stderr.isatty()
    except (AttributeError, ValueError):  # closed
        return False


def screen(*, is_plain: bool) -> Screen:
    """Where questions are put."""
    said = console.messages()
    if is_plain:
        said.no_color = True
    return Screen(said, is_plain=is_plain)


def ask(read: Callable[[str], T], on: Screen, *, otherwise: str) -> T:
    """Lines are read until one makes sense: `read` gives its meaning, or raises UsageError with what is expected.

    otherwise: how to go on without a keyboard. Raises MachineError where there is none, or it comes to its end.
    """
    if not is_possible():
        raise MachineError("nobody can be asked", why="this is no terminal", do=otherwise)
    for _ in range(LOST):
        on.console.print(Text("> "), end="")
        line = sys.stdin.readline(MOST_LETTERS)
        if not line:
            on.console.print()
            raise MachineError("the input ended before the answer", why="end of file (Ctrl-D)", do=otherwise)
        try:
            return read(line.strip())
        except UsageError as error:
            on.line(str(error))
    raise MachineError("no answer made sense", why=f"{LOST} in a row", do=otherwise)


def ask_prediction(one: "Prediction", place: str, on: Screen, *, otherwise: str) -> predicting.Answer:
    """One prediction; place is `1 of 3`."""
    on.console.print()
    on.hanging(
        Text(f"{place}  " if not on.is_plain else f"Question {place}. ", style=QUIET), Text(one.ask, style="bold")
    )
    show_choices(one.choices, on)
    on.line(f"Type {predicting.expected(one)}.", QUIET)
    return ask(lambda text: predicting.read_answer(one, text), on, otherwise=otherwise)


def show_choices(choices: Sequence[str], on: Screen) -> None:
    """Each with its letter."""
    for at, choice in enumerate(choices):
        on.hanging(f"  {predicting.letter(at)}  " if not on.is_plain else f"{predicting.letter(at)}: ", choice)


def yes(question: str, on: Screen) -> bool:
    """Whether the answer is yes; no without a keyboard, or at its end."""
    if not is_possible():
        return False
    on.line(f"{question} [y/N]", "bold")
    try:
        return ask(lambda text: text.lower() in ("y", "yes"), on, otherwise="")
    except MachineError:
        return False
