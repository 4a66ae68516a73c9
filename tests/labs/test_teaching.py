import pytest

from concur.errors import UsageError
from concur.labs.lab import Minutes
from concur.labs.teaching import BLOCK, schedule
from tests.labs.samples import lab

MINUTES = {1: 15, 2: 20, 3: 20, 5: 20, 7: 25, 10: 30, 11: 20, 12: 25, 14: 15}
LABS = [lab(number, minutes=Minutes(5, whole - 5)) for number, whole in MINUTES.items()]
CUT = (1, 3, 5, 7, 10, 11, 14)


def test_the_cut_fits_into_three_hours_with_its_breaks() -> None:
    planned = schedule(LABS, 180, cut=CUT)
    assert planned.labs == list(CUT)
    assert planned.left_out == []
    assert sum(slot.kind == "break" for slot in planned.slots) == 3
    assert planned.left == 180 - sum(MINUTES[number] for number in CUT) - 30


def test_nobody_sits_longer_than_a_block() -> None:
    since = 0
    for slot in schedule(LABS, 300, cut=CUT).slots:
        since = 0 if slot.kind == "break" else since + slot.minutes
        assert since <= BLOCK


def test_the_spans_follow_one_another_without_a_gap() -> None:
    slots = schedule(LABS, 180, cut=CUT).slots
    assert [slot.begins for slot in slots[1:]] == [slot.begins + slot.minutes for slot in slots[:-1]]


def test_what_finds_no_room_is_named() -> None:
    planned = schedule(LABS, 90, cut=CUT)
    assert planned.labs == [1, 3, 5, 7]
    assert planned.left_out == [10, 11, 14]


def test_with_more_time_labs_are_shown_and_then_others_are_done_in_the_order_of_the_course() -> None:
    planned = schedule(LABS, 230, cut=CUT, shown=(12, 16))
    assert [slot.number for slot in planned.slots if slot.kind == "show"] == [12]
    assert planned.labs == [1, 2, *CUT[1:]]


def test_what_a_lab_builds_on_and_is_not_taught_is_named() -> None:
    assert schedule([lab(7, requires=[3, 5]), lab(5)], 60).to_read == [3]


def test_too_short_a_session_is_refused() -> None:
    with pytest.raises(UsageError, match="14 minutes are too few"):
        schedule(LABS, 14)
