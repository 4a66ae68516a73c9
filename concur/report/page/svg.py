"""A picture as SVG text that may stand in the page: no ids that clash, no style attributes, no metadata, marks as data.

A strict Content-Security-Policy forbids style attributes, so each becomes the
presentation attributes that it consists of; the page's style sheet is stronger than
these, and so turns the four plain colours light or dark. What `drawing.mark` said is
`data-series` and a <title>, which browsers show under the pointer.
"""

import io
import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

from concur.report.page.drawing import BETWEEN, MARK

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SVG = "http://www.w3.org/2000/svg"
LINK = "{http://www.w3.org/1999/xlink}href"
TYPE = "'DejaVu Sans', Verdana, 'Bitstream Vera Sans', sans-serif"  # as wide as what the layout was made with, or less
# What XML cannot hold, and a name in a results file may.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
SHORTHAND = re.compile(r"(?P<weight>bold|[1-9]00)?.*?(?P<size>[\d.]+px)")  # of `font`, as older matplotlibs write it
REFERENCE = re.compile(r"(?<=url\(#)[\w.-]+")
LONG = re.compile(r"-?\d+\.\d{2,}")  # a coordinate to more than a tenth of a point, which nobody sees
DROPPED = ("metadata", "style")

ElementTree.register_namespace("", SVG)  # written without a prefix, as HTML wants it


def to_svg(figure: "Figure", name: str, alt: str) -> str:
    """The figure as an <svg> for a page; name is unique in it and made of letters, digits and hyphens."""
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    text = io.StringIO()
    canvas: Any = FigureCanvasSVG(figure)  # matplotlib gives this method no types
    canvas.print_svg(text, metadata={"Date": None})  # `savefig` would draw it once more, for the layout
    root = ElementTree.fromstring(FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text.getvalue()))
    _drop(root)
    _set_ids(root, name)
    for element in root.iter():
        _flatten(element)
        _shorten(element)
    _head(root, name, alt)
    return ElementTree.tostring(root, encoding="unicode")


def _drop(root: ElementTree.Element) -> None:
    """Without what is of no use in a page; its style sheet would be in force for all of it."""
    for parent in root.iter():
        for child in [one for one in parent if one.tag.rpartition("}")[2] in DROPPED]:
            parent.remove(child)


def _set_ids(root: ElementTree.Element, name: str) -> None:
    """Ids that something refers to get the picture's name before them; the others go, marks become data."""
    used = {found for element in root.iter() for found in _referred(element)}
    for element in root.iter():
        one = element.attrib.pop("id", "")
        if one.startswith(MARK):
            _mark(element, one.removeprefix(MARK))
        elif one in used:
            element.set("id", f"{name}-{one}")
        if link := element.attrib.pop(LINK, ""):
            element.set("href", f"#{name}-{link.removeprefix('#')}")
        for key, value in element.attrib.items():
            element.set(key, REFERENCE.sub(rf"{name}-\g<0>", value))


def _referred(element: ElementTree.Element) -> list[str]:
    """The ids that it links to, or is filled or cut with."""
    link = [element.attrib[LINK].removeprefix("#")] if LINK in element.attrib else []
    return [*link, *(found for value in element.attrib.values() for found in REFERENCE.findall(value))]


def _mark(element: ElementTree.Element, told: str) -> None:
    series, _, value = told.partition(BETWEEN)
    element.set("data-series", series)
    title = ElementTree.Element(f"{{{SVG}}}title")
    title.text = value
    element.insert(0, title)


def _flatten(element: ElementTree.Element) -> None:
    """Its style as attributes."""
    for part in element.attrib.pop("style", "").split(";"):
        key, _, value = part.partition(":")
        if key.strip() == "font":
            _set_font(element, value)
        elif key.strip() and key.strip() != "font-family":
            element.set(key.strip(), value.strip())


def _shorten(element: ElementTree.Element) -> None:
    """Its path in fewer characters: curves and hatches are most of a page."""
    if path := element.get("d"):
        element.set("d", LONG.sub(lambda found: f"{float(found[0]):.1f}", path.replace("\n", "")))


def _set_font(element: ElementTree.Element, value: str) -> None:
    if found := SHORTHAND.match(value.strip()):
        element.set("font-size", found["size"])
        if found["weight"]:
            element.set("font-weight", found["weight"])


def _head(root: ElementTree.Element, name: str, alt: str) -> None:
    """What the whole has: a size that the page decides, and the words for who does not see it."""
    for key in ("width", "height", "version"):
        root.attrib.pop(key, None)
    root.attrib |= {
        "role": "img", "aria-labelledby": f"{name}-alt", "font-family": TYPE,
        "stroke-linejoin": "round", "stroke-linecap": "butt",
    }  # fmt: skip
    title = ElementTree.Element(f"{{{SVG}}}title", {"id": f"{name}-alt"})
    title.text = FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", alt)
    root.insert(0, title)
