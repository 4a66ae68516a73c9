"""How lines of readings become a figure with an interval, and when they are no line."""

import pytest

from concur.bench.memory import slopes
from concur.bench.memory.records import MemoryPoint, MemoryRow
from tests.bench.memory.points import BASE_BYTES, LEVELS, points, row, trial


def test_the_slope_of_a_line_is_what_one_connection_costs():
    made = row("threads", [23_000.0] * 5, kernel_each=29_000, threads_each=1)
    assert made.verdict == "ok"
    assert made.bytes_per_connection is not None
    assert made.bytes_per_connection.median == pytest.approx(23_000, rel=1e-6)
    assert made.base_bytes is not None
    assert made.base_bytes.median == BASE_BYTES
    assert made.kernel_bytes_per_connection["all"].median == pytest.approx(29_000)
    assert made.kernel_bytes_per_connection["stacks"].median == pytest.approx(16_384)
    assert made.kernel_bytes_per_connection["page tables"].median == pytest.approx(4_096)
    assert made.threads_per_connection == pytest.approx(1)
    assert made.levels == list(LEVELS)


def test_the_interval_is_of_the_rounds():
    made = row("coroutines", [3_400.0, 3_500.0, 3_450.0, 3_480.0, 3_420.0])
    assert made.bytes_per_connection is not None
    low, high = made.bytes_per_connection.interval or (0, 0)
    assert 3_399 <= low < 3_450 < high <= 3_501


def test_one_round_has_no_interval():
    made = row("coroutines", [3_400.0])
    assert made.bytes_per_connection is not None
    assert made.bytes_per_connection.interval is None


def bent(bytes_at: dict[int, float]) -> MemoryRow:
    of = [
        MemoryPoint(connections=level, bytes=round(BASE_BYTES + added), threads=1, processes=1)
        for level, added in bytes_at.items()
    ]
    made = MemoryRow(model="x", topology="1", interpreter="", label="x", trials=[trial(1, of)])
    slopes.summarise(made)
    return made


def test_a_level_far_off_the_line_through_the_others_is_told():
    made = bent({0: 0, 1_000: 20e6, 5_000: 20e6, 10_000: 60e6})
    assert made.verdict == "not linear"
    assert made.held_out_connections == 5_000
    assert made.held_out_error is not None
    assert made.held_out_error > slopes.STRAIGHT


def test_a_step_of_the_allocator_bends_no_line():
    made = bent({0: 0, 1_000: 0, 5_000: 1e6, 10_000: 3e6})
    assert made.held_out_error is not None
    assert made.held_out_error > slopes.STRAIGHT
    assert made.verdict == "ok"


def test_what_was_not_read_has_no_figure():
    made = bent({0: 0, 1_000: 1e6, 5_000: 5e6, 10_000: 10e6})
    assert made.kernel_bytes_per_connection == {}


def test_a_flat_line_has_no_share_explained():
    assert slopes.r_squared(points(0.0)) is None
    assert bent({0: 0, 1_000: 0, 5_000: 0, 10_000: 0}).held_out_error == 0.0


def test_a_round_that_failed_is_said_and_the_others_kept():
    made = row("threads", [23_000.0, 23_100.0])
    made.trials.append(trial(3, [], verdict="failed", reason="it died"))
    slopes.summarise(made)
    assert (made.verdict, made.reason) == ("failed", "it died")
    assert made.bytes_per_connection is not None


def test_levels_that_did_not_fit_are_said():
    made = MemoryRow(model="x", topology="1", interpreter="", label="x")
    made.trials = [trial(1, points(1e6, LEVELS[:3]), stopped="10,000 would not have fitted")]
    slopes.summarise(made)
    assert (made.verdict, made.reason) == ("ok", "10,000 would not have fitted")
    assert made.levels == [0, 1_000, 5_000]
    assert made.held_out_error is None


def test_too_few_levels_are_no_figure():
    made = MemoryRow(model="x", topology="1", interpreter="", label="x")
    made.trials = [trial(1, points(1e6, LEVELS[:2]), stopped="it would not fit")]
    slopes.summarise(made)
    assert (made.verdict, made.reason, made.bytes_per_connection) == ("failed", "it would not fit", None)
