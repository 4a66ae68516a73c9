import pytest
from hypothesis import given
from hypothesis import strategies as st

from concur.load.histogram import LONGEST_NS, Histogram, bucket_of, upper_bound_ns

times = st.integers(0, LONGEST_NS)


@given(times)
def test_error_is_at_most_one_percent_and_never_downward(value_ns: int) -> None:
    bound_ns = upper_bound_ns(bucket_of(value_ns))
    assert value_ns <= bound_ns <= value_ns * 1.01 or bound_ns == value_ns


@given(times)
def test_upper_bound_is_the_last_value_of_its_bucket(value_ns: int) -> None:
    bucket = bucket_of(value_ns)
    bound_ns = upper_bound_ns(bucket)
    assert bucket_of(min(bound_ns, LONGEST_NS)) == bucket
    assert bound_ns >= LONGEST_NS or bucket_of(bound_ns + 1) == bucket + 1


@pytest.mark.parametrize(
    ("value_ns", "bucket"),
    [(0, 0), (255, 255), (256, 256), (257, 256), (511, 383), (512, 384), (1_000_000, 1780), (LONGEST_NS, 3807)],
)
def test_buckets_are_those_of_hdrhistogram(value_ns: int, bucket: int) -> None:
    assert bucket_of(value_ns) == bucket


def test_times_beyond_the_longest_count_as_the_longest() -> None:
    assert bucket_of(10 * LONGEST_NS) == bucket_of(LONGEST_NS)
    assert bucket_of(-5) == 0


@given(st.lists(times, min_size=1), st.floats(0, 1))
def test_quantile_covers_its_share_and_no_bucket_less(values: list[int], quantile: float) -> None:
    histogram = Histogram()
    for value_ns in values:
        histogram.record(value_ns)
    bound_ns = histogram.quantile_ns(quantile)
    assert sum(value_ns <= bound_ns for value_ns in values) >= quantile * len(values) - 1e-6
    below = sum(upper_bound_ns(bucket_of(value_ns)) < bound_ns for value_ns in values)
    assert below < max(quantile * len(values), 1)


def test_max_is_the_largest_and_an_empty_histogram_has_no_quantiles() -> None:
    histogram = Histogram()
    assert histogram.quantiles() == {}
    for value_ns in (10, 20, 200):
        histogram.record(value_ns)
    assert histogram.quantiles() == {"p50": 20, "p90": 200, "p99": 200, "p99.9": 200, "max": 200}
    with pytest.raises(ValueError, match="empty"):
        Histogram().quantile_ns(0.5)


@given(st.lists(times), st.lists(times))
def test_adding_counts_both_and_decoding_returns_the_same(left: list[int], right: list[int]) -> None:
    first, second, both = Histogram(), Histogram(), Histogram()
    for value_ns in left:
        first.record(value_ns)
        both.record(value_ns)
    for value_ns in right:
        second.record(value_ns)
        both.record(value_ns)
    first.add(second)
    assert first.pairs() == both.pairs()
    assert first.total == len(left) + len(right)
    assert Histogram.decoded(first.pairs()).pairs() == first.pairs()
