import re

import pytest
from hypothesis import given
from hypothesis import strategies as some

from concur.load.histogram import Histogram
from concur.report.hdr import distribution, pooled, to_hgrm

# As HdrHistogram's plotters read it: hdr-plot 0.6 (hdr_plot.py), and plotFiles.html of HdrHistogram.
LINE = re.compile(r"\s+([0-9.]+)\s+([0-9.]+)\s+([0-9.]+)\s+([0-9.]+)")
MEAN = re.compile(r"#\[Mean(?:\s+)=(?:\s+)([0-9.]+),(?:\s+)StdDeviation(?:\s+)=(?:\s+)([0-9.]+)", re.MULTILINE)
MAX = re.compile(r"#\[Max(?:\s+)=(?:\s+)([0-9.]+),(?:\s+)Total count(?:\s+)=(?:\s+)([0-9.]+)", re.MULTILINE)


def histogram(values):
    found = Histogram()
    for value in values:
        found.record(value)
    return found


def read(text):
    """(value in ms, percentile, count so far) of each line that a plotter takes."""
    matched = filter(None, map(LINE.match, text.splitlines()))
    return [tuple(map(float, one.groups()[:3])) for one in matched]


def summary(pattern, text):
    """The figures of one line of the summary."""
    (found,) = pattern.findall(text)
    return tuple(map(float, found))


@given(some.lists(some.integers(0, 10**11), min_size=1, max_size=200))
def test_a_plotter_reads_what_the_histogram_holds(values):
    counted = histogram(values)
    text = distribution(counted)
    for value_ms, percentile, count in read(text):
        assert value_ms == pytest.approx(counted.quantile_ns(percentile) / 1e6, abs=1e-3)
        assert count >= percentile * counted.total - 1e-6
    assert summary(MAX, text) == (pytest.approx(counted.quantile_ns(1.0) / 1e6, abs=1e-3), counted.total)
    assert min(summary(MEAN, text)) >= 0


def test_percentiles_grow_five_steps_to_each_halving_of_the_rest():
    found = [percentile for _, percentile, _ in read(distribution(histogram(range(1000))))]
    assert found[:8] == pytest.approx([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.55, 0.6])
    assert found == sorted(found)


def test_the_last_line_is_all_of_them():
    lines = distribution(histogram([10**6] * 9 + [5 * 10**6])).splitlines()
    assert lines[-4].split()[1:] == ["1.000000000000", "10"]
    assert lines[0].split() == ["Value", "Percentile", "TotalCount", "1/(1-Percentile)"]


def test_mean_and_deviation_are_in_milliseconds():
    mean, deviation = summary(MEAN, distribution(histogram([10**6, 3 * 10**6])))
    assert mean == pytest.approx(2.0, rel=0.01)
    assert deviation == pytest.approx(1.0, rel=0.01)


def test_trials_are_pooled_and_void_ones_left_out(runs):
    cell = runs.cell("threads", [100.0, 200.0, 400.0])
    cell.trials[2].verdict = "void"
    assert pooled(cell).total == 300


def test_each_cell_has_a_file_of_its_own(runs):
    names = [("threads", "3.13"), ("threads", "3.14"), ("a b", "3.14"), ("a/b", "3.14"), ("../../etc", "3.14")]
    cells = [runs.cell(label, [100.0], interpreter=where) for label, where in names]
    assert list(to_hgrm(runs.run("a", cells))) == [
        "small_threads_3-13.hgrm", "small_threads_3-14.hgrm", "small_a-b_3-14.hgrm", "small_a-b_3-14-2.hgrm",
        "small_etc_3-14.hgrm",
    ]  # fmt: skip


def test_a_cell_without_latencies_has_no_file(runs):
    assert to_hgrm(runs.run("a", [runs.cell("trio_tasks", [])])) == {}
