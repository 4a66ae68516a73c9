"""A session planned: which labs fit into so many minutes, and where the breaks fall. Tier 1; pure.

The labs of the course's cut come first, then those that are only shown, then the
others, as far as there is room. Nobody listens for longer than a block: a break falls before the lab that
would make it longer. What must not live here: how it is shown.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

import msgspec

from concur.errors import UsageError

if TYPE_CHECKING:
    from concur.labs.lab import Lab

Kind = Literal["teach", "do", "show", "break"]
BLOCK, BREAK = 50, 10  # minutes: blocks of 45–50 minutes are what courses that are taught a lot have settled on
SHORTEST = 15  # minutes: below that no lab fits


class Slot(msgspec.Struct, frozen=True, kw_only=True):
    """A span of the session: teach or do a lab, show one in its minutes of teaching, or a break (number 0)."""

    begins: int
    minutes: int
    kind: Kind
    number: int = 0
    title: str = ""


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """A session of `minutes`: its slots in order, what is left of it, and the labs that found no room.

    left_out are of the cut; to_read are labs that one of these requires, and that are not part of the session.
    """

    minutes: int
    slots: list[Slot]
    left: int
    left_out: list[int]
    to_read: list[int]

    @property
    def labs(self) -> list[int]:
        """The numbers of the labs that are done, in order."""
        return list(dict.fromkeys(slot.number for slot in self.slots if slot.kind in ("teach", "do")))


def schedule(labs: Sequence["Lab"], minutes: int, *, cut: Sequence[int] = (), shown: Sequence[int] = ()) -> Schedule:
    """A session of so many minutes, breaks included: the cut is done, then of `shown` what fits, then the others.

    Raises UsageError if it is too short for any lab.
    """
    if minutes < SHORTEST:
        raise UsageError(f"{minutes} minutes are too few for a lab", do=f"Give {SHORTEST} minutes or more.")
    chosen: dict[int, bool] = {}  # number of the lab: whether it is done, and not only shown
    for number, is_done in _wishes([lab.number for lab in labs], cut, shown):
        if _length(_slots(labs, chosen | {number: is_done})) <= minutes:
            chosen[number] = is_done
    slots = _slots(labs, chosen)
    there = {lab.number for lab in labs}
    return Schedule(
        minutes=minutes,
        slots=slots,
        left=minutes - _length(slots),
        left_out=[number for number in cut if number in there and number not in chosen],
        to_read=sorted({one for lab in labs if lab.number in chosen for one in lab.requires} - set(chosen)),
    )


def _wishes(numbers: Sequence[int], cut: Sequence[int], shown: Sequence[int]) -> Iterator[tuple[int, bool]]:
    """The labs that are there, most wanted first, and whether each is to be done."""
    yield from ((number, True) for number in cut if number in numbers)
    yield from ((number, False) for number in shown if number in numbers)
    yield from ((number, True) for number in numbers if number not in (*cut, *shown))


def _length(slots: Sequence[Slot]) -> int:
    return slots[-1].begins + slots[-1].minutes if slots else 0


def _slots(labs: Sequence["Lab"], chosen: Mapping[int, bool]) -> list[Slot]:
    """The parts of the chosen labs one after another, with the breaks."""
    slots: list[Slot] = []
    now = since_break = 0
    for lab in (lab for lab in labs if lab.number in chosen):
        parts = _parts(lab, is_done=chosen[lab.number])
        if since_break and since_break + sum(minutes for _, minutes in parts) > BLOCK:
            slots.append(Slot(begins=now, minutes=BREAK, kind="break"))
            now, since_break = now + BREAK, 0
        for kind, minutes in parts:
            slots.append(Slot(begins=now, minutes=minutes, kind=kind, number=lab.number, title=lab.title))
            now, since_break = now + minutes, since_break + minutes
    return slots


def _parts(lab: "Lab", *, is_done: bool) -> "list[tuple[Kind, int]]":
    parts: list[tuple[Kind, int]] = [("teach", lab.minutes.teach), ("do", lab.minutes.do)]
    if not is_done:
        parts = [("show", lab.minutes.teach)]
    return [(kind, minutes) for kind, minutes in parts if minutes]
