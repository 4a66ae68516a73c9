"""The picture of a sweep."""

from typing import Any

import pytest

from concur.errors import UsageError
from concur.report.sweep_plot import draw
from concur.report.sweeps import Place

FAST, SLOW = "uvloop_protocol", "asyncio_protocol"
RATES = {SLOW: lambda size, count: 10_000.0, FAST: lambda size, count: 25_000.0}


def lines(axes: Any) -> list[str]:
    return [text.get_text().replace("\n  ", " ") for text in axes.get_legend().get_texts()]


def axes_of(run: Any) -> list[Any]:
    return draw(run).axes


def ticks(axes: Any) -> list[str]:
    return [label.get_text() for label in axes.get_xticklabels()]


def test_each_payload_has_a_panel_and_each_pair_a_line(sweep_of):
    left, right = axes_of(sweep_of(RATES))
    assert [axes.get_title() for axes in (left, right)] == ["64 B", "1 KiB"]
    assert lines(right) == [f"{FAST} / {SLOW}"]
    assert ticks(left) == ["1", "8"]
    (drawn,) = (line for line in left.lines if line.get_marker() == "o")
    assert [list(drawn.get_xdata()), list(drawn.get_ydata())] == [[1, 8], [2.5, 2.5]]


def test_one_that_is_held_against_several_has_a_row_of_its_own(sweep_of):
    streams = {name.replace("protocol", "streams"): rate for name, rate in RATES.items()}
    rates = RATES | streams | {f"{SLOW} A=1": RATES[SLOW]}
    figure = draw(sweep_of(rates))
    assert len(figure.axes) == 4
    assert [lines(axes) for axes in figure.axes[1::2]] == [[SLOW, f"{SLOW} A=1"], ["asyncio_streams"]]


def test_one_even_doubled_and_fourfold_have_a_line_across(sweep_of):
    axes, _ = axes_of(sweep_of(RATES))
    across = [list(line.get_ydata()) for line in axes.lines if line.get_zorder() == 0]
    assert all([level, level] in across for level in (1, 2, 4))


def test_an_arrow_says_where_the_engine_was_the_limit(sweep_of):
    run = sweep_of(RATES)
    run.cells[1].verdict = "engine-bound"
    left, right = draw(run).axes
    assert [text.get_text() for text in left.texts] == ["↑"]
    assert not right.texts


def test_a_target_alone_is_drawn_by_its_rate(sweep_of):
    left, right = draw(sweep_of({"threads": lambda size, count: 10_000.0 * count})).axes
    assert left.get_ylabel() == "requests a second"
    assert lines(right) == ["threads"]


def test_payloads_alone_are_one_panel(sweep_of):
    (axes,) = draw(sweep_of(RATES, places=[Place(64, 8), Place(1024, 8)])).axes
    assert ticks(axes) == ["64 B", "1 KiB"]


def test_a_sweep_without_figures_is_refused(sweep_of):
    run = sweep_of(RATES, offered_per_s=1_000.0)
    with pytest.raises(UsageError, match="nothing to draw"):
        draw(run)


def test_it_can_be_written(sweep_of, tmp_path):
    draw(sweep_of(RATES)).savefig(tmp_path / "sweep.svg", bbox_inches="tight")
    assert (tmp_path / "sweep.svg").stat().st_size > 1000
