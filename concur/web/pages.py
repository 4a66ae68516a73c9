"""A page's HTML, built from its number in tens of microseconds. Tier 1; pure.

Links by formatting, then filler up to the page's size, sliced from one prepared
text. What must not live here: status, headers, and what goes wrong on the way.
"""

from functools import cache

from concur.web.addresses import Addresses, path
from concur.web.graph import Slot
from concur.web.sides import sides
from concur.web.spellings import SPELLINGS, Link

_WORDS = (
    b"a server waits for many things at a time and does a little for each of them as it comes "
    b"while the kernel keeps what has come and the one who asked keeps waiting for what has not "
)
_TAIL = b"</p>\n</body></html>\n"
_FILLER_BYTES = 4 << 20  # the largest page there can be has fewer
_BASE = '<base href="/some/where/">'
_BASE_UPS = 2  # folders from there to the root


@cache
def filler() -> bytes:
    """Text enough for any page; what is more is sliced off."""
    return _WORDS * (_FILLER_BYTES // len(_WORDS) + 1)


def html(addresses: Addresses, number: int, at: str) -> bytes:
    """The page of that number as served at a path, for its relative links."""
    web = addresses.web
    has_base = web.fault(number) == "base"
    ups = _BASE_UPS if has_base else at.count("/") - 1
    hrefs = _hrefs(addresses, number, ups)
    hrefs += [side.href for side in sides(addresses, number)] if web.shares else []
    return document(f"Page {number}", hrefs, web.size_bytes(number), _BASE if has_base else "")


def document(title: str, hrefs: list[str], size_bytes: int, head: str = "") -> bytes:
    """A document of that size with these links, larger if the links need more."""
    items = "".join([f'<li><a href="{href}">{href[-12:]}</a>\n' for href in hrefs])
    begin = (
        f'<!doctype html><html><head><meta charset="utf-8"><title>{title}</title>{head}</head>\n'
        f"<body><h1>{title}</h1>\n<ul>\n{items}</ul>\n<p>"
    ).encode()
    return begin + filler()[: max(size_bytes - len(begin) - len(_TAIL), 0)] + _TAIL


def _hrefs(addresses: Addresses, number: int, ups: int) -> list[str]:
    """The links to pages, each in its spelling."""
    web = addresses.web
    slots = web.slots(number)
    bound = round(web.shares.get("spellings", 0.0) * 256)
    if web.hosts == 1 and not bound:
        return [path(target) for target, _ in slots]
    host = web.host(number)
    return [_href(addresses, slot, host, ups, bound) for slot in slots]


def _href(addresses: Addresses, slot: Slot, host: int, ups: int, bound: int) -> str:
    """A link to a page from one on that host; one to another host has to name it."""
    target_host = addresses.web.host(slot.target)
    target = path(slot.target)
    if target_host != host:
        return addresses.bases[target_host] + target
    if slot.dice & 0xFF >= bound:
        return target
    spelling = SPELLINGS[(slot.dice >> 8) % len(SPELLINGS)]
    return spelling(Link(target, addresses.bases[host], ups))
