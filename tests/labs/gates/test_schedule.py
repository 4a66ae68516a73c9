"""Schedules are read from what a learner writes, and written so that they can be read again."""

import pytest

from concur.errors import UsageError
from concur.labs.gates.schedule import Schedule, Turn, parse


@pytest.mark.parametrize("text", ["A12 B7 A5", "A1", "A load sold, B end", "A line 12, B store, A end"])
def test_a_schedule_reads_back_as_it_was_written(text: str) -> None:
    assert str(parse(text)) == text
    assert parse(str(parse(text))) == parse(text)


def test_pairs_and_text_say_the_same() -> None:
    pairs: list[tuple[str, str | int]] = [("A", "load sold"), ("B", "end"), ("A", 27)]
    assert parse(pairs) == parse("A load sold, B end, A line 27") == parse("A: load  sold; B: end\nA: line 27")
    assert parse(parse(pairs)) == parse(pairs)
    assert parse(pairs).pairs == [("A", "load sold"), ("B", "end"), ("A", "line 27")]


def test_an_exact_schedule_counts_steps() -> None:
    assert parse("A12 B7") == Schedule([Turn(0, 12), Turn(1, 7)])


def test_nothing_is_an_empty_schedule() -> None:
    assert parse("") == parse([]) == Schedule()


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("gibberish", "'gibberish' is no turn"),
        ("A12 B", "'A12 B' is no turn"),
        ([("A",)], "is no turn"),
        (["A load"], "'A load' is no turn"),
        ([("one", "load")], "'one' is no thread.*named A, B, C"),
        ([(0, "load")], "0 is no thread"),
        ([("A", "")], "says not how far A goes"),
        ([("A", None)], "says not how far A goes"),
        (None, "no schedule.*NoneType"),
        ({"A": "load"}, "no schedule.*dict"),
    ],
)
def test_what_cannot_be_read_is_told_with_the_forms_there_are(written: object, why: str) -> None:
    with pytest.raises(UsageError, match=why) as raised:
        parse(written)  # type: ignore[arg-type] # what a learner may write
    assert "('A12 B7'" in str(raised.value) or "Write [" in str(raised.value)
