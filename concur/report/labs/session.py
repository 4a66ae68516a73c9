"""A session's schedule: when what is taught and done, when there is a break, and what found no room. Tier 2."""

from concur.labs.teaching import Schedule, Slot
from concur.report.labs.screen import CARE, QUIET, Screen

WORDS = {"teach": "talk", "do": "work", "show": "shown", "break": "break"}


def show_session(planned: Schedule, screen: Screen, *, begins: int | None = None) -> None:
    """A row a span; begins is the minute of the day of its start, or None to count from zero."""
    screen.table(
        ["from", "minutes", "what", "lab", "title"],
        [_row(slot, begins or 0, is_clock=begins is not None) for slot in planned.slots],
    )
    screen.console.print()
    screen.line(_told(planned), "bold")
    if planned.left_out:
        screen.hanging(screen.mark("!", CARE), f"Of the cut these found no room: {_labs(planned.left_out)}.")
    if planned.to_read:
        screen.hanging(screen.mark("·", QUIET), f"Build on, and to be told in a sentence: {_labs(planned.to_read)}.")


def _row(slot: Slot, begins: int, *, is_clock: bool) -> list[str]:
    number = str(slot.number) if slot.number else ""
    return [moment(begins + slot.begins, is_clock=is_clock), str(slot.minutes), WORDS[slot.kind], number, slot.title]


def moment(minute: int, *, is_clock: bool) -> str:
    """`0:45` after the start, or `09:45` by the clock."""
    hours, minutes = divmod(minute, 60)
    return f"{hours % 24:02}:{minutes:02}" if is_clock else f"{hours}:{minutes:02}"


def _told(planned: Schedule) -> str:
    spans = {kind: sum(slot.minutes for slot in planned.slots if slot.kind == kind) for kind in WORDS}
    parts = [f"{minutes} {WORDS[kind]}" for kind, minutes in spans.items() if minutes]
    return f"{len(planned.labs)} labs in {planned.minutes} minutes: {', '.join(parts)}, {planned.left} left over."


def _labs(numbers: list[int]) -> str:
    return ", ".join(f"lab {number}" for number in numbers)
