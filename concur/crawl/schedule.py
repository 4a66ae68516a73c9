"""Which URL next, and when: queues, limits and delays, over all origins. Tier 0; pure.

Robots.txt comes first, then the lowest depth, then the first found. A URL
stands in its origin's queue by a key that says so; one that comes nearer while
it waits is queued once more, and its old key is passed over later. What must not live
here: what an answer means and what it leads to (`frontier.py`).
"""

from collections.abc import Iterable

from concur.crawl import known
from concur.crawl.jobs import Failed, Fetched, Job, RobotsFetched
from concur.crawl.known import Known
from concur.crawl.permission import ROBOTS_PATH
from concur.crawl.plan import Plan
from concur.crawl.politeness import Site
from concur.wire.urls import Url

_ROBOTS_KEY = -1  # comes before every page
_NUMBER_BITS = 32  # a page's key: its depth, then its number, which is the order found
_NUMBER_MASK = (1 << _NUMBER_BITS) - 1


class Schedule:
    """A crawl's requests. counted: finished URLs under the page limit; forbidden: those that robots.txt ruled out."""

    def __init__(self, plan: Plan, urls: Known) -> None:
        self._plan, self._urls = plan, urls
        self._sites = [Site(number, origin, plan) for number, origin in enumerate(plan.origins)]
        self._by_origin = {site.origin: site for site in self._sites}
        self.counted = self.forbidden = 0
        self.in_flight = self._pages_in_flight = 0
        if plan.obey_robots:
            self._reserve_robots()

    # What is next

    def take(self, now_ns: int) -> Job | None:
        """The next job, which begins now; None if none may."""
        if self._is_full:
            return None
        best, best_key = None, 0
        for site in self._sites:  # few: origins are named in the plan
            key = self._key_now(site, now_ns)
            if key is not None and (best is None or key < best_key):
                best, best_key = site, key
        return None if best is None else self._begin(best, best_key)

    def next_due_ns(self, now_ns: int) -> int | None:
        """When `take` might give a job though no request ends before; None: only the end of one can help."""
        if self._is_full:
            return None
        times = [due for site in self._sites if (due := self._due_ns(site, now_ns)) is not None]
        return min(times, default=None)

    @property
    def is_done(self) -> bool:
        """Whether nothing is in flight, and nothing is left that may be asked for."""
        return not self.in_flight and (self._has_all_pages or not any(map(self._has_work, self._sites)))

    def numbers(self, urls: Iterable[Url]) -> list[int]:
        """The numbers of those that are in scope, in order; what was not known is from now on."""
        numbers: list[int] = []
        origin, site = None, None
        for url in urls:
            if url[:3] != origin:  # most links lead to where the last one does
                origin = url[:3]
                site = self._by_origin.get(origin)
                found = self._urls.numbered(site.number) if site else {}
            if site:
                number = found.get(url[3])
                numbers.append(self._urls.number(site.number, url[3]) if number is None else number)
        return numbers

    def find(self, url: Url) -> int | None:
        """The number of a URL, None if it is not known."""
        site = self._by_origin.get(url.origin)
        return None if site is None else self._urls.find(site.number, url.path)

    # Waiting, and in flight

    def queue(self, number: int) -> None:
        """A URL may be asked for when its turn comes."""
        self._urls.states[number] = known.QUEUED
        self._site(number).push(self._key(number))

    def hold(self, number: int, due_ns: int) -> None:
        """A URL may be asked for again when it is due."""
        self._urls.states[number] = known.WAITING
        self._site(number).hold(number, due_ns)

    def end(self, job: Job, now_ns: int | None) -> int:
        """A page's request has ended; the page's number. Raises ValueError for a job that is not in flight.

        Without a time it was never made.
        """
        number = self.find(job.url)
        if number is None or self._urls.states[number] != known.IN_FLIGHT:
            raise ValueError(f"{job.url} is not in flight")
        self._end_request(self._site(number), now_ns)
        self._pages_in_flight -= 1
        return number

    def abandon(self, job: Job) -> None:
        """A job was not carried out: it is queued again."""
        if job.is_robots:
            self._end_robots_request(job, None).permission.abandon()
        else:
            self.queue(self.end(job, None))

    def end_robots(self, job: Job, outcome: Fetched | Failed | RobotsFetched, now_ns: int) -> list[str]:
        """A request for robots.txt has ended; sentences that the crawl's user should read."""
        site = self._end_robots_request(job, now_ns)
        site.permission.settle(outcome, now_ns)
        if not site.permission.is_known:
            return []
        return [note for note in (site.permission.note, site.heed_crawl_delay()) if note]

    # What may begin

    @property
    def _has_all_pages(self) -> bool:
        return self._plan.max_pages is not None and self.counted >= self._plan.max_pages

    @property
    def _is_full(self) -> bool:
        """Whether some request has to end first. A page in flight may count, so it takes a place under the limit."""
        most = self._plan.max_pages
        has_room = most is None or self.counted + self._pages_in_flight < most
        return self.in_flight >= self._plan.connections or not has_room

    def _key_now(self, site: Site, now_ns: int) -> int | None:
        """The key of what may begin at a site now, None if nothing may."""
        if site.is_full or site.free_ns(now_ns) > now_ns:
            return None
        self._wake(site, now_ns)
        if site.permission.is_known:
            return self._head(site)
        may_ask = site.permission.is_wanted and site.permission.due_ns <= now_ns
        return _ROBOTS_KEY if may_ask and self._head(site) is not None else None

    def _due_ns(self, site: Site, now_ns: int) -> int | None:
        """When something might begin at a site, None if an end has to come first."""
        if site.is_full:
            return None
        self._wake(site, now_ns)
        free_ns, permission = site.free_ns(now_ns), site.permission
        if self._head(site) is None:
            return None if site.later_ns is None else max(free_ns, site.later_ns)
        if permission.is_known:
            return free_ns
        return max(free_ns, permission.due_ns) if permission.is_wanted else None

    def _has_work(self, site: Site) -> bool:
        return site.later_ns is not None or self._head(site) is not None

    def _wake(self, site: Site, now_ns: int) -> None:
        for number in site.due(now_ns):
            self.queue(number)

    def _head(self, site: Site) -> int | None:
        """The lowest key of a site that still counts, and is allowed as far as robots.txt is known."""
        while site.queue and not self._is_valid(site, site.queue[0]):
            site.pop()
        return site.queue[0] if site.queue else None

    def _is_valid(self, site: Site, key: int) -> bool:
        number = key & _NUMBER_MASK
        if self._urls.states[number] != known.QUEUED:
            return False  # its turn came by a smaller key, or it was finished before the crawl was resumed
        if key == site.cleared or not site.permission.is_known:
            return True
        if site.permission.allows(self._urls.url(number)):
            site.cleared = key
            return True
        self._urls.states[number] = known.FORBIDDEN
        self.forbidden += 1
        return False

    # Requests

    def _begin(self, site: Site, key: int) -> Job:
        site.begin()
        self.in_flight += 1
        if key == _ROBOTS_KEY:
            return site.permission.job()
        site.pop()
        self._pages_in_flight += 1
        urls, number = self._urls, key & _NUMBER_MASK
        urls.states[number] = known.IN_FLIGHT
        attempt = urls.failures[number] + 1
        return Job(urls.url(number), urls.depths[number], urls.referrer(number), attempt, False, urls.chains[number])

    def _end_request(self, site: Site, now_ns: int | None) -> None:
        site.end(now_ns)
        self.in_flight -= 1

    def _end_robots_request(self, job: Job, now_ns: int | None) -> Site:
        site = self._by_origin[job.url.origin]
        if not site.permission.is_asked:
            raise ValueError(f"{job.url} is not in flight")
        self._end_request(site, now_ns)
        return site

    def _site(self, number: int) -> Site:
        return self._sites[self._urls.sites[number]]

    def _key(self, number: int) -> int:
        return self._urls.depths[number] << _NUMBER_BITS | number

    def _reserve_robots(self) -> None:
        """A link to robots.txt finds it known and finished: it is asked for once, and not as a page."""
        for site in self._sites:
            number = self._urls.number(site.number, ROBOTS_PATH)
            self._urls.depths[number] = self._urls.chains[number] = 0
            self._urls.states[number] = known.DONE
