"""A cell's latencies as HdrHistogram's percentile distribution (.hgrm), for its plotters. Pure.

The lines are those of HdrHistogram's outputPercentileDistribution (Java, 5 ticks
to each half distance), values in milliseconds as its plotters take them. The
histograms of all trials are pooled, so the far tail is that of all rounds.
"""

import math
import re
from collections.abc import Iterator

from concur.bench.results import Cell, Run
from concur.bench.usable import measured
from concur.load.histogram import HALF_BITS, LONGEST_NS, Histogram, bucket_of

TICKS = 5  # steps to each halving of the distance to 100 %
MS = 1e6


def to_hgrm(run: Run) -> dict[str, bytes]:
    """A document for each cell that has latencies, by the name of its file."""
    found: dict[str, bytes] = {}
    for cell in run.cells:
        histogram = pooled(cell)
        if histogram.total:
            found[_file_name(cell, found)] = distribution(histogram).encode()
    return found


def _file_name(cell: Cell, taken: dict[str, bytes]) -> str:
    """`small_threads_3-11.hgrm`: plotters take what follows a dot for the ending. A number sets equal names apart."""
    parts = (cell.scenario, cell.label, cell.interpreter)
    name = "_".join(re.sub(r"[^A-Za-z0-9+=_-]+", "-", part).strip("-") for part in parts if part)
    same = sum(one.startswith(name) for one in taken)
    return f"{name}.hgrm" if f"{name}.hgrm" not in taken else f"{name}-{same + 1}.hgrm"


def pooled(cell: Cell) -> Histogram:
    """The latencies of all trials that count."""
    histogram = Histogram()
    for trial in measured(cell):
        if trial.load:
            histogram.add(Histogram.decoded(trial.load.histogram))
    return histogram


def distribution(histogram: Histogram) -> str:
    """The text of one file. At least one value is needed."""
    heads = f"{'Value':>12} {'Percentile':>14} {'TotalCount':>10} {'1/(1-Percentile)':>14}"
    return "\n".join([heads, "", *_lines(histogram), *_summary(histogram)]) + "\n"


def _lines(histogram: Histogram) -> Iterator[str]:
    """One line a tick: the value that so many do not exceed. A bucket far from the next takes several ticks."""
    seen, percentile, total = 0, 0.0, histogram.total
    for bound_ns, count in histogram.pairs():
        seen += count
        while seen < total and percentile <= 100 * seen / total:
            yield _line(bound_ns, percentile, seen) + f" {100 / (100 - percentile):14.2f}"
            percentile += _step(percentile)
    yield _line(histogram.pairs()[-1][0], 100.0, total)


def _line(bound_ns: int, percentile: float, seen: int) -> str:
    return f"{bound_ns / MS:12.3f} {percentile / 100:2.12f} {seen:10d}"


def _step(percentile: float) -> float:
    halvings = int(math.log2(100 / (100 - percentile))) + 1
    return 100 / (TICKS * 2.0**halvings)


def _summary(histogram: Histogram) -> list[str]:
    """Mean and deviation by the buckets' upper bounds."""
    pairs, total = histogram.pairs(), histogram.total
    mean = sum(bound_ns * count for bound_ns, count in pairs) / total
    variance = sum((bound_ns - mean) ** 2 * count for bound_ns, count in pairs) / total
    buckets = (bucket_of(LONGEST_NS) >> HALF_BITS) + 1
    return [
        f"#[Mean    = {mean / MS:12.3f}, StdDeviation   = {math.sqrt(variance) / MS:12.3f}]",
        f"#[Max     = {pairs[-1][0] / MS:12.3f}, Total count    = {total:12d}]",
        f"#[Buckets = {buckets:12d}, SubBuckets     = {2 ** (HALF_BITS + 1):12d}]",
    ]
