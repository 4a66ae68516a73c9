"""Who waits for whom: the waits of threads that stand still, and the cycle among them.

Tier 0, and pure. A deadlock is a cycle in the waits-for graph (Coffman, Elphick
and Shoshani, *System Deadlocks*, 1971) where each thing waited for has one
holder. Threads may also all wait without a cycle: for an event that nobody is
left to set.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol


class Resource(Protocol):
    """Something that threads wait for."""

    label: str  # `lock`, `self.fork`
    kind: str  # "Lock"

    def holders(self) -> list[str]:
        """The names of threads that have it and could give it back."""


class Wait(NamedTuple):
    """A thread's wait. is_met: it may go on; due_s: when it gives up, by the virtual clock (None: never)."""

    thread: str
    resource: Resource
    line: int
    is_met: Callable[[], bool]
    due_s: float | None = None
    verb: str = "waits for"

    def __str__(self) -> str:
        holders = self.resource.holders()
        held = f", held by {' and '.join(holders)}" if holders else ", which nobody is left to give"
        place = f" (line {self.line})" if self.line else ""
        return f"{self.thread} {self.verb} {self.resource.kind} {self.resource.label}{held}{place}"


def find_cycle(waits: Sequence[Wait]) -> list[Wait]:
    """Waits of which each is for a thing that the next one's thread holds, and the last one's for the first's."""
    by_thread = {wait.thread: wait for wait in waits}
    for first in waits:
        path = [first]
        while (following := _holder(path[-1], by_thread)) and following not in path:
            path.append(following)
        if following is first:
            return path
    return []


def _holder(wait: Wait, by_thread: dict[str, Wait]) -> Wait | None:
    return next((by_thread[name] for name in wait.resource.holders() if name in by_thread), None)


def describe(waits: Sequence[Wait], cycle: Sequence[Wait]) -> str:
    """The deadlock in words, one wait a line: first those of the cycle."""
    others = [wait for wait in waits if wait not in cycle]
    names = " → ".join([*(wait.thread for wait in cycle), cycle[0].thread]) if cycle else ""
    first = f"deadlock: {names}" if cycle else "deadlock: all wait, and nobody is left to wake them"
    return "\n".join([first, *(f"  {wait}" for wait in [*cycle, *others])])
