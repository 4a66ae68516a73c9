"""One origin of the scope: what is queued there, and when the next request may begin. Tier 0; pure.

The delay counts from the end of a request to the beginning of the next, one at a
time, robots.txt and retries included: from beginning to beginning, a connection
that is slow to be made would bring two closer together than the server asked for.
What must not live here: which URLs are found and what an
answer means (`frontier.py`), and what robots.txt says (`permission.py`).
"""

from heapq import heappop, heappush

from concur.crawl.permission import Permission
from concur.crawl.plan import Origin, Plan
from concur.wire.urls import Url

CRAWL_DELAY_MOST_S = 30.0  # a larger Crawl-delay is cut to this: a day's would be a crawl that never ends


class Site:
    """One origin. Numbers of URLs are queued by key; the lowest key is the next.

    in_flight: requests that have begun and not ended; delay_ns: from an end to the next beginning.
    """

    def __init__(self, number: int, origin: Origin, plan: Plan) -> None:
        self.number, self.origin = number, origin
        self.permission = Permission(origin, plan)
        self.queue: list[int] = []
        self.cleared: int | None = None  # the key at the head that robots.txt is known to allow
        self.in_flight = 0
        self.delay_ns = round(plan.delay_s * 1e9)
        self._later: list[tuple[int, int]] = []  # (when it may be asked for again, number)
        self._ended_ns: int | None = None  # the last end
        self._agent, self._most = plan.agent, plan.connections_per_origin

    @property
    def is_full(self) -> bool:
        """Whether a request has to end here before another begins."""
        return self.in_flight >= (1 if self.delay_ns else self._most)

    @property
    def later_ns(self) -> int | None:
        """When the first of those that wait may be asked for again; None if none waits."""
        return self._later[0][0] if self._later else None

    def free_ns(self, now_ns: int) -> int:
        """When the delay lets the next request begin: now, or later."""
        return now_ns if self._ended_ns is None else max(now_ns, self._ended_ns + self.delay_ns)

    def begin(self) -> None:
        """A request begins."""
        self.in_flight += 1

    def end(self, now_ns: int | None) -> None:
        """A request has ended; without a time, it was never made."""
        self.in_flight -= 1
        self._ended_ns = self._ended_ns if now_ns is None else now_ns

    def push(self, key: int) -> None:
        """Queue what may be asked for as soon as its turn comes."""
        heappush(self.queue, key)

    def pop(self) -> int:
        """Take the lowest key out of the queue."""
        return heappop(self.queue)

    def hold(self, number: int, due_ns: int) -> None:
        """Keep a URL back until it is due."""
        heappush(self._later, (due_ns, number))

    def due(self, now_ns: int) -> list[int]:
        """The numbers of those that were held back and are due; they wait here no longer."""
        numbers = []
        while self._later and self._later[0][0] <= now_ns:
            numbers.append(heappop(self._later)[1])
        return numbers

    def heed_crawl_delay(self) -> str:
        """Slow down to the Crawl-delay of robots.txt, if it has one; a sentence, if it is cut to the limit."""
        robots = self.permission.robots
        asked_s = robots.delay_s(self._agent) if robots else None
        if asked_s is None or not asked_s > 0:
            return ""
        self.delay_ns = max(self.delay_ns, round(min(asked_s, CRAWL_DELAY_MOST_S) * 1e9))
        url, delay_s = Url(*self.origin, "/"), self.delay_ns / 1e9
        if asked_s <= max(CRAWL_DELAY_MOST_S, delay_s):
            return ""
        return f"{url} asks for {asked_s:,.0f} s between requests (Crawl-delay); this crawl waits {delay_s:,.0f} s."
