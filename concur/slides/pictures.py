"""Diagrams and figures as SVG that may stand in a page: ids of its own, no style attributes, nothing that runs.

A figure is this machine's own where `concur slides figures` has drawn it, else the
committed one, which says that it is from another machine.
"""

import re
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from concur.errors import UsageError

SVG = "http://www.w3.org/2000/svg"
OWN = Path(".concur/slides/figures")
HREFS = ("href", "{http://www.w3.org/1999/xlink}href")
REFERENCE = re.compile(r"url\(#([\w.-]+)\)")
FONT = re.compile(r"(?P<weight>bold|[1-9]00)?.*?(?P<size>[\d.]+px)")
# What a picture may not bring along: it would run, or reach out of the picture.
FORBIDDEN = ("script", "style", "foreignObject", "iframe", "metadata")
LINES = {"stroke-linejoin": "round", "stroke-linecap": "butt"}  # what matplotlib's own style sheet says

ElementTree.register_namespace("", SVG)


class Figure(NamedTuple):
    """A figure's file, and from which run it is, in words."""

    path: Path
    run: str
    is_own: bool


class Pictures(NamedTuple):
    """Where pictures are found: the decks' folder, and that of this machine's own figures."""

    slides: Path
    own: Path = OWN

    def has(self, kind: str, name: str) -> bool:
        """Whether there is one."""
        if kind == "diagram":
            return name in diagrams()
        return kind == "figure" and self.figure(name) is not None

    def figure(self, name: str) -> Figure | None:
        """This machine's own, else the committed one, else None."""
        for path, is_own in ((self.own / f"{name}.svg", True), (self.slides / "figures" / f"{name}.svg", False)):
            if path.is_file():
                return Figure(path, run_of(path), is_own)
        return None

    def html(self, kind: str, name: str, alt: str, prefix: str) -> str:
        """The picture with its words; prefix is its own in the page. Raises UsageError where there is none."""
        if kind == "diagram" and name in diagrams():
            from concur.slides.diagrams import draw

            return _framed(inlined(draw(name), prefix, alt), kind, "")
        found = self.figure(name) if kind == "figure" else None
        if found is None:
            raise UsageError(f"missing {kind} {name}", do="`concur slides list` says where it is wanted.")
        marked = f"this machine: {found.run}" if found.is_own else f"from another machine: {found.run}"
        return _framed(inlined(found.path.read_text(encoding="utf-8"), prefix, alt), kind, marked, is_own=found.is_own)


def diagrams() -> tuple[str, ...]:
    """The names of all diagrams."""
    try:
        from concur.slides.diagrams import NAMES
    except ImportError:
        return ()
    return tuple(NAMES)


def run_of(path: Path) -> str:
    """From which run a figure's file says that it is: its <desc>."""
    match = re.search(r"<desc[^>]*>(.*?)</desc>", path.read_text(encoding="utf-8"), re.DOTALL)
    return " ".join(re.sub(r"&amp;", "&", match[1]).split()) if match else "a run that it does not name"


def _framed(svg: str, kind: str, caption: str, *, is_own: bool = True) -> str:
    said = f"<figcaption{'' if is_own else ' class=other'}>{escape(caption)}</figcaption>" if caption else ""
    return f'<figure class="{kind}">{svg}{said}</figure>\n'


def inlined(text: str, prefix: str, alt: str) -> str:
    """An SVG document as an element of a page. Raises UsageError where it is none."""
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise UsageError("a picture is no SVG", why=str(error), do="Draw it again.") from None
    _drop(root)
    for element in root.iter():
        _own_ids(element, prefix)
        _flatten(element)
    for key in ("width", "height"):
        root.attrib.pop(key, None)
    root.attrib |= LINES | {"role": "img", "aria-label": alt}
    root.attrib.pop("aria-labelledby", None)
    return ElementTree.tostring(root, encoding="unicode")


def _drop(root: ElementTree.Element) -> None:
    for parent in root.iter():
        for child in [one for one in parent if one.tag.rpartition("}")[2] in FORBIDDEN]:
            parent.remove(child)
        for key in [key for key in parent.attrib if key.lower().startswith("on")]:
            del parent.attrib[key]


def _own_ids(element: ElementTree.Element, prefix: str) -> None:
    """Ids, and what refers to them, get the picture's prefix; what refers out of it is taken away."""
    if "id" in element.attrib:
        element.set("id", f"{prefix}-{element.attrib['id']}")
    for key in HREFS:
        link = element.attrib.pop(key, "")
        if link.startswith("#"):
            element.set("href", f"#{prefix}-{link[1:]}")
    for key, value in element.attrib.items():
        element.set(key, REFERENCE.sub(rf"url(#{prefix}-\1)", value))


def _flatten(element: ElementTree.Element) -> None:
    """Its style as attributes: the page's policy forbids the former. `font` is none; its size and weight are."""
    for key, value in _declarations(element.attrib.pop("style", "")):
        if key != "font":
            element.set(key, value)
        elif found := FONT.match(value):
            element.attrib |= {f"font-{name}": one for name, one in found.groupdict().items() if one}


def _declarations(style: str) -> Iterator[tuple[str, str]]:
    for part in style.split(";"):
        key, _, value = part.partition(":")
        if key.strip() and value.strip():
            yield key.strip(), value.strip()
