"""Windows put together: nothing is lost, and nothing counts twice."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from concur.load.histogram import Histogram
from concur.load.merge import merged
from concur.load.plan import LoadResult, Slice

SLICE_NS = 100_000_000
TIMES = st.lists(st.integers(1, 10**9), min_size=1, max_size=50)


def window(times_ns: list[int], opened_ns: int = 0, window_ns: int = 100_000_000, fairness: float = 1.0) -> LoadResult:
    histogram = Histogram()
    for time_ns in times_ns:
        histogram.record(time_ns)
    return LoadResult(
        engine="native",
        opened_ns=opened_ns,
        window_ns=window_ns,
        sent=len(times_ns) + 1,
        verified=len(times_ns),
        wrong=0,
        lost=0,
        short=0,
        reset=0,
        timed_out=1,
        refused=0,
        rate_per_s=len(times_ns) / window_ns * 1e9,
        offered_per_s=None,
        on_time=None,
        backlog=0,
        latency_ns=histogram.quantiles(),
        histogram=histogram.pairs(),
        connect_ns={},
        send_lag_ns={},
        fairness=fairness,
        engine_cpu_ns=7,
        slices=[Slice(opened_ns, len(times_ns))],
    )


def test_a_single_window_is_left_as_it_is():
    one = window([5, 6])
    assert merged([one], SLICE_NS) is one


@given(TIMES, TIMES)
def test_two_windows_are_as_one_in_which_all_of_it_happened(first, second):
    both = merged([window(first), window(second, opened_ns=500_000_000)], SLICE_NS)
    whole = window(first + second, window_ns=200_000_000)
    assert both.verified == whole.verified
    assert both.sent == len(first + second) + 2
    assert both.timed_out == 2
    assert both.engine_cpu_ns == 14
    assert both.rate_per_s == pytest.approx(whole.rate_per_s)
    assert both.latency_ns == whole.latency_ns
    assert both.histogram == whole.histogram
    assert [piece.at_ns for piece in both.slices] == [0, 500_000_000]


def test_a_slice_that_its_window_cut_short_is_left_out():
    pieces = [Slice(0, 30), Slice(100_000_000, 6)]
    cut = msgspec.structs.replace(window([1] * 36, window_ns=120_000_000), slices=pieces)
    both = merged([cut, cut], SLICE_NS)
    assert [piece.verified for piece in both.slices] == [30, 30]
    assert both.verified == 72


def test_fairness_is_the_mean_over_replies():
    both = merged([window([1] * 30, fairness=1.0), window([1] * 10, fairness=0.6)], SLICE_NS)
    assert both.fairness == pytest.approx(0.9)


def test_windows_at_a_rate_are_not_put_together():
    late = msgspec.structs.replace(window([1]), send_lag_ns={"p50": 1.0})
    with pytest.raises(ValueError, match="not put together"):
        merged([late, late], SLICE_NS)
