"""Who overtakes whom, on curves whose crossing is known."""

import math

import numpy as np
import pytest

from concur.bench.scaling.crossovers import crossings, crossovers
from concur.bench.scaling.curves import Measured, Place

N = [1, 4, 16, 64, 256]


def pairs_of(cross_at: float, noise: float, seed: int = 1, rounds: int = 10) -> list[list[tuple[float, float]]]:
    """Two power laws, the first the flatter one: they cross where it is said."""
    chance = np.random.default_rng(seed)
    found = []
    for n in N:
        ratio = math.sqrt(cross_at / n)
        wobble = np.exp(chance.normal(0, noise, (rounds, 2)))
        found.append([(1_000.0 * ratio * a, 1_000.0 * b) for a, b in wobble])
    return found


@pytest.mark.parametrize("cross_at", [2.0, 40.0, 100.0])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_known_crossing_is_within_its_interval(cross_at: float, seed: int):
    ((is_first, at),) = crossings(N, pairs_of(cross_at, 0.05, seed))
    assert not is_first  # the second overtakes
    assert at.interval
    assert at.interval[0] <= cross_at <= at.interval[1]
    assert at.interval[1] < 1.5 * at.interval[0]


def test_curves_that_do_not_cross_have_none():
    assert crossings(N, pairs_of(10_000.0, 0.05)) == []


@pytest.mark.parametrize("rounds", [3, 6, 12])
@pytest.mark.parametrize("places", [5, 11])
def test_curves_that_are_one_cross_by_chance_and_never_for_sure(places: int, rounds: int):
    chance = np.random.default_rng(3)
    n = [2**at for at in range(places)]
    for _ in range(10):
        alike = [[(float(a), float(b)) for a, b in np.exp(chance.normal(7, 0.05, (rounds, 2)))] for _ in n]
        assert all(at.interval is None for _, at in crossings(n, alike))


def test_curves_that_touch_before_they_part_cross_once_for_sure():
    chance = np.random.default_rng(3)
    ahead = [0.5, 0.8, 1.0, 1.0, 1.0, 1.0, 1.2, 1.5]  # equal between 4 and 32: chance crosses them to and fro
    rounds = [[(r * float(a), float(b)) for a, b in np.exp(chance.normal(7, 0.05, (12, 2)))] for r in ahead]
    found = [(is_first, at) for is_first, at in crossings([2**at for at in range(8)], rounds) if at.interval]
    ((is_first, at),) = found
    assert is_first
    assert 2 < at.median < 64


def test_one_round_says_where_and_not_how_surely():
    ((_, at),) = crossings(N, pairs_of(40.0, 0.0, rounds=1))
    assert at.median == pytest.approx(40.0)
    assert at.interval is None


def test_one_place_is_no_curve():
    assert crossings([1], [[(1.0, 2.0)]]) == []
    assert crossings([], []) == []


def test_equal_rates_in_a_place_are_no_crossing_of_their_own():
    assert [is_first for is_first, _ in crossings([1, 2, 4], [[(1.0, 2.0)], [(2.0, 2.0)], [(3.0, 2.0)]])] == [True]
    assert crossings([1, 2, 4], [[(1.0, 2.0)], [(2.0, 2.0)], [(1.0, 2.0)]]) == []


def measured(label: str, rates: list[float], **changed: object) -> Measured:
    places = [Place(n, {1: rate, 2: rate * 1.01, 3: rate * 0.99}) for n, rate in zip(N, rates, strict=True)]
    plain = Measured(label, label, "3.11", "small", "connections", "1 KiB", places, [])
    return plain._replace(**changed)  # type: ignore[arg-type]


RISING, FALLING = [10.0, 40.0, 160.0, 320.0, 400.0], [100.0, 110.0, 120.0, 120.0, 110.0]


def test_the_one_that_overtakes_is_named_first():
    (found,) = crossovers([measured("threads", FALLING), measured("gevent", RISING)])
    assert (found.label, found.overtakes) == ("gevent", "threads")
    assert 4 < found.at.median < 16
    assert (found.over, found.fixed, found.scenario) == ("connections", "1 KiB", "small")


def test_curves_over_different_things_are_not_held_against_each_other():
    assert crossovers([measured("a", FALLING), measured("b", RISING, over="payload")]) == []
    assert crossovers([measured("a", FALLING), measured("b", RISING, fixed="64 B")]) == []


def test_a_place_where_the_engine_was_the_limit_crosses_nothing():
    limited = measured("gevent", RISING)
    places = [one._replace(is_at_least=one.n > 4) for one in limited.places]
    assert crossovers([measured("threads", FALLING), limited._replace(places=places)]) == []
