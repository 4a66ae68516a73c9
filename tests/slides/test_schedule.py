"""The minutes: of the whole, of decks, of topics."""

import pytest

from concur.errors import UsageError
from concur.slides import schedule
from concur.slides.build import OURS


def test_the_talk_has_two_hundred_minutes_and_each_topic_once_and_in_order():
    found = schedule.load(OURS)
    assert found.minutes == 200
    assert [topic for one in found.decks for topic in one.topics] == list(schedule.TOPICS)


def test_a_deck_that_keeps_to_it_breaches_nothing(sample_deck, sample):
    assert list(schedule.breaches(sample_deck, schedule.load(sample))) == []


def test_a_topic_out_of_time_says_by_how_much(sample_deck, sample):
    file = sample / schedule.FILE
    file.write_text(file.read_text().replace("processes = 2, generators = 3", "processes = 3, generators = 2"))
    problems = list(schedule.breaches(sample_deck, schedule.load(sample)))
    assert [problem.what for problem in problems] == ["processes is out of time", "generators is out of time"]
    assert problems[0].why == "its slides have 2 minutes, the schedule 3"


def test_slides_that_do_not_add_up_to_their_title_are_said(sample_deck, sample):
    (problem,) = schedule.breaches(sample_deck._replace(minutes=9.0), schedule.load(sample))
    assert problem.why == "its slides have 6, its title 9"


def test_a_deck_without_time_and_time_without_a_deck_are_said(sample_deck, sample):
    times = schedule.load(sample)
    (problem,) = schedule.breaches(sample_deck._replace(path=sample / "9-more.md"), times)
    assert problem.what == "the deck has no time"
    (problem,) = schedule.missing([], times, sample)
    assert problem.what == "1-sample is missing"


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("minutes = 6\n\n", "minutes = 7\n\n", "the decks have 6 minutes, the whole 7"),
        ("processes = 2", "processes = 1", "the topics of 1-sample have 5 minutes, the deck 6"),
        ("minutes = 6\n\n", "minutes = 'six'\n\n", "no schedule"),
        ("minutes = 6\n\n", "minutes = = 6\n\n", "no schedule"),
    ],
)
def test_a_schedule_that_does_not_add_up_is_one_message(sample, before, after, why):
    file = sample / schedule.FILE
    file.write_text(file.read_text().replace(before, after, 1))
    with pytest.raises(UsageError, match=why):
        schedule.load(sample)


def test_without_a_schedule_it_is_said(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        schedule.load(tmp_path)
