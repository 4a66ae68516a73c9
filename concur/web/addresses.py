"""Where things of a web are: from a page's number to its URL, and from a path to what is there. Tier 1; pure.

    /                     page 0, on host 0: the seed
    /p/17                 page 17
    /m/17                 where page 17 has moved to, if it is a redirect
    /chain/17/1 … 3       the redirects before page 17, and the page itself
    /long/17/1 … 12       redirects that nobody follows to their end
    /loop/17              the other half of a redirect loop
    /private/17           forbidden by robots.txt, but for /private/open/17
    /doc/17.secret        likewise, but for /doc/17.secret.html
    /p/17/print           likewise
    /calendar/3           a day of the calendar, forbidden
    /endless/3            a day of the other one
    /beyond/17, /text/17  linked to by what is no part of a page, or no HTML

Each exists for every number, whether or not some page links to it: whoever asks
for what he should not is served, and counted.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

from concur.web.graph import Web

CHAIN = 3  # redirects in a row, the last of which leads to the page
LONG = 12
FOLLOWED = 10  # redirects of a chain that a correct crawl follows

SEED = "/"
ROBOTS = "/robots.txt"
_PLACE = re.compile(
    r"/(?:(p|m|loop|beyond|text|calendar|endless|elsewhere|private)/(\d{1,9})"
    r"|(chain|long)/(\d{1,9})/(\d{1,2})"
    r"|(private/open)/(\d{1,9})|(doc)/(\d{1,9})\.(secret|secret\.html)|(p)/(\d{1,9})/(print))",
    re.ASCII,
)
_OF_PAGES = frozenset({"p", "m", "loop", "beyond", "text", "private", "private/open", "doc", "chain", "long"})


class Place(NamedTuple):
    """What a path leads to: a folder's name, a number, and which of several things with that number."""

    folder: str
    number: int
    part: str = ""


class Origin(NamedTuple):
    """Scheme, host and port of a web's host."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        is_default = self.port == {"http": 80, "https": 443}[self.scheme]
        return f"{self.scheme}://{host}" + ("" if is_default else f":{self.port}")


class Addresses:
    """The texts of a web's URLs, given where its hosts are: `bases` are as «http://127.0.0.1:8000»."""

    def __init__(self, web: Web, origins: Iterable[Origin]) -> None:
        self.web = web
        self.origins = tuple(origins)
        self.bases = tuple(map(str, self.origins))
        if len(self.bases) != web.hosts:
            raise ValueError(f"{web.hosts} hosts are to be at {len(self.bases)} origins")

    @property
    def seed(self) -> str:
        """The URL to start from."""
        return self.bases[0] + SEED

    @property
    def elsewhere(self) -> str:
        """A base that is out of every scope, and that yet reaches our server where it listens on this machine alone."""
        scheme, host, port = self.origins[0]
        return str(Origin(scheme, "127.0.0.1" if host == "localhost" else "localhost", port))

    def url(self, number: int) -> str:
        """The canonical URL of a page."""
        return self.bases[self.web.host(number)] + path(number)

    def locate(self, url: str) -> tuple[int, str] | None:
        """The host's number and the path of a URL, None if it is on none of the web's hosts."""
        for host, base in enumerate(self.bases):
            if url.startswith(base + "/"):
                return host, url[len(base) :]
        return None


def path(number: int) -> str:
    """The path of a page."""
    return f"/p/{number}" if number else SEED


def find(web: Web, path: str) -> Place | None:
    """What is at a path, None if nothing is. Only canonical spellings are known."""
    if path == SEED:
        return Place("p", 0)
    matched = _PLACE.fullmatch(path)
    if matched is None:
        return None
    folder, digits, *part = (group for group in matched.groups() if group is not None)
    place = Place(folder, int(digits), *part)
    return place if _exists(web, place, digits) else None


def _exists(web: Web, place: Place, digits: str) -> bool:
    if len(digits) > 1 and digits.startswith("0"):
        return False
    return place.folder not in _OF_PAGES or (place.number < web.pages and (place.folder != "p" or place.number > 0))
