"""Every diagram: that it can be read, steps from 1 on, and needs nothing but the page."""

import itertools
import re
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import matplotlib
import pytest
from PIL import ImageFont

from concur.errors import UsageError
from concur.slides import diagrams
from concur.slides.diagrams import NAMES, alt, draw

SVG = "{http://www.w3.org/2000/svg}"
FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
SMALLEST = 16  # at 1280×720


class Spot(NamedTuple):
    """Where a text or a disc lies."""

    what: str
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other):
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )


def root_of(name):
    return ElementTree.fromstring(draw(name))


def length(text):
    family = "DejaVuSansMono" if "Mono" in text.get("font-family", "") else "DejaVuSans"
    bold = "-Bold" if text.get("font-weight") else ""
    return (
        ImageFont.truetype(FONTS / f"{family}{bold}.ttf", 100).getlength(text.text) * float(text.get("font-size")) / 100
    )


def spots(root):
    for text in root.iter(f"{SVG}text"):
        long, size = length(text), float(text.get("font-size"))
        left = float(text.get("x")) - long * {"start": 0, "middle": 0.5, "end": 1}[text.get("text-anchor")]
        base = float(text.get("y"))
        yield Spot(text.text, left, base - 0.75 * size, left + long, base + 0.2 * size)


def discs(root):
    for disc in root.iter(f"{SVG}circle"):
        x, y, r = (float(disc.get(key)) for key in ("cx", "cy", "r"))
        yield Spot("a step's number", x - r, y - r, x + r, y + r)


def test_there_is_one_file_for_each_diagram():
    files = {path.stem for path in Path(diagrams.__file__).parent.glob("*.py")} - {"__init__", "drawing"}
    assert files == {name.replace("-", "_") for name in NAMES}


def test_an_unknown_diagram_is_refused_with_the_nearest_name():
    with pytest.raises(UsageError, match="trap-and-return"):
        draw("trap-and-retrun")


@pytest.mark.parametrize("name", NAMES)
def test_a_diagram_is_one_picture_with_a_sentence_for_those_who_do_not_see_it(name):
    root = root_of(name)
    assert root.tag == f"{SVG}svg"
    assert root.get("viewBox")
    assert root.get("aria-label") == alt(name)
    assert re.fullmatch(r"[A-Za-z][^\n]{40,118}\.", alt(name))


@pytest.mark.parametrize("name", NAMES)
def test_steps_count_from_one_without_a_gap(name):
    steps = {int(group.get("data-fragment-index")) for group in root_of(name).iter(f"{SVG}g")}
    assert steps == set(range(1, max(steps) + 1))


@pytest.mark.parametrize("name", NAMES)
def test_a_diagram_brings_no_id_no_style_and_no_link_along(name):
    for element in root_of(name).iter():
        assert not {"id", "style", "href", "onclick"} & set(element.attrib)
        assert element.tag.removeprefix(SVG) in {"svg", "g", "text", "rect", "path", "polygon", "circle"}


@pytest.mark.parametrize("name", NAMES)
def test_colours_are_the_pages_own(name):
    for element in root_of(name).iter():
        for key in ("fill", "stroke"):
            assert element.get(key, "none") == "none" or re.fullmatch(r"var\(--\w+, #\w{6}\)", element.get(key))


@pytest.mark.parametrize("name", NAMES)
def test_all_words_lie_within_the_picture_and_can_be_read_from_afar(name):
    root = root_of(name)
    _, _, width, height = map(float, root.get("viewBox").split())
    for spot in [*spots(root), *discs(root)]:
        assert 0 <= spot.left <= spot.right <= width, spot
        assert 0 <= spot.top <= spot.bottom <= height, spot
    assert min(float(text.get("font-size")) for text in root.iter(f"{SVG}text")) >= SMALLEST


@pytest.mark.parametrize("name", NAMES)
def test_no_words_lie_over_others(name):
    root = root_of(name)
    words = list(spots(root))
    assert not [(a, b) for a, b in itertools.combinations(words, 2) if a.meets(b)]
    for disc in discs(root):
        assert not [word for word in words if word.meets(disc) and not word.what.isdigit()]
