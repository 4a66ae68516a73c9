"""What the server answers to a request: which thing is asked for, and its Answer. Tier 1; pure.

What must not live here: sockets, clocks, counting (`serving.py`, `log.py`).
"""

from typing import NamedTuple

from concur.web import misbehaving
from concur.web.addresses import ROBOTS, Addresses, Place, find
from concur.web.misbehaving import FAULTY, Answer, Asked, reply
from concur.web.pages import document
from concur.web.sides import robots_txt

LEAF_BYTES = 500
ENDLESS = ("calendar", "endless")  # folders where each thing links to the next


class Request(NamedTuple):
    """What a crawler asks for, as far as it matters: the time counts the requests for this URL, from 1."""

    host: int
    path: str
    time: int
    accepts_gzip: bool = True


def answer(addresses: Addresses, request: Request) -> tuple[Answer, float]:
    """The answer, and how long it takes to begin, in seconds."""
    if request.path == ROBOTS:
        return _robots(addresses, request.time), 0.0
    place = find(addresses.web, request.path)
    if place is None:
        return misbehaving.error("404 Not Found"), 0.0
    return _at(addresses, place, request), addresses.web.latency_s(place.number)


def _robots(addresses: Addresses, time: int) -> Answer:
    if time == 1 and "robots_once" in addresses.web.shares:
        return misbehaving.error("500 Internal Server Error")
    return Answer((reply("200 OK", robots_txt(addresses.web), "text/plain"),))


def _at(addresses: Addresses, place: Place, request: Request) -> Answer:
    asked = Asked(addresses, place.number, request.path, request.time, request.accepts_gzip)
    web = addresses.web
    if place.folder == "p" and not place.part:
        return FAULTY[web.fault(place.number)](asked) if request.host == web.host(place.number) else _not_here()
    if place.folder == "m":
        return misbehaving.page(asked)
    if place.folder == "loop":
        return misbehaving.redirect(f"/p/{place.number}", "302 Found")
    if place.folder in ("chain", "long"):
        return misbehaving.hop(place.folder, place.number, int(place.part)) or misbehaving.page(asked)
    return _leaf(place)


def _leaf(place: Place) -> Answer:
    """What has no links but one: a day links to the next, anything else to nothing new."""
    href = f"/{place.folder}/{place.number + 1}" if place.folder in ENDLESS else "#top"
    return Answer((reply("200 OK", document(f"{place.folder} {place.number}", [href], LEAF_BYTES)),))


def _not_here() -> Answer:
    return misbehaving.error("404 Not Found")
