"""What a page links to, by one of two parsers that find the same on a page as browsers read it. Tier 0.

html.parser is there on every interpreter; selectolax (Lexbor) is C, faster, and
not. They differ on broken pages: html.parser takes what stands in <textarea>,
<noscript> and <template> for markup, and at an unclosed quote it ends otherwise.

What must not live here: which links are followed (`crawl/`).
"""

import codecs
import re
from html.parser import HTMLParser
from typing import NamedTuple

from concur.wire.faults import UrlError
from concur.wire.urls import Url, canonical

PARSERS = ("html.parser", "selectolax")
_SNIFFED_BYTES = 1024  # where WHATWG looks for a <meta charset>
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:\-]+)", re.IGNORECASE)
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# The names that pages use. Python has others, which are no text encodings, or are not for strangers (utf-7).
_KNOWN = re.compile(
    r"utf-?8|utf-?16(-?[lb]e)?|(windows-|cp)(874|125\d)|ibm866|macintosh|koi8-[ru]|iso-?8859-(\d|1[0-6])|gbk|gb2312"
    r"|gb18030|big5(-hkscs)?|euc-(jp|kr)|shift[_-]jis|sjis|iso-2022-jp",
    re.ASCII,
)
_WINDOWS_1252 = frozenset(("ascii", "us-ascii", "latin1", "latin-1", "iso-8859-1", "iso8859-1", "l1"))


class Page(NamedTuple):
    """What was found: links as written, in order, once each; the first <base href>; the title in one line."""

    links: tuple[str, ...]
    base: str | None
    title: str


def extract(body: bytes, charset: str = "", parser: str = "html.parser") -> Page:
    """Links, base and title of a page; charset is what its header says. Nothing is an error: a page may be anything."""
    text = decoded(body, charset)
    return _by_lexbor(text) if parser == "selectolax" else _by_html_parser(text)


def resolve(page: Page, at: Url) -> list[Url]:
    """The page's links as canonical URLs, once each and in order; what is no http(s) URL is left out."""
    base = at
    if page.base is not None:
        base = _canonical_or_none(page.base, at) or at
    found = (_canonical_or_none(link, base) for link in page.links)
    return list(dict.fromkeys(url for url in found if url))


def _canonical_or_none(text: str, base: Url) -> Url | None:
    try:
        return canonical(text, base)
    except UrlError:
        return None


# Text


def decoded(body: bytes, charset: str = "") -> str:
    """A page's text: by its BOM, its header, its <meta>, or UTF-8 (WHATWG HTML, 13.2.3.2, shortened)."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    meta = _META.search(body[:_SNIFFED_BYTES]) if not _encoding(charset) else None
    name = _encoding(charset) or (_of_meta(meta[1].decode()) if meta else "") or "utf-8"
    return body.decode(name, "replace")


def _encoding(label: str) -> str:
    """Python's name for an encoding that pages use; empty for another."""
    name = label.strip().lower()
    if name in _WINDOWS_1252:
        return "cp1252"
    if not _KNOWN.fullmatch(name):
        return ""
    try:
        return codecs.lookup({"macintosh": "mac-roman"}.get(name, name)).name
    except LookupError:
        return ""


def _of_meta(label: str) -> str:
    """A <meta> that could be read is not in UTF-16, whatever it says."""
    name = _encoding(label)
    return "utf-8" if name.startswith("utf-16") else name


# The parsers


class _Found(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: dict[str, None] = {}
        self.base: str | None = None
        self.title: list[str] | None = None
        self._is_in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("a", "area"):
            if (href := _first(attrs)) is not None:
                self.links[href] = None
        elif tag == "base" and self.base is None:
            self.base = _first(attrs)
        elif tag == "title" and self.title is None:
            self.title, self._is_in_title = [], True

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._is_in_title = False

    def handle_data(self, data: str) -> None:
        if self._is_in_title and self.title is not None:
            self.title.append(data)


def _first(attrs: list[tuple[str, str | None]]) -> str | None:
    for name, value in attrs:
        if name == "href":
            return value or ""
    return None


def _by_html_parser(text: str) -> Page:
    found = _Found()
    try:
        found.feed(text)
        found.close()
    except AssertionError:  # its way to refuse a broken <![…: what stands before that counts
        pass
    return Page(tuple(found.links), found.base, " ".join("".join(found.title or ()).split()))


def _by_lexbor(text: str) -> Page:
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(text)
    links = dict.fromkeys(node.attributes["href"] or "" for node in tree.css("a[href], area[href]"))
    base, title = tree.css_first("base[href]"), tree.css_first("title")
    return Page(
        tuple(links),
        (base.attributes["href"] or "") if base else None,
        " ".join(title.text().split()) if title else "",
    )
