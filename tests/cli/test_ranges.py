"""Ranges as they are typed."""

import pytest

from concur.cli import ranges, units
from concur.errors import UsageError


def connections(*texts: str) -> list[int]:
    return ranges.connections(texts, units.count)


def test_a_range_doubles_and_holds_both_ends():
    assert connections("1..1024") == [2**n for n in range(11)]
    assert connections("3..20") == [3, 6, 12, 20]
    assert connections("1..1k")[-2:] == [512, 1000]
    assert ranges.payloads(["64..1M"], units.size_bytes) == [2**n for n in range(6, 21)]


def test_a_list_may_hold_numbers_and_ranges_and_each_value_once():
    assert connections("1", "2..8", "8", "100") == [1, 2, 4, 8, 100]


def test_a_range_of_one_point_is_that_point():
    assert connections("4..4") == [4]
    assert ranges.workers(["1..1:processes"], 2) == ["1"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("5..1", "runs backwards.*1..5"),
        ("0..4", "begins at 0"),
        ("1..", "is no range.*both ends"),
        ("..4", "is no range"),
        ("..", "is no range"),
        ("1..2..3", "is no range"),
        ("1..x", "'x' is not understood"),
        ("1..1.5", "not a count"),
        ("1...5", "not a count"),
        ("-1..4", "'-1' is not understood"),
        ("1..1M", "goes too far.*65,535"),
        ("0", "none at all.*1 to 65,535"),
        ("99999999999", "too much.*1 to 65,535"),
        ("1..99999999999999999999", "goes too far"),
    ],
)
def test_ranges_that_make_no_sense_are_refused(text: str, told: str):
    with pytest.raises(UsageError, match=told):
        connections(text)


def test_a_payload_that_is_no_message_is_refused():
    with pytest.raises(UsageError, match="goes too far"):
        ranges.payloads(["64..1024M"], units.size_bytes)
    with pytest.raises(UsageError, match="none at all"):
        ranges.payloads(["0"], units.size_bytes)


def test_workers_rise_one_by_one_and_then_by_halves():
    assert ranges.workers(["1..4:processes"], 2) == ["1", "2:processes", "3:processes", "4:processes"]
    counts = [int(text.partition(":")[0]) for text in ranges.workers(["2..30:threads"], 2)]
    assert counts == [2, 3, 4, 6, 8, 12, 16, 24, 30]


def test_n_is_as_many_workers_as_there_are_cpus():
    assert ranges.workers(["1..N:processes"], 3) == ["1", "2:processes", "3:processes"]


def test_what_is_no_range_stays_as_it_is():
    assert ranges.workers(["1", "2:processes"], 2) == ["1", "2:processes"]


@pytest.mark.parametrize("text", ["1..4", "1..4:", "4..1:processes", "0..2:threads", "1..:threads", "1..two:threads"])
def test_workers_that_make_no_sense_are_refused(text: str):
    with pytest.raises(UsageError):
        ranges.workers([text], 2)
