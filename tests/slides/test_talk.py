"""The decks themselves: nothing is wrong with them, and everything on them that can be run runs."""

from collections import Counter

import pytest

from concur.slides import build, schedule
from concur.slides.deck import Block, load
from concur.slides.present.blocks import run_block

DECKS = [load(path) for path in sorted(build.OURS.glob("*.md"))]
BLOCKS = [block for deck in DECKS for block in deck.runnable().values()]


def test_nothing_is_wrong_with_the_decks():
    assert [str(one) for one in build.problems(DECKS, build.OURS, is_whole=True)] == []


def test_the_minutes_add_up_to_two_hundred():
    assert sum(slide.minutes for deck in DECKS for slide in deck.slides) == 200


def test_topics_come_in_their_order():
    shown = [slide.topic for deck in DECKS for slide in deck.slides]
    assert list(dict.fromkeys(shown)) == list(schedule.TOPICS)


def test_every_topic_has_a_measurement_or_a_diagram_of_its_own():
    found = Counter[str]()
    for deck in DECKS:
        for slide in deck.slides:
            found[slide.topic] += len(slide.pictures) + sum(
                bool(block.run and block.counters) for block in slide.blocks
            )
    assert [topic for topic in schedule.TOPICS if not found[topic]] == []


@pytest.mark.timeout(60)
@pytest.mark.parametrize("block", BLOCKS, ids=[block.run for block in BLOCKS])
def test_every_block_runs_and_shows_its_counters(block: Block):
    ran = run_block(block)
    assert ran.problem == "", ran.output
    assert ran.output
    assert ran.counts
    assert ran.counts.user_ns > 0
