"""Cycles in who waits for whom."""

from collections.abc import Sequence

from concur.labs.gates.cycles import Wait, describe, find_cycle


class Held:
    """Something that some threads hold."""

    kind = "Lock"

    def __init__(self, label: str, *names: str) -> None:
        self.label, self.names = label, list(names)

    def holders(self) -> list[str]:
        return self.names


def wait(thread: str, resource: Held, line: int = 1) -> Wait:
    return Wait(thread, resource, line, lambda: False)


def names(waits: Sequence[Wait]) -> list[str]:
    return [one.thread for one in waits]


def test_two_that_wait_for_each_other_are_a_cycle() -> None:
    waits = [wait("A", Held("left", "B")), wait("B", Held("right", "A"))]
    assert names(find_cycle(waits)) == ["A", "B"]


def test_one_who_waits_for_a_cycle_is_not_in_it() -> None:
    waits = [wait("C", Held("left", "A")), wait("A", Held("left", "B")), wait("B", Held("right", "A"))]
    cycle = find_cycle(waits)
    assert names(cycle) == ["A", "B"]
    assert describe(waits, cycle).splitlines()[0] == "deadlock: A → B → A"
    assert describe(waits, cycle).splitlines()[-1] == "  C waits for Lock left, held by A (line 1)"


def test_one_can_wait_for_oneself() -> None:
    assert names(find_cycle([wait("A", Held("lock", "A"))])) == ["A"]


def test_waiting_for_what_nobody_holds_is_no_cycle() -> None:
    waits = [wait("A", Held("event"), 7)]
    assert find_cycle(waits) == []
    assert describe(waits, []) == (
        "deadlock: all wait, and nobody is left to wake them\n"
        "  A waits for Lock event, which nobody is left to give (line 7)"
    )
