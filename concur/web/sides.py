"""Beside its links to pages, what a page may link to: the forbidden, the endless, the foreign. Tier 1; pure.

`pages.py` writes these links, and `oracle.py` knows what is to become of them;
both read them here. What must not live here: how a link is written.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from concur.web.addresses import Addresses
from concur.web.faults import SIDE_FAULTS
from concur.web.graph import Web

FORBIDDEN = "is forbidden by robots.txt"
OUT_OF_SCOPE = "is out of scope"
AGENT_FORBIDDEN = "concurrent"  # robots.txt forbids everything to it; «concur» is another name

_RULES = """\
User-agent: *
Disallow: /private/
Allow: /private/open/
Disallow: /*.secret$
Disallow: /p/*/print
Disallow: /calendar
{delay}
User-agent: {agent}
Disallow: /
"""


class Side(NamedTuple):
    """A link beside those to pages: where to, whether it may be followed, and why not."""

    href: str
    why_not: str = ""


def robots_txt(web: Web) -> bytes:
    """The rules, the same on every host (RFC 9309: the longest match decides, `*` and `$` are wildcards)."""
    delay = "" if web.crawl_delay_s is None else f"Crawl-delay: {web.crawl_delay_s:g}\n"
    return _RULES.format(agent=AGENT_FORBIDDEN, delay=delay).encode()


def sides(addresses: Addresses, number: int) -> Iterator[Side]:
    """What a page links to beside pages, in order."""
    for side, name in enumerate(SIDE_FAULTS):
        if addresses.web.has_side(number, side):
            yield from of_kind(addresses, name, number)


def of_kind(addresses: Addresses, name: str, number: int) -> Iterator[Side]:
    """The links of a page that has the side fault of that name."""
    return _KINDS[name](addresses, number)


def _private(_: Addresses, number: int) -> Iterator[Side]:
    yield Side(f"/private/{number}", FORBIDDEN)
    yield Side(f"/private/open/{number}")
    if number:
        yield Side(f"/doc/{number}.secret", FORBIDDEN)
        yield Side(f"/doc/{number}.secret.html")
        yield Side(f"/p/{number}/print", FORBIDDEN)


def _calendar(_: Addresses, number: int) -> Iterator[Side]:
    yield Side(f"/calendar/{number}", FORBIDDEN)


def _elsewhere(addresses: Addresses, number: int) -> Iterator[Side]:
    yield Side(f"{addresses.elsewhere}/elsewhere/{number}", OUT_OF_SCOPE)
    _, host, port = addresses.origins[0]
    yield Side(f"https://{host}:{port}/elsewhere/{number}", OUT_OF_SCOPE)
    for href in (
        "mailto:a@b.example",
        "javascript:history.back()",
        "data:text/html,<a>",
        "tel:+123",
        "ftp://b.example/",
    ):
        yield Side(href, OUT_OF_SCOPE)


def _endless(_: Addresses, number: int) -> Iterator[Side]:
    yield Side("/endless/0")


_KINDS: dict[str, Callable[[Addresses, int], Iterator[Side]]] = {
    "private": _private,
    "calendar": _calendar,
    "elsewhere": _elsewhere,
    "endless": _endless,
}
