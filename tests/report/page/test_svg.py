"""What becomes of a picture in the page: nothing that clashes, nothing that a strict policy forbids, marks as data."""

import re
from xml.etree import ElementTree

import pytest

from concur.report.page import drawing
from concur.report.page.svg import SVG, to_svg


@pytest.fixture
def text():
    """Two bars with hatches, one of whose names is markup, dollars and a control character."""
    with drawing.style():
        made = drawing.figure(drawing.WIDE, 2)
        axes = made.subplots()
        for row, name in enumerate(("</svg><script>alert(1)</script>", "$x_1$ \x07 漢")):
            (bar,) = axes.barh(row, 3, color="#0072B2", hatch="///", edgecolor=drawing.PAPER)
            drawing.mark(bar, name, f"{name}: 3")
        axes.set_yticks([0, 1], ["</svg><script>alert(1)</script>", "$x_1$ \x07 漢"])
        return to_svg(made, "one-wide", "what <it> shows")


def test_it_is_one_element_without_a_script_in_it(text):
    root = ElementTree.fromstring(text)
    assert root.tag == f"{{{SVG}}}svg"
    assert {element.tag.rpartition("}")[2] for element in root.iter()} <= {
        "svg", "title", "g", "path", "defs", "use", "text", "clipPath", "rect", "pattern", "tspan",
    }  # fmt: skip
    assert "<script" not in text


def test_nothing_in_it_is_a_style_and_nothing_is_from_elsewhere(text):
    assert "style" not in text
    assert not re.findall(r'(?:href|src)="(?!#)', text)
    assert "matplotlib" not in text


def test_ids_begin_with_the_pictures_name_and_each_is_referred_to(text):
    ids = re.findall(r' id="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    assert all(one.startswith("one-wide-") for one in ids)
    assert all(text.count(one) > 1 for one in ids)


def test_colours_are_no_references(text):
    assert 'fill="#0072b2"' in text
    assert f'stroke="{drawing.PAPER}"' in text


def test_marks_carry_the_series_and_the_value(text):
    root = ElementTree.fromstring(text)
    marked = [element for element in root.iter() if "data-series" in element.attrib]
    assert marked[0].attrib["data-series"] == "</svg><script>alert(1)</script>"
    assert marked[0][0].text == "</svg><script>alert(1)</script>: 3"


def test_dollars_are_dollars_and_what_xml_cannot_hold_is_replaced(text):
    assert "$x_1$ \N{REPLACEMENT CHARACTER} 漢" in text


def test_who_does_not_see_it_is_told(text):
    root = ElementTree.fromstring(text)
    assert root.attrib["role"] == "img"
    assert (root[0].attrib["id"], root[0].text) == (root.attrib["aria-labelledby"], "what <it> shows")


def test_the_same_figure_is_the_same_text():
    def made():
        with drawing.style():
            figure = drawing.figure(drawing.NARROW, 1)
            figure.subplots().plot([1, 2], [3, 4], marker="o")
            return to_svg(figure, "x", "")

    assert made() == made()


@pytest.mark.parametrize(
    ("ends", "told"),
    [
        ((1e5, 1e9), ["100 µs", "1 ms", "10 ms", "100 ms", "1 s"]),
        ((1e6, 9e6), ["1 ms", "2 ms", "5 ms"]),
        ((7e5, 1e6), ["700 µs", "800 µs", "900 µs", "1 ms"]),
    ],
)
def test_a_logarithmic_axis_is_in_words(ends, told):
    from concur.report import figures

    with drawing.style():
        made = drawing.figure(drawing.WIDE, 2)
        axes = made.subplots()
        axes.plot(ends, [0, 1])
        drawing.log_axis(axes, "x", figures.time)
        shown = to_svg(made, "x", "")
    assert all(f">{one}<" in shown for one in told)
    assert "mathdefault" not in shown
