"""Which panels a page has, and that each is whole: words for learners, a table for every picture."""

import re
from collections.abc import Iterable, Iterator

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from concur import catalog
from concur.report.page import drawing
from concur.report.page import panels as listed
from concur.report.page.panels import Drawing, Panel, Row, Value
from concur.report.plot import look
from tests.report.gil.reports import report

pytestmark = pytest.mark.timeout(60)  # many pictures
MODELS = [row.id for row in catalog.MODELS]
MANY = ("3.11", "3.13t", "3.14", "pypy3.11")
TOUCHING_PIXELS = 1.0


@pytest.fixture(scope="module", params=["one interpreter", "two interpreters", "few cells", "one model"])
def shown(request, runs, full_shared, small_run, panels_of):
    """The panels of a run, with all that may lie beside it."""
    run = {
        "one interpreter": runs.run("x", [cell for cell in full_shared.cells if cell.interpreter == "3.11"]),
        "two interpreters": full_shared,
        "few cells": small_run,
        "one model": runs.run("x", small_run.cells[:1]),
    }[request.param]
    return panels_of(run, gil=report(("3.11", "3.13t")))


def test_a_run_on_one_interpreter_has_no_heat_map(full, panels_of):
    assert list(panels_of(full(["threads", "callbacks"]))) == ["ranking", "mechanism", "latency", "over-time"]


def test_a_run_on_several_has_one(full, panels_of):
    assert "heat-map" in panels_of(full(["threads", "callbacks"], MANY))


def test_what_the_gil_does_is_shown_where_it_was_measured(full, panels_of):
    shown = panels_of(full(["threads"]), gil=report())["gil"]
    assert shown.says[0].startswith("Two threads of Python code")
    assert {one.name for one in shown.drawings} >= {"throughput", "convoy-fall"}


def test_a_run_without_figures_has_no_panel(runs, make, panels_of):
    assert panels_of(runs.run("x", [make["absent"]("threads", "no")])) == {}


def test_each_panel_explains_itself_in_a_few_sentences(shown):
    for panel in shown.values():
        assert 2 <= len(re.findall(r"[.]( |$)", panel.how_to_read)) <= 5, panel.id
        assert re.fullmatch(r"[a-z-]+", panel.id)


def test_each_picture_has_words_and_stands_beside_a_table(shown):
    for panel in shown.values():
        assert all(len(one.alt) > 20 for one in panel.drawings)
        assert not panel.drawings or any(table.rows for table in panel.tables)
        assert len({one.name for one in panel.drawings}) == len(panel.drawings)


def test_each_row_of_a_table_is_as_long_as_its_head(shown):
    for table in [table for panel in shown.values() for table in panel.tables]:
        assert {len(row.values) for row in table.rows} <= {len(table.heads)}, table.caption


def test_every_model_is_in_the_ranking_and_its_table(full, panels_of):
    run = full()
    ranking = panels_of(run)["ranking"]
    names = [row.series for row in ranking.tables[0].rows]
    assert sorted(names) == sorted({cell.label for cell in run.cells})


def test_tables_of_a_matrix_know_whose_rows_they_are(full_shared, panels_of):
    shown = panels_of(full_shared)
    rows: list[Row] = [row for name in ("ranking", "heat-map") for table in shown[name].tables for row in table.rows]
    assert all(row.series == row.values[0].text for row in rows if isinstance(row.values[0], Value))


def drawn(panel: Panel) -> Iterator[tuple[Drawing, float]]:
    for one in panel.drawings:
        yield from ((one, width) for width in ((drawing.WIDE,) if one.is_wide else (drawing.WIDE, drawing.NARROW)))


@pytest.mark.long
@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("models", "interpreters"),
    [(MODELS, ("3.11",)), (MODELS, MANY), ([*MODELS, *(f"my_server_{number}" for number in range(20))], ("3.11",))],
    ids=["twenty", "twenty on four", "forty"],
)
def test_no_label_covers_another(full, panels_of, models, interpreters, monkeypatch):
    drawn_texts: list[Text] = []
    draw = Text.draw

    def noted(self, renderer):
        drawn_texts.append(self)
        draw(self, renderer)

    monkeypatch.setattr(Text, "draw", noted)
    for panel in panels_of(full(models, interpreters)).values():
        for one, width in drawn(panel):
            with drawing.style():
                figure = one.draw(width)
                canvas = FigureCanvasAgg(figure)
                canvas.draw()  # with its layout
                drawn_texts.clear()
                canvas.draw()
                assert list(covered(figure, dict.fromkeys(drawn_texts), canvas.get_renderer())) == [], (
                    f"{panel.id} {one.name} at {width}"
                )


def covered(figure: Figure, texts: Iterable[Text], renderer: RendererAgg) -> Iterator[str]:
    """Pairs of texts of which one lies on the other, and texts that leave the picture."""
    shown = [one for one in texts if one.get_visible() and one.get_text().strip()]
    boxes = [(one.get_text(), one.get_window_extent(renderer).padded(-TOUCHING_PIXELS)) for one in shown]
    whole = figure.bbox.padded(2)
    yield from (f"{text!r} leaves" for text, box in boxes if not whole.containsx(box.x0) or not whole.containsx(box.x1))
    for index, (text, box) in enumerate(boxes):
        yield from (f"{text!r} on {other!r}" for other, one in boxes[:index] if box.overlaps(one))


def test_colours_of_models_are_those_of_every_other_picture(full, panels_of):
    from matplotlib.colors import to_hex

    one = panels_of(full(["threads", "callbacks"]))["ranking"].drawings[0]
    with drawing.style():
        axes = one.draw(drawing.WIDE).axes[0]
    assert [to_hex(bar.get_facecolor()) for bar in axes.patches] == [
        look(name).colour.lower() for name in ("threads", "callbacks")
    ]


def test_what_the_list_names_is_there():
    assert all(callable(listed.maker(name)) for name in listed.NAMES)
