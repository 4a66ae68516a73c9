"""The gates of «You are the scheduler»: schedules replayed, and all schedules explored. No clock is asked."""

import random
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

from concur.errors import UsageError
from concur.labs.gates import Failed, InFlight, require
from concur.labs.gates.explorer import Exploration, Replay, Scenario, explore, replay
from concur.labs.gates.lanes import draw

WIDTH = 66  # of the lanes, as they are indented
MOST_RUNS = 3_000
HALF_LOCKED = ["acquire", "load sold", "release", "acquire", "store sold", "release"]
NOBODY_PREEMPTED = ("A end, B end", "B end, A end")


class Printer:
    """Prints tickets, and sees whether both clerks print at once: A sells seats of row A, B those of row B."""

    def __init__(self) -> None:
        self.inside = {row: InFlight() for row in "AB"}
        self.met = False
        self.printed: list[str] = []

    def print_ticket(self, seat: str) -> None:
        with self.inside[seat[0]]:
            self.printed.append(seat)
            self.met = self.met or all(each.now for each in self.inside.values())


class Office:
    """What the two clerks share, in one run."""

    def __init__(self, work: ModuleType) -> None:
        self.box = work.Box()
        self.printer = Printer()


def seats_of(row: str, most: int = 3) -> list[str]:
    """Some seats of a row: nobody knows beforehand how many."""
    return [f"{row}{number}" for number in range(1, random.randint(1, most) + 1)]


def selling(work: ModuleType, sell: Callable[..., object], *more: str, other_than: int = 0) -> tuple[Scenario, int]:
    """Two clerks that sell seats by this function, and how many seats these are."""
    rows = seats_of("A"), seats_of("B")
    while (total := sum(map(len, rows))) == other_than:
        rows = seats_of("A"), seats_of("B")

    def clerk(seats: list[str]) -> Callable[[Office], object]:
        return lambda office: sell(office.box, list(seats), *(getattr(office.printer, name) for name in more))

    def verdict(office: Office) -> str:
        return "" if office.box.sold == total else f"{office.box.sold} in the box for {total} seats sold"

    return Scenario(lambda: Office(work), [clerk(seats) for seats in rows], verdict), total


def replayed(scenario: Scenario, schedule: Any, name: str, work: ModuleType) -> Replay:
    """One run by the learner's schedule, which must be one, and be followed to its end."""
    asked = f"{name}: a schedule that A and B can follow"
    require(bool(schedule), f"{name}: a schedule, such as [('A', 'load sold'), …]", "it is empty")
    try:
        ran = replay(scenario, schedule, within=work)
    except UsageError as error:
        raise Failed(asked, str(error)) from None
    require(not ran.diverged, asked, ran.diverged, draw(ran, WIDTH))
    return ran


def require_right_alone(work: ModuleType, scenario: Scenario, name: str) -> None:
    """If nobody is preempted nothing may be lost: else it is no race, but plainly wrong."""
    for schedule in NOBODY_PREEMPTED:
        ran = replay(scenario, schedule, within=work)
        require(not ran.what, f"{name} is right when nobody is preempted", ran.what, draw(ran, WIDTH))


def check_replay(work: ModuleType) -> str:
    scenario, _ = selling(work, work.sell)
    require_right_alone(work, scenario, "sell")
    ran = replayed(scenario, work.LOSING, "LOSING", work)
    require(bool(ran.what), "LOSING loses a sale", "nothing is lost", draw(ran, WIDTH))
    again = [replayed(scenario, work.LOSING, "LOSING", work).what for _ in range(20)]
    require(set(again) == {ran.what}, "the same each time", f"{len(set(again))} outcomes in 20 replays")
    return f"{ran.what}, 20 times out of 20"


def check_none_lost(work: ModuleType) -> str:
    scenario, total = selling(work, work.sell_safely, "print_ticket")
    another, _ = selling(work, work.sell_safely, "print_ticket", other_than=total)
    require_right_alone(work, another, "sell_safely")
    found = explore(scenario, within=work, most_runs=MOST_RUNS)
    require_nothing_found(found, "sell_safely loses nothing in any schedule with two preemptions")
    return str(found)


def require_nothing_found(found: Exploration, asked: str) -> None:
    """The search found nothing, and went to its end."""
    for failure in found.found:
        raise Failed(asked, failure.what.splitlines()[0], draw(failure, WIDTH))
    require(found.is_complete, asked, str(found), "Too much is done in there to try all of it. Keep it short.")


def check_interleave(work: ModuleType) -> str:
    """Looks for the opposite of a failure: a schedule in which both print at once."""
    rows = seats_of("A", 3), seats_of("B", 3)
    office: list[Office] = []

    def make() -> Office:
        office[:] = [Office(work)]
        return office[0]

    def verdict(state: Office) -> str:
        unprinted = sum(map(len, rows)) - len(state.printer.printed)
        require(unprinted == 0, "a ticket printed for every seat", f"{unprinted} not printed")
        return "both at once" if state.printer.met else ""

    clerks = [partial(sell_and_print, work, seats) for seats in rows]
    found = explore(Scenario(make, clerks, verdict), within=[work, Printer], preemptions=1, most_runs=MOST_RUNS)
    asked = "a schedule in which both clerks print at once"
    for failure in found.found:
        require(failure.what == "both at once", asked, failure.what.splitlines()[0], draw(failure, WIDTH))
        return f"both print at once: {failure.by_operation}"
    raise Failed(asked, f"none among {found.runs:,}: one clerk waits until the other has printed")


def sell_and_print(work: ModuleType, seats: list[str], office: Office) -> None:
    """What a clerk does in an office."""
    work.sell_safely(office.box, list(seats), office.printer.print_ticket)


def check_attack(work: ModuleType) -> str:
    scenario, _ = selling(work, work.sell_half_locked)
    require_right_alone(work, scenario, "sell_half_locked")
    calm = replay(scenario, NOBODY_PREEMPTED[0], within=work)
    words = [word for event in calm.events for word in (event.word, event.word.split()[0])]  # «acquire self.lock»
    done = [word for word in words if word in HALF_LOCKED]
    asked = f"sell_half_locked as it was: each clerk does {', '.join(HALF_LOCKED)}"
    require(done == 2 * HALF_LOCKED, asked, f"the two do {', '.join(done) or 'nothing of it'}")
    ran = replayed(scenario, work.LOSING_HALF_LOCKED, "LOSING_HALF_LOCKED", work)
    require(bool(ran.what), "LOSING_HALF_LOCKED loses a sale", "nothing is lost", draw(ran, WIDTH))
    return ran.what


def check_gil(work: ModuleType) -> str:
    plus, again = adding(work, work.add_one), adding(work, work.lose_again)
    require_right_alone(work, again, "lose_again")
    where = "eval-breaker"
    kept = explore(plus, within=work, where=where)
    require(kept.is_complete, "add_one as it was: it loses nothing where a GIL build may switch", str(kept))
    lost = explore(again, within=work, where=where)
    asked = "lose_again can lose, if threads switch only where CPython with a GIL lets them"
    require(bool(lost.failures), asked, str(lost), HANDS_OVER)
    return f"add_one: {kept}; lose_again: lost by {lost.failures[0].by_operation}"


HANDS_OVER = """With a GIL, CPython lets another thread go on when a function begins, after a call,
and when a loop jumps back. Which of these is between your load and your store?"""


def adding(work: ModuleType, add: Callable[[Any], object]) -> Scenario:
    """Two threads that each add one."""
    return Scenario(
        work.Box, [add, add], lambda box: "" if box.sold == 2 else f"{box.sold} in the box after two were added"
    )
