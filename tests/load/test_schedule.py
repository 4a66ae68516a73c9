from hypothesis import given
from hypothesis import strategies as st

from concur.load.plan import Load
from concur.load.schedule import Schedule

MS = 1_000_000


def every_ms() -> Schedule:
    return Schedule(Load(port=1, rate_per_s=1000.0), started_ns=10 * MS)


def test_times_count_from_the_start() -> None:
    schedule = every_ms()
    times = []
    for _ in range(3):
        times.append(schedule.next_ns)
        schedule.advance()
    assert times == [10 * MS, 11 * MS, 12 * MS]


def test_what_a_window_counted_is_not_counted_when_it_is_sent() -> None:
    schedule = every_ms()
    assert schedule.count_until(13 * MS) == (3, 3)  # due at 10, 11 and 12
    assert schedule.count_until(14 * MS) == (4, 1)
    seen = []
    for _ in range(5):
        seen.append(schedule.was_counted())
        schedule.advance()
    assert seen == [True, True, True, True, False]


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 30)), max_size=20))
def test_each_message_is_counted_once(steps: list[tuple[bool, int]]) -> None:
    """Whether by a window's edge that is ahead of sending, or when it is sent."""
    schedule, counted, sent, edge_ms = every_ms(), 0, 0, 0
    for is_edge, count in steps:
        if is_edge:
            edge_ms = max(edge_ms, 10 + count)
            counted += schedule.count_until(edge_ms * MS)[1]
        else:
            counted += not schedule.was_counted()
            schedule.advance()
            sent += 1
    assert counted == max(sent, edge_ms - 10)
