"""Counters in words; those that a slide is about first."""

from concur.slides.counts import COUNTERS, Counts, rows

COUNTS = Counts(1_500_000_000, 9_940_000, 400_000, 1_234, 5, 6, 0, 3 << 20)


def test_each_counter_is_a_row_in_words():
    found = {row.name: row.value for row in rows(COUNTS)}
    assert found["wall"] == "1,500 ms"
    assert found["CPU, user"] == "9.9 ms"
    assert found["switches, voluntary"] == "1,234"
    assert found["memory, peak"] == "3.0 MiB"


def test_those_that_are_asked_for_come_first_and_none_is_left_out():
    found = rows(COUNTS, ("faults", "switches"))
    assert [row.is_asked for row in found] == [True] * 4 + [False] * 4
    assert {row.name for row in found} == {name for names in COUNTERS.values() for name in names}
