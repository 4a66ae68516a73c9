"""A deck's Markdown as data, and what is wrong with one said with its place."""

import pytest

from concur.errors import UsageError
from concur.slides import deck


def test_a_slide_has_its_title_topic_minutes_and_notes(sample_deck):
    first = sample_deck.slides[0]
    assert (first.number, first.title) == (1, "A process pays for its **pages** when it *touches* them")
    assert (first.topic, first.minutes) == ("processes", 2.0)
    assert first.notes.startswith("Ask how many")
    assert sample_deck.problems == ()


def test_minutes_and_topic_may_be_parted_by_any_usual_sign(sample_deck):
    assert [slide.minutes for slide in sample_deck.slides] == [2.0, 3.0, 1.0]


def test_a_runnable_block_has_its_id_and_counters(sample_deck):
    (block,) = sample_deck.runnable().values()
    assert (block.run, block.language, block.counters) == ("touching", "python", ("faults", "cpu"))
    assert block.text.startswith("import mmap\n")


def test_comments_are_no_text(sample_deck):
    assert "cog" not in sample_deck.slides[1].body
    assert sample_deck.slides[1].blocks[0].source == "concur/kernel/trampoline.py:Stepper.resume#body"


def test_lines_are_those_of_the_file(sample_deck):
    lines = sample_deck.path.read_text("utf-8").splitlines()
    for slide in sample_deck.slides:
        assert lines[slide.line - 1] == f"## {slide.title}"
        for block in slide.blocks:
            assert lines[block.line - 1].startswith("```python")
        for picture in slide.pictures:
            assert f"{picture.kind}:{picture.name}" in lines[picture.line - 1]


def test_a_rule_within_code_ends_no_slide(deck_of):
    assert len(deck_of("```text\nabove\n---\nbelow\n```\n").slides) == 1


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"head": "## A claim\n"}, "no minutes"),
        ({"head": "## A claim\n<!-- topic: threads · minutes: soon -->\n"}, "no minutes"),
        ({"head": "<!-- topic: threads · minutes: 2 -->\n"}, "no title"),
        ({"notes": ""}, "no notes"),
        ({"notes": "\n???\n  \n"}, "no notes"),
        ({"text": "```python\nprint()\n"}, "a fence without end"),
    ],
)
def test_what_is_wrong_says_file_line_why_and_what_to_do(deck_of, changed, what):
    (problem,) = deck_of(**changed).problems
    assert problem.what == what
    assert str(problem).startswith(f"{problem.file}:{problem.line}: {what}: {problem.why}. {problem.do}")
    assert problem.line == 5


@pytest.mark.parametrize(
    "text", ["", "## A claim\n", "+++\ntitle = \n+++\n", '+++\ntitle = "T"\n', "+++\nx = 1\n+++\n"]
)
def test_without_facts_above_it_is_no_deck(tmp_path, text):
    found = deck.parse(tmp_path / "x.md", text)
    assert found.problems[0].what == "no title"
    assert found.title == "x"


def test_a_file_that_is_not_there_or_no_text_is_one_message(tmp_path):
    with pytest.raises(UsageError, match="cannot be read"):
        deck.load(tmp_path / "none.md")
    (tmp_path / "bytes.md").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="not UTF-8"):
        deck.load(tmp_path / "bytes.md")
