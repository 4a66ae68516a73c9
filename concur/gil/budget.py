"""Which points are measured in the time that there is. Pure.

Points are taken by priority: what the summary needs, then what the tables
show, then the rest; within one priority the experiments take turns, so that little time
gives a little of each. Each point that is taken is measured in every round: an
interval needs rounds more than a table needs rows. Where not even the first
priority fits, rounds are given up before points are.
"""

from collections.abc import Mapping, Sequence
from itertools import chain, zip_longest
from typing import NamedTuple

from concur.gil.points import FURTHER, HEADLINE, USUAL, Point

PRIORITIES = (HEADLINE, USUAL, FURTHER)


class Choice(NamedTuple):
    """A point of an experiment."""

    experiment: str
    point: Point


class Wave(NamedTuple):
    """What is measured next, and in how many rounds; about_s is how long that takes, as far as is known."""

    choices: list[Choice]
    rounds: int
    about_s: float


def choose(points: Mapping[str, Sequence[Point]], left_s: float, rounds: int, pace: float = 1.0) -> Wave:
    """As many points as can be measured in so many rounds within left_s, most important first.

    points by experiment, without those that are absent or have been measured. pace is how much longer
    measurements took so far than they were said to. Empty where not one fits.
    """
    headline_s = pace * sum(point.about_s for several in points.values() for point in several if _is_headline(point))
    while rounds > 1 and headline_s * rounds > left_s:
        rounds -= 1
    taken: list[Choice] = []
    spent_s = 0.0
    for choice in in_order(points):
        cost_s = pace * rounds * choice.point.about_s
        if spent_s + cost_s <= left_s:
            taken.append(choice)
            spent_s += cost_s
    return Wave(taken, rounds, spent_s)


def _is_headline(point: Point) -> bool:
    return point.priority == HEADLINE


def in_order(points: Mapping[str, Sequence[Point]]) -> list[Choice]:
    """All of them by priority, the experiments in turn."""
    found: list[Choice] = []
    for priority in PRIORITIES:
        queues = [
            [Choice(name, point) for point in several if point.priority == priority] for name, several in points.items()
        ]
        found += [choice for choice in chain.from_iterable(zip_longest(*queues)) if choice is not None]
    return found
