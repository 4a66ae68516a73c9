"""What every model's crawler shares, so that they differ in nothing but how they wait. Tier 0.

A model is a module with `crawl(crawl, stop)`: it takes jobs, fetches them at the
same time, as its way is, settles each, and returns when nothing is left, or when
the stop is requested and what was under way has ended. Parsing happens where it fetches.

What must not live here: sockets, and waiting.
"""

import hashlib
import os
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

from concur.crawl.addresses import Addresses
from concur.crawl.frontier import Failed, Fetched, Frontier, Job, Plan, Record, RobotsFetched, Seen
from concur.echo.stop import Stop
from concur.wire import faults
from concur.wire.faults import UrlError, WireError
from concur.wire.http import Connection, Limits, Response
from concur.wire.links import Page, extract, resolve
from concur.wire.robots import Robots
from concur.wire.secured import Secured
from concur.wire.urls import Url, canonical

TIMEOUT_S = 30.0  # of a request, from its beginning to its answer's end
HTML = frozenset(("text/html", "application/xhtml+xml"))
# To ask again would bring the same. What was cut short, or never came, may come the next time.
_MAY_PASS = frozenset((faults.TRUNCATED, faults.NO_ANSWER))
_TOO_MANY_REQUESTS = 429
NO_PAGE = Page((), None, "")

Outcome = Fetched | Failed | RobotsFetched


class Crawl:
    """One crawl as a model sees it. `take`, `wait_s` and `settle` are for one thread at a time; `outcome` is for any.

    on_record is called with what became of each URL, once that is known; is_detailed: with a digest of its body.
    """

    def __init__(
        self,
        frontier: Frontier,
        *,
        parser: str = "html.parser",
        limits: Limits | None = None,
        timeout_s: float = TIMEOUT_S,
        allow_private: bool = False,
        on_record: Callable[[Record], object] | None = None,
        is_detailed: bool = False,
    ) -> None:
        self.frontier, self.plan = frontier, frontier.plan
        self.parser, self.limits, self.timeout_s = parser, limits or Limits(), timeout_s
        self.allow_private, self.is_detailed = allow_private, is_detailed
        self.addresses = Addresses((seed.host for seed in self.plan.seeds), allow_private=allow_private)
        self._on_record = on_record
        self._tls: ssl.SSLContext | None = None  # made once: it reads the system's certificates
        self.in_flight = self.most_in_flight = 0  # jobs that were taken, and have not ended
        self.error: Exception | None = None  # why what came can be taken in no more: what is under way still ends

    # What is next

    def take(self) -> Job | None:
        """A job that may begin now; None if none may."""
        job = None if self.error else self.frontier.take(time.monotonic_ns())
        if job:
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
        return job

    def wait_s(self) -> float | None:
        """After how long `take` may have one though nothing ends before; None: only an end can help."""
        now_ns = time.monotonic_ns()
        due_ns = None if self.error else self.frontier.next_due_ns(now_ns)
        return None if due_ns is None else max(0, due_ns - now_ns) / 1e9

    @property
    def is_done(self) -> bool:
        """Whether nothing is under way, and nothing left; or nothing else is to begin, since it cannot go on."""
        return self.error is not None or self.frontier.is_done

    # Fetching

    def connection(self, url: Url) -> Connection:
        """What is said on a new connection to a URL's host: HTTP, within TLS where its scheme says so."""
        if url.scheme != "https":
            return Connection(self.limits)
        self._tls = self._tls or ssl.create_default_context()
        return Secured(url.host, self._tls, self.limits)

    def __reduce__(self) -> tuple[Any, ...]:
        """As another process or interpreter gets it, to fetch there: its frontier is one that nobody uses."""
        named = {"allow_private": self.allow_private, "is_detailed": self.is_detailed}
        return _elsewhere, (
            self.plan,
            {"parser": self.parser, "limits": self.limits, "timeout_s": self.timeout_s} | named,
        )

    # What came of it

    def settle(self, job: Job, outcome: Outcome) -> None:
        """A job has ended like that."""
        if self.error:
            self.abandon(job)
            return
        self.in_flight -= 1
        try:
            record = self.frontier.settle(job, outcome, time.monotonic_ns())
            if record and self._on_record:
                self._on_record(record)
        except Exception as error:  # a full disk, a reader who has gone: the model ends, and `run` raises it
            self.error = error

    def abandon(self, job: Job) -> None:
        """A job was not carried out, since the crawl stops: it is there again when that is resumed."""
        self.in_flight -= 1
        self.frontier.abandon(job)

    def outcome(self, job: Job, response: Response) -> Outcome:
        """What a whole response means."""
        status = response.status
        if job.is_robots and (200 <= status < 300 or (400 <= status < 500 and status != _TOO_MANY_REQUESTS)):
            return RobotsFetched(Robots.of(status, response.body))
        location = _location(response, job.url) if 300 <= status < 400 else None
        page = self._page(job, response)
        links = resolve(page, job.url) if page.links else []
        seen = Seen(len(response.body), page.title, self._digest(response))
        return Fetched(status, links, location, response.retry_after_s(datetime.now(UTC)), seen)

    def _page(self, job: Job, response: Response) -> Page:
        if job.is_robots or response.status != 200 or response.content_type not in HTML:
            return NO_PAGE
        return extract(response.body, response.charset, self.parser)

    def _digest(self, response: Response) -> str:
        if not self.is_detailed or response.status != 200:
            return ""
        return hashlib.blake2b(response.body, digest_size=8).hexdigest()


def run(model: ModuleType, crawl: Crawl, stop: Stop) -> None:
    """Have a model crawl. Raises, at its end, what kept it from going on."""
    model.crawl(crawl, stop)
    if crawl.error:
        raise crawl.error


def _elsewhere(plan: Plan, named: dict[str, Any]) -> Crawl:
    return Crawl(Frontier(plan), **named)


def _location(response: Response, at: Url) -> Url | None:
    if response.location is None:
        return None
    try:
        return canonical(response.location, at)
    except UrlError:
        return None


def failure(error: WireError | OSError) -> Failed:
    """What an error of a request means: whether to ask again, and why there is no answer."""
    if isinstance(error, WireError):
        return Failed(error.kind, is_final=error.kind not in _MAY_PASS)
    if isinstance(error, TimeoutError):
        return Failed("timed out", is_final=False)
    said = os.strerror(error.errno) if error.errno else str(error) or type(error).__name__
    return Failed(said.lower(), is_final=False)
