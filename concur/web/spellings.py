"""The ways to write one URL in a link, all of which mean the same to a browser. Tier 1; pure.

RFC 3986, 5.2 and 6.2.2; white space, backslashes and credentials as the WHATWG's
URL standard has them; entities as HTML has them. What must not live here: which
link is written how, which is drawn.
"""

from collections.abc import Callable
from typing import NamedTuple


class Link(NamedTuple):
    """What is to be written: a path, the base of its host, and how many folders up the root is from the page."""

    path: str
    base: str
    ups: int


Spelling = Callable[[Link], str]


def _last_in_percent(link: Link) -> str:
    """The last character as %XX, unless it is a slash, of which that would make another URL."""
    last = link.path[-1]
    return link.path if last == "/" else f"{link.path[:-1]}%{ord(last):02X}"


SPELLINGS: tuple[Spelling, ...] = (
    lambda link: f"{link.path}#top",
    lambda link: f"/.{link.path}",
    lambda link: f"/x/..{link.path}",
    lambda link: link.base + link.path,
    lambda link: f"HTTP{link.base[4:]}{link.path}",
    lambda link: link.base[5:] + link.path,  # //host/path
    lambda link: f"http://reader:secret@{link.base[7:]}{link.path}",
    lambda link: ("../" * link.ups or "./") + link.path[1:],
    lambda link: f" {link.path}\t\n",
    lambda link: link.path.replace("/", "&#47;"),
    lambda link: link.path.replace("/", "\\"),
    _last_in_percent,
)


def spell(link: Link, number: int) -> str:
    """A link's text in an attribute's quotes, in the spelling of that number."""
    return SPELLINGS[number % len(SPELLINGS)](link)
