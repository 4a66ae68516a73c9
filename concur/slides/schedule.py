"""Which topic has how many minutes: `slides/schedule.toml`, and whether the decks keep to it. Pure rules."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from concur.errors import UsageError
from concur.slides.deck import Deck, Problem

FILE = "schedule.toml"
TOPICS = (
    "traps-and-interrupts",
    "scheduling",
    "processes",
    "threads",
    "the-gil",
    "generators",
    "coroutines",
    "python-coroutines",
    "blocking-and-non-blocking",
    "parallelism-and-concurrency",
    "cpython-pypy-stackless",
    "greenlets-and-gevent",
    "design-principles",
    "the-application",
    "performance-results",
    "other-options",
)


class Planned(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A deck's share, by topic."""

    name: str
    minutes: float
    topics: dict[str, float]


class Schedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of it, in the order in which it is taught."""

    minutes: float
    decks: list[Planned]

    def of(self, name: str) -> Planned | None:
        """The share of the deck of that name."""
        return next((one for one in self.decks if one.name == name), None)


def load(folder: Path) -> Schedule:
    """The folder's schedule. Raises UsageError where it is not there or adds up to something else."""
    path = folder / FILE
    try:
        found: Any = msgspec.toml.decode(path.read_text(encoding="utf-8"))
        schedule = msgspec.convert(found, Schedule)
    except OSError as error:
        do = "It says how many minutes each deck and topic has."
        raise UsageError(f"{path} cannot be read", why=error.strerror or str(error), do=do) from None
    except (UnicodeDecodeError, msgspec.MsgspecError) as error:
        raise UsageError(f"{path} is no schedule", why=str(error), do="Mend it.") from None
    if why := "; ".join(_sums(schedule)):
        raise UsageError(f"{path} does not add up", why=why, do="Mend one of the figures.")
    return schedule


def _sums(schedule: Schedule) -> Iterator[str]:
    """What does not add up within the schedule."""
    if (found := sum(one.minutes for one in schedule.decks)) != schedule.minutes:
        yield f"the decks have {found:g} minutes, the whole {schedule.minutes:g}"
    for one in schedule.decks:
        if (found := sum(one.topics.values())) != one.minutes:
            yield f"the topics of {one.name} have {found:g} minutes, the deck {one.minutes:g}"


def minutes_by_topic(deck: Deck) -> dict[str, float]:
    """How long a deck's slides take, by topic, in the order of its slides."""
    found: dict[str, float] = {}
    for slide in deck.slides:
        found[slide.topic] = found.get(slide.topic, 0.0) + slide.minutes
    return found


def breaches(deck: Deck, schedule: Schedule) -> Iterator[Problem]:
    """Where a deck takes more or less time than it has."""
    file, planned = str(deck.path), schedule.of(deck.name)
    total = sum(slide.minutes for slide in deck.slides)
    if total != deck.minutes:
        why = f"its slides have {total:g}, its title {deck.minutes:g}"
        yield Problem(file, 1, "the minutes do not add up", why, "Mend the slides, or `minutes` above them.")
    if planned is None:
        do = f"Known are {', '.join(one.name for one in schedule.decks)}."
        yield Problem(file, 1, "the deck has no time", f"{FILE} does not name it", do)
        return
    found = minutes_by_topic(deck)
    for topic, minutes in planned.topics.items():
        if found.get(topic, 0.0) != minutes:
            why = f"its slides have {found.get(topic, 0.0):g} minutes, the schedule {minutes:g}"
            yield Problem(file, 1, f"{topic} is out of time", why, f"Mend the slides, or {FILE}.")


def missing(decks: Sequence[Deck], schedule: Schedule, folder: Path) -> Iterator[Problem]:
    """Decks that the schedule names and that are not there."""
    there = {deck.name for deck in decks}
    for one in schedule.decks:
        if one.name not in there:
            why = f"there is no {one.name}.md beside it"
            yield Problem(str(folder / FILE), 1, f"{one.name} is missing", why, "Write it, or take it out.")
