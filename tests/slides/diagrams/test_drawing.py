"""The marks: what they are in SVG."""

from xml.etree import ElementTree

from concur.slides.diagrams.drawing import ACCENT, Drawing

SVG = "{http://www.w3.org/2000/svg}"


def drawn(d):
    return ElementTree.fromstring(d.svg())


def test_a_step_is_a_fragment_with_its_index():
    d = Drawing("nothing")
    with d.step(2):
        d.text(0, 20, "later")
    (group,) = drawn(d).iter(f"{SVG}g")
    assert (group.get("class"), group.get("data-fragment-index")) == ("fragment", "2")


def test_words_stay_words_whatever_they_contain():
    d = Drawing("a & b")
    d.text(0, 20, "a < b & c", is_code=True)
    root = drawn(d)
    assert root.get("aria-label") == "a & b"
    assert [text.text for text in root.iter(f"{SVG}text")] == ["a < b & c"]


def test_each_line_of_a_text_stands_below_the_one_before_and_keeps_its_indentation():
    d = Drawing("two lines")
    d.text(0, 20, "def f():\n    pass", size=20)
    first, second = drawn(d).iter(f"{SVG}text")
    assert (first.get("y"), second.get("y")) == ("20", "45")
    assert second.text == "\u00a0\u00a0\u00a0\u00a0pass"


def test_an_arrow_ends_where_it_points():
    d = Drawing("an arrow")
    d.arrow((0, 0), (100, 0), colour=ACCENT)
    (head,) = drawn(d).iter(f"{SVG}polygon")
    assert head.get("points", "").startswith("100.0,0.0 ")


def test_a_wait_is_a_dashed_line_and_work_a_bar():
    d = Drawing("time")
    d.span(0, 50, 100)
    d.span(100, 50, 100, is_waiting=True)
    root = drawn(d)
    assert len(list(root.iter(f"{SVG}rect"))) == 1
    assert all(line.get("stroke-dasharray") for line in root.iter(f"{SVG}path"))
