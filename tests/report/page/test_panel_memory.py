"""Memory on the page: the run's own, or that of the newest measuring beside it."""

import re

import pytest
from matplotlib.text import Text

from concur.report.page import drawing
from concur.report.page.page import to_html
from concur.report.page.panel_memory import panel
from concur.report.page.panels import Results, Value
from concur.report.page.sources import Source
from tests.report.memory.builders import MODELS, memory, run

TOUCHING_PIXELS = 1.0


def test_a_run_without_memory_has_no_such_panel(full):
    assert panel(Results(full(["threads"]))) is None


def test_the_newest_measuring_beside_a_run_is_shown_with_its_origin(full):
    shown = panel(Results(full(["threads"]), others={"memory": run()}))
    assert shown is not None
    assert shown.note == "From memory-20260101-000000-1, measured at 2026-01-01 00:00."
    assert "An idle connection costs" in shown.says[0]


def test_a_measuring_that_found_nothing_is_no_panel():
    assert panel(Results(run(memory([])))) is None


def test_a_page_of_memory_alone_has_the_verdict_at_its_top():
    html = to_html(Source(Results(run()), None, []))
    assert "Memory a connection: 6 models" in html
    assert html.count("An idle connection costs") == 1
    assert "5 rounds" in html


def test_it_explains_itself_and_has_a_table():
    shown = panel(Results(run()))
    assert shown is not None
    assert 2 <= len(re.findall(r"[.]( |$)", shown.how_to_read)) <= 5
    assert all(len(one.alt) > 20 for one in shown.drawings)
    assert {len(row.values) for row in shown.tables[0].rows} == {len(shown.tables[0].heads)}
    assert shown.tables[0].rows[0].series == "polling"


def test_the_table_is_sorted_by_bytes_not_by_what_is_written():
    shown = panel(Results(run()))
    assert shown is not None
    column = [row.values[1] for row in shown.tables[0].rows]
    orders = [value.order for value in column if isinstance(value, Value) and value.order is not None]
    assert orders == sorted(orders)
    assert orders[-1] > 2**20


@pytest.mark.long
@pytest.mark.timeout(60)
@pytest.mark.parametrize("interpreters", [("3.11",), ("3.11", "3.13t")])
@pytest.mark.parametrize("width", [drawing.WIDE, drawing.NARROW])
def test_no_label_covers_another_with_twenty_models(interpreters, width):
    shown = panel(Results(run(memory(MODELS, interpreters))))
    assert shown is not None
    for one in shown.drawings:
        with drawing.style():
            figure = one.draw(width)
            figure.draw_without_rendering()
            texts = [each for each in figure.findobj(Text) if each.get_visible() and each.get_text().strip()]
            boxes = [each.get_window_extent().padded(-TOUCHING_PIXELS) for each in texts]
        covered = [
            (texts[index].get_text(), texts[other].get_text())
            for index, box in enumerate(boxes)
            for other in range(index)
            if box.overlaps(boxes[other])
        ]
        assert covered == [], one.name
