"""`concur labs watch`: checks again after each save, without a key; q ends it."""

import os
import select
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from concur.cli import units
from concur.errors import ConcurError, UsageError
from concur.report.labs.screen import typed

if TYPE_CHECKING:
    from concur.cli.lab_verbs.place import Place
    from concur.labs.lab import Lab

LEAST_MS, MOST_MS = 50, 60_000
AFTER = {
    0: "All gates pass: q, and then the next command.",
    1: "Change work.py, and save it.",
    2: "There is nothing for you to change: the checker is broken.",
}
END_KEYS = ("q", "Q", "\x04")


def watch(
    ctx: typer.Context,
    lab: Annotated[str | None, typer.Argument(metavar="[LAB]", help="The lab you are at, without it.")] = None,
    interval: Annotated[
        str, typer.Option("--interval", metavar="TIME", help="A save has settled after this long without another.")
    ] = "300ms",
) -> None:
    """Check work.py now, and again after each save. q or Ctrl-C ends it."""
    from concur.labs.watching import changes

    place: Place = ctx.obj
    chosen = place.begun(lab)
    work, stop = place.work(chosen), threading.Event()
    watched = changes(work, interval_ms=_milliseconds(interval), stop=stop)
    try:
        with keys():
            next(watched)  # what is saved from now on is seen
            _check(place, chosen)
            for change in watched:
                if change:
                    _check(place, chosen)
                if is_to_end():
                    stop.set()
    except KeyboardInterrupt:
        stop.set()
    place.screen.console.print()
    place.say_next(chosen)


def _milliseconds(text: str) -> int:
    value = round(units.seconds(text) * 1000)
    if not LEAST_MS <= value <= MOST_MS:
        raise UsageError(f"an interval of {text} makes no sense", do="Give 50ms to 60s.")
    return value


def _check(place: "Place", lab: "Lab") -> None:
    """One check, on a screen of its own. What cannot be done now is said; the watch goes on."""
    from concur.cli.lab_verbs.checking import carry_out, show, status_of

    screen = place.screen
    if screen.console.is_terminal and not place.is_plain:
        screen.console.clear()
    try:
        results = carry_out(place, lab)
        show(place, lab, results, is_brief=True)
        told = AFTER[status_of(results)]
    except ConcurError as error:
        told = str(error)
    screen.console.print()
    screen.line(told, "bold")
    screen.line(f"{time.strftime('%H:%M:%S')}  watching {typed(place.work(lab))}; q ends", "dim")


# Keys


@contextmanager
def keys() -> Iterator[None]:
    """Keys are heard at once, without Enter, where the keyboard is a terminal's; it is put right afterwards."""
    if not sys.stdin.isatty():
        yield
        return
    import termios
    import tty

    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin)
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def is_to_end() -> bool:
    """Whether q was pressed since; other keys mean nothing."""
    if not sys.stdin.isatty() or not select.select([sys.stdin], [], [], 0)[0]:
        return False
    pressed = os.read(sys.stdin.fileno(), 100).decode(errors="replace")
    return not pressed or any(key in pressed for key in END_KEYS)
