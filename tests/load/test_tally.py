from hypothesis import given
from hypothesis import strategies as st

from concur.load.plan import Load, LoadResult
from concur.load.tally import Tally, jain


def result_of(tally: Tally, load: Load) -> LoadResult:
    return tally.result(load, opened_ns=5, window_ns=500_000_000, backlog=3, fairness=1.0, cpu_ns=9, slices=[])


def test_rates_are_per_second_of_the_window() -> None:
    tally = Tally()
    tally.verified, tally.due, tally.on_time = 50, 80, 60
    tally.latency.record(100)
    result = result_of(tally, Load(port=1, rate_per_s=160.0))
    assert (result.rate_per_s, result.offered_per_s, result.on_time, result.backlog) == (100, 160, 0.75, 3)
    assert result.latency_ns["p50"] == 100


def test_closed_loop_has_no_offered_rate_and_no_backlog() -> None:
    result = result_of(Tally(), Load(port=1))
    assert (result.offered_per_s, result.on_time, result.backlog, result.latency_ns) == (None, None, 0, {})


def test_nothing_due_is_nothing_late() -> None:
    assert result_of(Tally(), Load(port=1, rate_per_s=1.0)).on_time == 1


def test_adding_takes_in_every_count() -> None:
    one, two = Tally(), Tally()
    two.sent, two.verified, two.lost, two.due, two.on_time = 1, 2, 3, 4, 5
    two.failed["wrong"] = 6
    for histogram in (two.latency, two.connect, two.lag):
        histogram.record(7)
    one.add(two)
    one.add(two)
    assert (one.sent, one.verified, one.lost, one.due, one.on_time, one.failed["wrong"]) == (2, 4, 6, 8, 10, 12)
    assert [histogram.pairs() for histogram in (one.latency, one.connect, one.lag)] == [[(7, 2)]] * 3


@given(st.lists(st.integers(0, 10**9), min_size=1))
def test_fairness_is_between_one_share_and_one(counts: list[int]) -> None:
    assert 1 / len(counts) * 0.999 <= jain(counts) <= 1.001


def test_fairness_is_one_where_all_are_equal_and_least_where_one_has_all() -> None:
    assert jain([7, 7, 7, 7]) == 1
    assert jain([9, 0, 0, 0]) == 0.25
    assert jain([0, 0]) == 1
