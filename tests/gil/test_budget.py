"""Which points there is time for."""

from hypothesis import given
from hypothesis import strategies as st

from concur.gil.budget import choose, in_order
from concur.gil.points import FURTHER, HEADLINE, USUAL, Point


def point(name: str, priority: int = USUAL, about_s: float = 1.0) -> Point:
    return Point(interpreter="3.11", what=(name,), priority=priority, about_s=about_s)


def names(wave) -> list[str]:
    return [str(choice.point.what[0]) for choice in wave.choices]


def test_what_the_summary_needs_comes_first():
    points = {"a": [point("a1"), point("a2", HEADLINE)], "b": [point("b1", FURTHER), point("b2", HEADLINE)]}
    assert [choice.point.what[0] for choice in in_order(points)] == ["a2", "b2", "a1", "b1"]


def test_experiments_take_turns_within_a_priority():
    points = {"a": [point("a1"), point("a2"), point("a3")], "b": [point("b1")]}
    assert [choice.point.what[0] for choice in in_order(points)] == ["a1", "b1", "a2", "a3"]


def test_each_chosen_point_has_all_its_rounds():
    wave = choose({"a": [point("a1"), point("a2"), point("a3")]}, left_s=6.5, rounds=3)
    assert names(wave) == ["a1", "a2"]
    assert wave.rounds == 3


def test_rounds_are_given_up_before_the_summary_is():
    wave = choose({"a": [point(str(number), HEADLINE) for number in range(4)]}, left_s=8.5, rounds=3)
    assert (len(wave.choices), wave.rounds) == (4, 2)


def test_a_long_point_does_not_keep_a_short_one_out():
    assert names(choose({"a": [point("long", about_s=9.0), point("short")]}, left_s=5, rounds=1)) == ["short"]


def test_a_pace_that_was_seen_leaves_room_for_fewer():
    points = {"a": [point("a1"), point("a2")]}
    assert len(choose(points, 2.5, 1).choices) == 2
    assert len(choose(points, 2.5, 1, pace=2.0).choices) == 1


def test_nothing_fits_no_time():
    assert choose({"a": [point("a1")]}, left_s=0.0, rounds=3).choices == []


@given(
    st.lists(st.tuples(st.sampled_from((HEADLINE, USUAL, FURTHER)), st.floats(0.01, 5)), max_size=30),
    st.floats(0, 60),
    st.integers(1, 5),
)
def test_a_wave_never_takes_more_than_is_left(made, left_s, rounds):
    points = {"a": [point(str(number), priority, about_s) for number, (priority, about_s) in enumerate(made)]}
    wave = choose(points, left_s, rounds)
    assert sum(choice.point.about_s for choice in wave.choices) * wave.rounds <= left_s + 1e-6
    assert len(set(names(wave))) == len(wave.choices)
