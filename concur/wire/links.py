"""What a page links to, by one of two parsers that find the same on a page as browsers read it. Tier 0.

html.parser is there on every interpreter; selectolax (Lexbor) is C, faster, and
not. Where html.parser reads otherwise than browsers, or its versions differ
(marked sections, entities in attributes, <textarea>), it is set right here. What
remains: it takes a <template> for markup, <script/> for a whole element, ends a
comment at `-->` alone, and on some versions ends a tag with an unclosed quote earlier.

What must not live here: which links are followed (`crawl/`).
"""

import codecs
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from html import unescape
from html.entities import html5
from html.parser import HTMLParser
from itertools import accumulate, takewhile
from typing import NamedTuple

from concur.wire.faults import UrlError
from concur.wire.urls import Url, canonical

PARSERS = ("html.parser", "selectolax")
RESOLVED_CHARACTERS = 64 << 20  # of one page, bases included: under a long base, short links make a thousandfold of it
_ROOTED_MOST, _ROOTED_CHARACTERS = 8192, 200  # 5 MB an origin at most
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
    """The page's links as canonical URLs, once each and in order; what is no http(s) URL is left out.

    Each link is joined to its base; those beyond RESOLVED_CHARACTERS in all are left out, too.
    """
    base = at
    if page.base is not None:
        base = _canonical_or_none(page.base, at) or at
    rooted = _rooted(base.origin)
    if len(rooted) >= _ROOTED_MOST:
        rooted.clear()
    found = [rooted.get(link) or _resolved(link, base, rooted) for link in _within(page.links, len(base.path))]
    return list(dict.fromkeys([url for url in found if url]))


@lru_cache(maxsize=8)
def _rooted(origin: tuple[str, str, int]) -> dict[str, Url]:
    """Of the last origins, the links that mean the same on each page, with what they mean: pages share most of them."""
    return {}


def _resolved(link: str, base: Url, rooted: dict[str, Url]) -> Url | None:
    """What a link means; kept if it begins at the root, so that nothing of its page but the origin is in that."""
    url = _canonical_or_none(link, base)
    if url and link.startswith("/") and len(link) <= _ROOTED_CHARACTERS:
        rooted[link] = url
    return url


def _within(links: Sequence[str], base_characters: int) -> Iterable[str]:
    """As many of the links as stay within RESOLVED_CHARACTERS, joined to their base."""
    if sum(map(len, links)) + len(links) * base_characters <= RESOLVED_CHARACTERS:
        return links
    ends = accumulate(len(link) + base_characters for link in links)
    return (link for link, _ in zip(links, takewhile(RESOLVED_CHARACTERS.__ge__, ends), strict=False))


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
    name = _encoding(charset)
    if not name and (meta := _META.search(body[:_SNIFFED_BYTES])):
        name = _of_meta(meta[1].decode())
    return body.decode(name or "utf-8", "replace")


@lru_cache(maxsize=256)
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

_REFERENCE = re.compile(r"&([A-Za-z][A-Za-z0-9]*)([;=]?)")


class _Found(HTMLParser):
    # What stands in these is text. A title's is decoded here, since versions differ in whether the parser does that.
    CDATA_CONTENT_ELEMENTS = ("script", "style", "title", "textarea", "iframe", "noembed", "noframes", "xmp")  # type: ignore[misc] # it looks at self

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.links: dict[str, None] = {}
        self.base: str | None = None
        self.title: list[str] | None = None
        self._is_in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("a", "area"):
            if (href := self._href(attrs)) is not None:
                self.links[href] = None
        elif tag == "base" and self.base is None:
            self.base = self._href(attrs)
        elif tag == "title" and self.title is None:
            self.title, self._is_in_title = [], True

    def handle_endtag(self, tag: str) -> None:
        if tag == "title":
            self._is_in_title = False

    def handle_data(self, data: str) -> None:
        if self._is_in_title and self.title is not None:
            self.title.append(data)

    def parse_marked_section(self, i: int, report: bool = True) -> int:
        """`<![if …]>` is a comment up to the next `>`, as WHATWG HTML, 13.2.5.42, has it. Older versions raise."""
        return self.parse_bogus_comment(i)

    def _href(self, attrs: list[tuple[str, str | None]]) -> str | None:
        written = self.get_starttag_text() or ""
        if "&" in written and (plain := _REFERENCE.sub(_as_in_attributes, written)) != written:
            attrs = _attributes(plain)
        return next((value or "" for name, value in attrs if name == "href"), None)


class _Tag(HTMLParser):
    """One start tag alone."""

    attrs: list[tuple[str, str | None]] = []  # noqa: RUF012 # replaced, never changed

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attrs = attrs


def _attributes(written: str) -> list[tuple[str, str | None]]:
    tag = _Tag()
    tag.feed(written)
    return tag.attrs


def _as_in_attributes(found: re.Match[str]) -> str:
    """`&copy=` in an attribute is no ©: a name without its semicolon counts only where no letter, digit or = follows.

    WHATWG HTML, 13.2.5.73. html.parser does so since 3.14 and some patch releases before.
    """
    name, end = found[1], found[2]
    is_entity = name + end in html5 if end != "=" else False
    return found[0] if is_entity else f"&amp;{name}{end}"


def _by_html_parser(text: str) -> Page:
    # Never closed: what is unfinished then is what a page's end cuts off, which browsers drop; and older
    # versions would look for the end of each unfinished comment in turn, in time that grows with the square.
    found = _Found()
    found.feed(text)
    return Page(tuple(found.links), found.base, " ".join(unescape("".join(found.title or ())).split()))


def _by_lexbor(text: str) -> Page:
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(text)
    # By name, which takes half as long: a selector is compiled anew each time. With both, it keeps their order.
    nodes = tree.css("a, area") if tree.tags("area") else tree.tags("a")
    links = dict.fromkeys([found["href"] or "" for node in nodes if "href" in (found := node.attributes)])
    hrefs = (found["href"] or "" for node in tree.tags("base") if "href" in (found := node.attributes))
    titles = tree.tags("title")
    return Page(tuple(links), next(hrefs, None), " ".join(titles[0].text().split()) if titles else "")
