"""A schedule: who goes on, for how long, and who then. Written by a search, or by hand.

Tier 0, and pure. Two forms, which may not be mixed:

    A12 B7 A5                         exact: thread A goes on by 12 steps, then B by 7. A step is an opcode,
                                      so the counts are those of one version of Python
    A load sold, B end, A store sold  by operation: A goes on until it has done its next `load sold`.
                                      True of every Python

In Python the second form is a list of pairs, `[("A", "load sold"), ("B", "end")]`. How
far a thread goes may be said by

    an operation        "load sold", or its first word alone, "load"; one in which it must wait is enough
    a line              "line 12", or 12: until it is about to do something in that line
    "end"               to its end, or until it must wait

Threads are named A, B, C … in their order. Where a schedule ends, whoever had
the last turn goes on to its end, and then the next.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from concur.errors import UsageError

EXACT = re.compile(r"([A-Z])(\d+)")
WRITTEN = re.compile(r"([A-Z])\s*[: ]\s*(.+)")
LINE = re.compile(r"line (\d+)")
FORMS = 'Write [("A", "load"), ("B", "end")], or \'A load, B end\', or the exact \'A12 B7\'.'


class Turn(NamedTuple):
    """One thread's turn. thread: 0 for A; steps: how many, None for as it comes; until: the word for its last."""

    thread: int
    steps: int | None = None
    until: str = ""

    @property
    def name(self) -> str:
        return letter(self.thread)

    def __str__(self) -> str:
        return f"{self.name} {self.until}" if self.until else f"{self.name}{self.steps or ''}"


class Schedule(tuple[Turn, ...]):
    """Turns, in their order. `str` gives a text that `parse` reads back."""

    __slots__ = ()

    def __str__(self) -> str:
        return (", " if any(turn.until for turn in self) else " ").join(map(str, self))

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """As a learner writes it: [("A", "load"), ("B", "store")]."""
        return [(turn.name, turn.until or f"{turn.steps} steps") for turn in self]


Written = str | Sequence[tuple[str, str | int]] | Schedule


def letter(thread: int) -> str:
    """The name of a thread, by its number from 0."""
    return chr(ord("A") + thread)


def parse(written: Written) -> Schedule:
    """The schedule that somebody wrote. A UsageError says what cannot be read."""
    if isinstance(written, Schedule):
        return written
    if isinstance(written, str):
        return Schedule(_turns(written))
    if not isinstance(written, list | tuple):
        raise UsageError("this is no schedule", why=f"it is of type {type(written).__name__}", do=FORMS)
    return Schedule(_pair(one) for one in written)


def _turns(text: str) -> Iterable[Turn]:
    exact = [EXACT.fullmatch(word) for word in text.split()]
    if exact and all(exact):
        return [Turn(_number(one[1]), int(one[2])) for one in exact if one]
    parts = [part.strip() for part in re.split(r"[,;\n]", text) if part.strip()]
    return [_pair(written.groups() if (written := WRITTEN.fullmatch(part)) else part) for part in parts]


def _pair(one: object) -> Turn:
    if not (isinstance(one, tuple | list) and len(one) == 2):
        raise UsageError(f"{one!r} is no turn of a schedule", why="a turn is a thread and how far it goes", do=FORMS)
    who, until = one
    if not (isinstance(who, str) and re.fullmatch("[A-Z]", who)):
        raise UsageError(f"{who!r} is no thread", why="threads are named A, B, C …", do=FORMS)
    if isinstance(until, int):
        until = f"line {until}"
    if not (isinstance(until, str) and until.strip()):
        raise UsageError(f"{until!r} says not how far {who} goes", do=FORMS)
    return Turn(_number(who), None, " ".join(until.split()))


def _number(name: str) -> int:
    return ord(name) - ord("A")


def is_met(until: str, done: str, ahead_line: int) -> bool:
    """Whether a thread has gone as far as a turn says: it has done this operation, and the next is in this line."""
    if line := LINE.fullmatch(until):
        return ahead_line == int(line[1])
    return done == until or done.split(" ")[0] == until
