"""Pictures of curves and rate sweeps, and the page's two panels of them."""

import pytest

from concur import catalog
from concur.bench.scaling.laws import Parameters
from concur.report import plot, scaling_plot
from concur.report.page import drawing
from concur.report.page.page import to_html
from concur.report.page.panels import Results, maker
from concur.report.page.sources import Source

MODELS = [row.id for row in catalog.MODELS]


def panel(name: str, run):
    return maker(name)(Results(run))


@pytest.mark.parametrize("width", [drawing.WIDE, drawing.NARROW])
def test_every_drawing_can_be_drawn_wide_and_narrow(swept, rates, workers, width: float):
    made = [
        panel("panel_scaling", swept(rounds=3)),
        panel("panel_scaling", workers()),
        panel("panel_latency_under_load", rates(keep=("p99<=5ms", "p50<1ms"))),
    ]
    with drawing.style():
        for one in made:
            for each in one.drawings:
                assert each.draw(width).axes
                assert each.alt


def test_a_model_has_its_look_and_its_marks(rates):
    run = rates()
    with drawing.style():
        axes = scaling_plot.under_load(drawing.WIDE, run, run.scaling.rate_sweeps).axes[0]
    lines = {line.get_label(): line.get_color() for line in axes.lines}
    for model in ("threads", "uvloop_protocol"):
        assert lines[model] == plot.look(model).colour
    marks = [line.get_gid() for line in axes.lines if line.get_gid()]
    assert any("offered" in str(one) and "threads" in str(one) for one in marks)


def test_rates_that_were_missed_are_hollow(rates):
    run = rates(knees={"threads": 95_000.0})
    with drawing.style():
        axes = scaling_plot.under_load(drawing.WIDE, run, run.scaling.rate_sweeps).axes[0]
    hollow = [line for line in axes.lines if line.get_markerfacecolor() == drawing.PAPER]
    assert len(hollow) == sum(bool(step.why_not) for step in run.scaling.rate_sweeps[0].steps)


def test_twenty_models_are_several_pictures(rates, swept):
    many = {model: 20_000.0 * (n + 1) for n, model in enumerate(MODELS[:20])}
    shown = panel("panel_latency_under_load", rates(knees=many)).drawings
    assert len([one for one in shown if one.name.startswith("sweep")]) == 2
    laws = {model: Parameters(1_000.0 * (n + 1), 0.05) for n, model in enumerate(MODELS[:20])}
    assert len(panel("panel_scaling", swept(laws, rounds=1)).drawings) == 2


def test_plain_runs_have_no_such_panel(runs):
    plain = runs.run("a", [runs.cell("threads", [1.0, 2.0])])
    assert panel("panel_scaling", plain) is None
    assert panel("panel_latency_under_load", plain) is None


def test_the_page_has_both_panels_and_escapes_a_name(rates, runs, swept):
    page = to_html(Source(Results(rates(knees={"threads": 95_000.0, "<b>&own": 50_000.0})), None, []))
    assert "Latency under load" in page
    assert "<b>&own" not in page
    assert "How it scales" in to_html(Source(Results(swept(rounds=3)), None, []))


@pytest.mark.parametrize("suffix", [".svg", ".png"])
def test_the_picture_of_a_rate_sweep_and_of_workers_is_saved(rates, workers, tmp_path, suffix: str):
    for index, run in enumerate((rates(), workers())):
        path = tmp_path / f"{index}{suffix}"
        plot.save(run, path)
        assert path.stat().st_size > 5_000


def test_a_sweep_over_connections_keeps_its_picture_of_ratios(swept, tmp_path):
    assert scaling_plot.draw(swept(rounds=3)) is None
    plot.save(swept(rounds=3), tmp_path / "a.svg")
