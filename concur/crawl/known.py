"""Every URL that a crawl knows of: its text held once, all else of it in arrays. Tier 0; pure.

A URL is a number here, in the order found. With a path of 60 characters it
takes some 220 bytes: the text 110, its entry in a dictionary and its number 70,
its place in a list and in the arrays 30; and 40 more while it is queued.
What must not live here: what a state means for what is done next (`frontier.py`).
"""

from array import array
from collections.abc import Mapping

from concur.crawl.plan import Origin
from concur.wire.urls import Url

# States. A URL that is known and was never within reach is UNREACHED: too deep, or behind too many redirects.
UNREACHED, QUEUED, WAITING, IN_FLIGHT, DONE, FORBIDDEN = range(6)

FAR = 2**32 - 1  # the depth of what has not been reached
FAR_CHAIN = 255
NOBODY = -1  # the referrer of a seed


class Known:
    """URLs by number, and numbers by URL. All lists and arrays have one entry for each URL.

    sites: the number of its origin; depths and chains: the fewest links from a
    seed and the fewest redirects by which it is reached; failures: attempts that
    were not the last; referrers: the number of the page that the depth is by.
    """

    def __init__(self, origins: tuple[Origin, ...]) -> None:
        self._origins = origins
        self._numbers: list[dict[str, int]] = [{} for _ in origins]  # for each site, by path
        self.paths: list[str] = []
        self.sites = array("I")
        self.depths = array("I")
        self.chains = array("B")
        self.states = array("B")
        self.failures = array("H")
        self.referrers = array("i")

    def __len__(self) -> int:
        return len(self.paths)

    def numbered(self, site: int) -> Mapping[str, int]:
        """The numbers of a site's URLs, by path: it grows as they do."""
        return self._numbers[site]

    def find(self, site: int, path: str) -> int | None:
        """The number of a URL, None if it is not known."""
        return self._numbers[site].get(path)

    def number(self, site: int, path: str) -> int:
        """The number of a URL; what was not known is from now on, and unreached yet."""
        number = self._numbers[site].get(path)
        return self._add(site, path) if number is None else number

    def url(self, number: int) -> Url:
        """The URL of a number."""
        return Url(*self._origins[self.sites[number]], self.paths[number])

    def referrer(self, number: int) -> Url | None:
        """The page that led to a URL by the shortest way known; None for a seed."""
        page = self.referrers[number]
        return None if page == NOBODY else self.url(page)

    def text(self, number: int, page: int) -> str:
        """A URL as a journal names it on a page: its path, after the number of its site if that is not the page's."""
        site, path = self.sites[number], self.paths[number]
        return path if site == self.sites[page] else f"{site}{path}"

    def named(self, text: str, page: int) -> int:
        """The number of a URL named by `text`. Raises ValueError or IndexError for what names none."""
        site, slash, rest = text.partition("/")
        return self.number(int(site) if site else self.sites[page], slash + rest)

    def _add(self, site: int, path: str) -> int:
        number = len(self.paths)
        self._numbers[site][path] = number
        self.paths.append(path)
        self.sites.append(site)
        self.depths.append(FAR)
        self.chains.append(FAR_CHAIN)
        self.states.append(UNREACHED)
        self.failures.append(0)
        self.referrers.append(NOBODY)
        return number
