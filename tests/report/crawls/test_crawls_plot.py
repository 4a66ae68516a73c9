"""Crawls as a picture."""

import numpy
import pytest

from concur.errors import MachineError, UsageError
from concur.report import crawls_plot


def test_a_sweep_is_a_line_for_each_model_and_one_for_latency(make, tmp_path):
    run = make.swept({"threads": {1: 19, 10: 190, 100: 900}, "sequential": {1: 19}})
    path = tmp_path / "sweep.svg"
    crawls_plot.save(run, path)
    drawn = path.read_text()
    for text in ("threads", "sequential", "mean latency", "requests in flight"):
        assert text in drawn


def test_the_line_ends_a_little_above_what_was_reached(make):
    (axes,) = crawls_plot.draw_sweep(make.swept({"threads": {1: 19, 500: 900}}), "far").axes
    dashed = next(line for line in axes.lines if line.get_linestyle() == "--")
    assert numpy.asarray(dashed.get_ydata()).tolist() == pytest.approx([20, 1.6 * 900])


def test_each_interpreter_has_a_panel(make):
    figure = crawls_plot.draw_sweep(
        make.swept({"threads@3.11": {1: 19, 5: 90}, "threads@pypy3.11": {1: 19, 5: 95}}), "far"
    )
    assert [axes.get_title() for axes in figure.axes] == ["CPython 3.11", "pypy3.11"]


def test_without_a_sweep_rates_are_bars_beside_costs(make, tmp_path):
    path = tmp_path / "rates.svg"
    crawls_plot.save(make.run([make.cell("threads"), make.cell("sequential", in_flight=1, is_fewer=True)]), path)
    assert "(1 in flight)" in path.read_text()
    assert "CPU time a page" in path.read_text()


def test_nothing_to_draw_and_no_picture_are_refused(make, tmp_path):
    with pytest.raises(UsageError, match="nothing to draw"):
        crawls_plot.save(make.run([make.cell(rates=[], reason="no")]), tmp_path / "a.svg")
    with pytest.raises(UsageError, match="no picture"):
        crawls_plot.save(make.run([make.cell()]), tmp_path / "a.txt")
    with pytest.raises(MachineError, match="cannot be written"):
        crawls_plot.save(make.run([make.cell()]), tmp_path / "nowhere" / "a.svg")
