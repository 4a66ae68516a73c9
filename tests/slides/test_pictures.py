"""Pictures that may stand in a page: nothing runs, nothing clashes, each says from which run it is."""

import sys
from types import ModuleType

import pytest

from concur.errors import UsageError
from concur.slides.pictures import Pictures, inlined

SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" width="9" height="9">{}</svg>'


def drawn(inner):
    return inlined(SVG.format(inner), "s1-1", "what one sees")


def test_ids_are_its_own_and_so_is_what_refers_to_them():
    text = drawn('<g id="a"/><use href="#a"/><rect fill="url(#a)" clip-path="url(#a)"/>')
    assert 'id="s1-1-a"' in text
    assert 'href="#s1-1-a"' in text
    assert text.count("url(#s1-1-a)") == 2


def test_a_style_becomes_attributes():
    assert drawn('<rect style="fill: #123456; stroke-width: 2"/>').count("style") == 0
    assert 'fill="#123456"' in drawn('<rect style="fill: #123456; stroke-width: 2"/>')


def test_a_font_becomes_its_size_and_weight():
    text = drawn("<text style=\"font: bold 14px 'DejaVu Sans', sans-serif\">a</text>")
    assert 'font-size="14px"' in text
    assert 'font-weight="bold"' in text


@pytest.mark.parametrize(
    "inner",
    [
        "<script>alert(1)</script>",
        '<rect onclick="alert(1)"/>',
        '<a href="https://example.org/"/>',
        '<image href="https://example.org/x.png"/>',
        '<foreignObject><p xmlns="http://www.w3.org/1999/xhtml">x</p></foreignObject>',
    ],
)
def test_nothing_in_it_runs_or_reaches_out(inner):
    text = drawn(inner)
    assert "alert" not in text
    assert "example.org" not in text
    assert "<p" not in text


def test_steps_stay_fragments():
    assert 'class="fragment" data-fragment-index="2"' in drawn('<g class="fragment" data-fragment-index="2"/>')


def test_it_is_as_large_as_the_slide_lets_it_be_and_has_words():
    text = drawn("")
    assert "width" not in text
    assert 'aria-label="what one sees"' in text


def test_what_is_no_svg_is_one_message():
    with pytest.raises(UsageError, match="no SVG"):
        inlined("<svg", "a", "b")


def test_a_committed_figure_is_marked_as_from_another_machine(sample, tmp_path):
    found = Pictures(sample, tmp_path / "own").html("figure", "bars", "bars", "s1")
    assert "from another machine: run 20260101-000000-1, A machine &amp; more" in found


def test_this_machines_own_figure_stands_before_the_committed_one(sample, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    (own / "bars.svg").write_text(SVG.format("<desc>run 2, here</desc>"))
    found = Pictures(sample, own).html("figure", "bars", "bars", "s1")
    assert "this machine: run 2, here" in found
    assert "another" not in found


def test_a_figure_that_names_no_run_is_said_to(sample, tmp_path):
    (sample / "figures/bars.svg").write_text(SVG.format(""))
    assert "a run that it does not name" in Pictures(sample, tmp_path).html("figure", "bars", "bars", "s1")


def test_a_diagram_is_drawn_by_its_name(monkeypatch, sample):
    module = ModuleType("concur.slides.diagrams")
    module.NAMES, module.draw = ("loop",), lambda name: SVG.format('<g class="fragment"/>')  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "concur.slides.diagrams", module)
    pictures = Pictures(sample)
    assert pictures.has("diagram", "loop")
    assert not pictures.has("diagram", "pool")
    assert 'class="fragment"' in pictures.html("diagram", "loop", "a loop", "s1")


@pytest.mark.parametrize(("kind", "name"), [("figure", "none"), ("diagram", "none"), ("photo", "bars")])
def test_what_is_not_there_is_said(sample, kind, name):
    assert not Pictures(sample).has(kind, name)
    with pytest.raises(UsageError, match=f"missing {kind} {name}"):
        Pictures(sample).html(kind, name, "x", "s1")
