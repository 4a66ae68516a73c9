"""Log-linear histograms of times, in HdrHistogram's layout. Tier 1; pure.

Lowest value 1 ns, highest 60 s, two significant digits: buckets are 1 ns wide
up to 255 ns, and double their width with each doubling of the value, so that a
bucket's width is at most 1/128 of any value in it. A value is reported as its
bucket's upper bound («highest equivalent value»), never as less than it was.
Source: HdrHistogram's `countsArrayIndex`; engine.c has the same.
"""

import math
from collections.abc import Iterable, Mapping

from concur.load.plan import LATENCY_QUANTILES

HALF_BITS = 7  # 128 buckets to each doubling
LONGEST_NS = 60_000_000_000  # what took longer counts as this


def bucket_of(value_ns: int) -> int:
    """The index of the bucket that a value falls in; it grows with the value."""
    value = min(max(value_ns, 0), LONGEST_NS)
    shift = max(value.bit_length() - HALF_BITS - 1, 0)
    return (shift << HALF_BITS) + (value >> shift)


def upper_bound_ns(bucket: int) -> int:
    """The largest value that falls in a bucket."""
    shift = max((bucket >> HALF_BITS) - 1, 0)
    return ((bucket - (shift << HALF_BITS) + 1) << shift) - 1


class Histogram:
    """Counts of times by bucket; `record` is all that runs while a load does."""

    def __init__(self) -> None:
        self.counts: dict[int, int] = {}

    @classmethod
    def decoded(cls, pairs: Iterable[tuple[int, int]]) -> "Histogram":
        """The histogram that `LoadResult.histogram` lists as (upper bound in ns, count)."""
        histogram = cls()
        for bound_ns, count in pairs:
            histogram.record(bound_ns, count)
        return histogram

    def record(self, value_ns: int, count: int = 1) -> None:
        """Count a time, or `count` equal ones."""
        bucket = bucket_of(value_ns)
        self.counts[bucket] = self.counts.get(bucket, 0) + count

    def add(self, other: "Histogram") -> None:
        """Take in all that another histogram counted."""
        for bucket, count in other.counts.items():
            self.counts[bucket] = self.counts.get(bucket, 0) + count

    @property
    def total(self) -> int:
        """How many times were recorded."""
        return sum(self.counts.values())

    def pairs(self) -> list[tuple[int, int]]:
        """(upper bound in ns, count) of each bucket that holds something, in order."""
        return [(upper_bound_ns(bucket), count) for bucket, count in sorted(self.counts.items())]

    def quantile_ns(self, quantile: float) -> int:
        """The smallest bound that at least this share of all values does not exceed; at least one value is needed."""
        rank = max(math.ceil(quantile * self.total), 1)
        seen = 0
        for bound_ns, count in self.pairs():
            seen += count
            if seen >= rank:
                return bound_ns
        raise ValueError("an empty histogram has no quantile")

    def quantiles(self, names: Mapping[str, float] = LATENCY_QUANTILES) -> dict[str, float]:
        """The named quantiles in ns; empty where nothing was recorded."""
        return {name: float(self.quantile_ns(quantile)) for name, quantile in names.items()} if self.counts else {}
