"""Each breach is one message, with its line; a deck without any has none."""

import pytest

from concur.slides import linting, schedule


def lint(*decks, has=lambda kind, name: True, times=None):
    return linting.lint(decks, times, has, decks[0].path.parent)


def whats(problems):
    return [problem.what for problem in problems]


def test_the_sample_has_no_breach(sample_deck, sample):
    assert lint(sample_deck, times=schedule.load(sample)) == []


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        ("![a loop](diagram:none)\n", "missing diagram", 7),
        ("![a curve](figure:none)\n", "missing figure", 7),
        ("![a thing](photo:none)\n", "missing photo", 7),
        ("```python from=concur/errors.py:Nothing\n```\n", "unknown code reference 'concur/errors.py:Nothing'", 7),
        ("```python from=concur/none.py:Nothing\n```\n", "unknown code reference 'concur/none.py:Nothing'", 7),
        (
            "```python from=concur/errors.py:UsageError\nclass UsageError: ...\n```\n",
            "the quotation is not the source",
            7,
        ),
        ("```python run=Bad_Id\nprint()\n```\n", "bad id «Bad_Id»", 7),
        ("```text run=some\nprint()\n```\n", "a block that cannot be run", 7),
        ("```python run=some\nprint(\n```\n", "a block that cannot be run", 7),
        ("```python run=some counters=joy\nprint()\n```\n", "unknown counter «joy»", 7),
        ("Lab: [99](../labs/99-nowhere/)\n", "a link to nothing", 5),
        ("\n".join(f"- line {n}" for n in range(20)) + "\n", "overlong slide", 5),
        ("word " * 300 + "\n", "overlong slide", 5),
        ("```python run=some\n" + "print()\n" * 16 + "```\n", "overlong slide", 7),
        ("```text\n" + "x" * 89 + "\n```\n", "overlong slide", 7),
    ],
)
def test_a_breach_is_one_message_with_its_line(deck_of, text, what, line):
    problems = lint(deck_of(text), has=lambda kind, name: False)
    assert whats(problems)[0] == what
    assert problems[0].line == line
    assert problems[0].why
    assert problems[0].do


def test_an_unknown_topic_is_answered_with_those_that_there_are(deck_of):
    (problem,) = lint(deck_of(head="## A claim\n<!-- topic: magic · minutes: 2 -->\n"))
    assert (problem.what, problem.why) == ("unknown topic", "«magic» is none of the sixteen")
    assert "other-options" in problem.do


def test_a_title_that_is_no_title_is_overlong(deck_of):
    assert whats(lint(deck_of(head=f"## {'word ' * 30}\n<!-- topic: threads · minutes: 2 -->\n"))) == ["overlong slide"]


def test_a_picture_without_words_is_a_breach(deck_of):
    assert whats(lint(deck_of("![](diagram:convoy)\n"))) == ["a picture without words"]


def test_an_id_means_one_block(deck_of):
    deck = deck_of("```python run=one\nprint()\n```\n```python run=one\nprint()\n```\n")
    (problem,) = lint(deck)
    assert (problem.what, problem.line) == ("an id twice", 10)


def test_links_that_lead_out_are_left_alone(deck_of):
    assert lint(deck_of("Source: [PEP 703](https://peps.python.org/pep-0703/)\n")) == []
