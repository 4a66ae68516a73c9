"""Which page leads where, and the shortest ways that are known. Tier 0; pure.

Answers come in any order. A page first found by a long way may turn out to be
near, and then what hangs on it is nearer, too: pages that were too deep come
in. So each fetched page's links are kept, four bytes a link; but only where a
limit on the depth makes them matter. Redirects are few and always kept, since a
chain of them has a limit, too.

A URL's depth and its chain are each the least over all ways to it, so that
neither depends on the order in which ways are found. This is label correcting,
in rounds (Bellman 1958), with 1 for a link and 0 for a redirect. What must not
live here: when a URL is asked for (`frontier.py`).
"""

from array import array
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from concur.crawl import known
from concur.crawl.jobs import MOST_REDIRECTS, REDIRECTS
from concur.crawl.known import Known

Way = tuple[int, int, int, int]  # to a URL, at a depth, by a chain of so many redirects, from a page


class Ways:
    """Links and redirects of finished URLs; queue is called with the number of one that comes into reach, or nearer."""

    def __init__(self, urls: Known, max_depth: int | None, queue: Callable[[int], None]) -> None:
        self._urls, self._max_depth, self._queue = urls, max_depth, queue
        self._redirects: dict[int, int] = {}
        self._starts = array("q")  # for each page, where its links begin below; -1: none are kept
        self._links = array("I")  # of each page: how many, then those

    @property
    def keeps_links(self) -> bool:
        """Whether links are kept, since a limit on the depth makes them matter."""
        return self._max_depth is not None

    def may_redirect(self, number: int) -> bool:
        """Whether a redirect here is followed, or is one too many in its chain."""
        return self._urls.chains[number] < MOST_REDIRECTS

    def add(self, page: int, status: int, targets: Sequence[int]) -> Sequence[int]:
        """Follow a finished page's links or its redirect, once.

        Returns those of the targets that have to be named for this to be done
        again: those to which it is a shorter way, or all where all are kept.
        """
        if status in REDIRECTS:
            self._redirects.update((page, target) for target in targets)
            self._follow(self._onward(page))
            return targets
        depths, chains, depth = self._urls.depths, self._urls.chains, self._urls.depths[page] + 1
        shorter = [target for target in targets if depths[target] > depth or chains[target]]
        for target in shorter:
            self.reach(target, depth, 0, page)
        if not self.keeps_links:
            return shorter
        self._keep(page, targets)
        return targets

    def reach(self, number: int, depth: int, chain: int, page: int) -> None:
        """There is a way to a URL. What hangs on it follows, where the way is shorter than those known."""
        if self._shorten(number, depth, chain, page):
            self._follow(self._onward(number))

    def _follow(self, ways: Iterator[Way]) -> None:
        pending = deque(ways)  # first in, first out: last in could take exponentially many turns
        while pending:
            way = pending.popleft()
            if self._shorten(*way):
                pending.extend(self._onward(way[0]))

    def _onward(self, number: int) -> Iterator[Way]:
        """The ways that are known to go on from a URL."""
        depth, chain = self._urls.depths[number], self._urls.chains[number]
        for target in self._kept(number):
            yield target, depth + 1, 0, number
        if number in self._redirects and self.may_redirect(number):
            yield self._redirects[number], depth, chain + 1, number

    def _shorten(self, number: int, depth: int, chain: int, page: int) -> bool:
        """Whether a way is shorter, in links or in redirects, than all known before; if so it counts from now on."""
        urls = self._urls
        is_nearer = depth < urls.depths[number]
        if not is_nearer and chain >= urls.chains[number]:
            return False
        urls.chains[number] = min(chain, urls.chains[number])
        if is_nearer:
            urls.depths[number], urls.referrers[number] = depth, page
            is_open = urls.states[number] in (known.UNREACHED, known.QUEUED)
            if is_open and (self._max_depth is None or depth <= self._max_depth):
                self._queue(number)
        return True

    def _keep(self, page: int, targets: Sequence[int]) -> None:
        if targets:
            self._starts.extend([-1] * (page + 1 - len(self._starts)))
            self._starts[page] = len(self._links)
            self._links.append(len(targets))
            self._links.extend(targets)

    def _kept(self, page: int) -> Sequence[int]:
        if page >= len(self._starts) or self._starts[page] < 0:
            return ()
        begin = self._starts[page] + 1
        return self._links[begin : begin + self._links[begin - 1]]
