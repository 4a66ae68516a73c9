"""The right answer: which URLs a correct crawl of a web asks for, which never, and how often at most. Tier 1; pure.

It is derived from the graph and the table of faults, not from what a server
sends, and knows nothing of any crawler. A correct crawl: breadth first from the
seed, a redirect adds no depth, at most ten redirects in a row; what robots.txt
forbids, what is out of scope, and what is too deep is not asked for; 429, 5xx, a
cut body and a lost connection are asked again, `retries` times at most.

A crawl with a limit on its pages asks for a subset of these.
"""

from collections.abc import Collection, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy

from concur.errors import UsageError
from concur.web import breadth, consequences
from concur.web.addresses import ROBOTS, Addresses, Place, find, path
from concur.web.breadth import NEVER
from concur.web.faults import PAGE_FAULTS, SIDE_FAULTS, UNANSWERED
from concur.web.graph import Web
from concur.web.sides import AGENT_FORBIDDEN, OUT_OF_SCOPE, of_kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

AGENT = "concur"


class Rules(NamedTuple):
    """What a crawl was told: max_depth None is no limit; scope is the numbers of the hosts in it, None for all."""

    max_depth: int | None = None
    retries: int = 2
    agent: str = AGENT
    scope: Collection[int] | None = None

    def allows_host(self, host: int) -> bool:
        """Whether a host is in scope."""
        return self.scope is None or host in self.scope


class Expected:
    """What a correct crawl does. URLs are canonical texts; robots.txt is counted apart."""

    def __init__(self, addresses: Addresses, rules: Rules) -> None:
        self.addresses, self.rules = addresses, rules
        self.web = addresses.web
        refuse_unknowable(self.web, rules)
        self._kinds = breadth.kinds(self.web)
        self._gives = breadth.gives_links(self._kinds, rules.retries)
        self._hosts = breadth.hosts(self.web)
        self._depths = self._walk()
        self._most = breadth.most(self._kinds, rules.retries)

    def _walk(self) -> "NDArray[numpy.int32]":
        hosts = [host for host in range(self.web.hosts) if self.rules.allows_host(host)]
        if 0 not in hosts or self.rules.agent.lower() == AGENT_FORBIDDEN:
            return numpy.full(self.web.pages, NEVER, numpy.int32)
        allowed = numpy.isin(self._hosts, hosts)
        return breadth.depths(self.web, gives=self._gives, allowed=allowed, max_depth=self.rules.max_depth)

    # The answer

    def __len__(self) -> int:
        """How many URLs a correct crawl asks for."""
        return int(numpy.count_nonzero(self._depths != NEVER)) + len(self.others)

    def __iter__(self) -> Iterator[str]:
        """The URLs that a correct crawl asks for."""
        bases = self.addresses.bases
        for number in numpy.flatnonzero(self._depths != NEVER).tolist():
            yield bases[self._hosts[number]] + path(number)
        yield from self.others

    @cached_property
    def pages(self) -> frozenset[str]:
        """The exact set of URLs that a correct crawl asks for; a million take 150 MB."""
        return frozenset(self)

    def depth(self, url: str) -> int | None:
        """The depth of a URL that is asked for, None for any other."""
        number = self._page(url)
        if number is None:
            return self.others.get(url)
        return None if self._depths[number] == NEVER else int(self._depths[number])

    @property
    def max_depth(self) -> int:
        """The greatest depth of all that is asked for."""
        return max(int(self._depths.max()), 0, *self.others.values())

    def most(self, url: str) -> int:
        """How many attempts at a URL a correct crawl makes at most, 0 for what is not to be asked for at all."""
        if url in self.robots:
            return min(2, 1 + self.rules.retries) if "robots_once" in self.web.shares else 1
        if self.depth(url) is None:
            return 0
        number = self._page(url)
        return 1 if number is None else int(self._most[number])

    def most_requests(self, url: str) -> int:
        """How many requests those attempts may be: twice as many where a loss looks like an idle connection's end."""
        number = self._page(url)
        is_unanswered = number is not None and self.web.fault(number) in UNANSWERED
        return self.most(url) * (2 if is_unanswered else 1)

    @cached_property
    def robots(self) -> frozenset[str]:
        """The robots.txt that are to be asked for: of each host in scope to which some link leads."""
        if not self.rules.allows_host(0):
            return frozenset()
        found = {0} | set(numpy.unique(self._hosts[self._depths != NEVER]).tolist())
        return frozenset(self.addresses.bases[host] + ROBOTS for host in found)

    def why_not(self, url: str) -> str:
        """Why a URL is not to be asked for, as the end of a sentence."""
        if url in self.forbidden:
            return self.forbidden[url]
        located = self.addresses.locate(url)
        if located is None or not self.rules.allows_host(located[0]):
            return OUT_OF_SCOPE
        return consequences.why_not(find(self.web, located[1]))

    # With a limit on the pages

    @cached_property
    def counted(self) -> int:
        """How many of the URLs a limit on the pages counts: all but redirects. With a limit, the lesser of the two."""
        asked = self._kinds[self._depths != NEVER]
        redirects = int(numpy.count_nonzero(numpy.isin(asked, consequences.REDIRECTING)))
        return len(self) - redirects - sum(map(self.is_redirect, self.others))

    def is_redirect(self, url: str) -> bool:
        """Whether the answer to a URL is a redirect."""
        located = self.addresses.locate(url)
        place = find(self.web, located[1]) if located else None
        return place is not None and consequences.is_redirect(place, self.web.kind(place.number))

    # What there is beside the pages

    @cached_property
    def others(self) -> dict[str, int]:
        """The other URLs that are asked for, with their depths: targets of redirects, leaves, days without end."""
        found: dict[str, int] = {}
        for number, fault in self._faulty():
            for tail in consequences.redirected(fault, number):
                found[self._base(number) + tail] = int(self._depths[number])
        for url, depth, why_not in self._side_links():
            if not why_not and (self.rules.max_depth is None or depth <= self.rules.max_depth):
                found[url] = min(depth, found.get(url, depth))
        return found | self._endless_days(found)

    @cached_property
    def forbidden(self) -> dict[str, str]:
        """The URLs that some page or redirect leads to and that must never be asked for, with the reason."""
        found: dict[str, str] = {}
        for number, fault in self._faulty():
            tail, reason = consequences.dead_end(fault, number)
            if tail:
                found[(self.addresses.elsewhere if reason == OUT_OF_SCOPE else self._base(number)) + tail] = reason
        return found | {url: why_not for url, _, why_not in self._side_links() if why_not}

    def _faulty(self) -> Iterator[tuple[int, str]]:
        """The faulty pages that are asked for, with the names of their faults."""
        for number in numpy.flatnonzero((self._depths != NEVER) & (self._kinds > 0)).tolist():
            yield number, PAGE_FAULTS[self._kinds[number] - 1]

    def _side_links(self) -> Iterator[tuple[str, int, str]]:
        """The URL, the depth and the reason against it of each link that is not to a page."""
        read = numpy.flatnonzero((self._depths != NEVER) & self._gives)
        for name in self.web.shares:
            if name not in SIDE_FAULTS:
                continue
            for number in breadth.with_side(self.web, name, read).tolist():
                depth = int(self._depths[number]) + 1
                for href, why_not in of_kind(self.addresses, name, number):
                    if href.startswith(("/", "http")):
                        yield (self._base(number) if href.startswith("/") else "") + href, depth, why_not

    def _endless_days(self, first: dict[str, int]) -> dict[str, int]:
        """The days after the first ones, down to the greatest depth."""
        days = {}
        for url, depth in first.items():
            if self.rules.max_depth is not None and url.endswith("/endless/0"):
                for day in range(1, self.rules.max_depth - depth + 1):
                    days[f"{url[:-1]}{day}"] = depth + day
        return days

    def _base(self, number: int) -> str:
        return self.addresses.bases[int(self._hosts[number])]

    def _page(self, url: str) -> int | None:
        """The number of the page whose own URL this is, None if it is no page's."""
        located = self.addresses.locate(url)
        place = find(self.web, located[1]) if located else None
        is_page = place == Place("p", place.number) if place else False
        if located is None or place is None or not is_page or self._hosts[place.number] != located[0]:
            return None
        return place.number


def expected(
    addresses: Addresses,
    *,
    max_depth: int | None = None,
    retries: int = 2,
    agent: str = AGENT,
    scope: Collection[int] | None = None,
) -> Expected:
    """What a correct crawl of a web does. Raises UsageError where that depends on chance, or has no end."""
    return Expected(addresses, Rules(max_depth, retries, agent, scope))


def refuse_unknowable(web: Web, rules: Rules) -> None:
    """Raises UsageError where what a correct crawl fetches depends on chance, or has no end."""
    shares = web.shares
    if "endless" in shares and rules.max_depth is None:
        raise UsageError(
            "a crawl of the endless calendar has no end", do="Give a greatest depth, or leave endless out."
        )
    if "reset_once" in shares and not rules.retries:
        raise UsageError(
            "without retries, what comes of reset_once is chance",
            why="on a connection used before, the request may be sent again",
            do="Allow one retry, or leave reset_once out.",
        )
    if "robots_once" in shares and not rules.retries:
        raise UsageError("without retries, robots_once forbids everything", do="Allow one retry, or leave it out.")
