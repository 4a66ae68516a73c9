"""What every model's crawler shares, so that they differ in nothing but how they wait. Tier 0.

A model is a module with `crawl(crawl, stop)`: it takes jobs, fetches them at the
same time, as its way is, settles each, and returns when nothing is left, or when
the stop is requested and what was under way has ended. Parsing happens where it fetches.

What must not live here: sockets, and waiting.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime

from concur.crawl.addresses import Addresses
from concur.crawl.frontier import Failed, Fetched, Frontier, Job, Record, RobotsFetched
from concur.wire import faults
from concur.wire.faults import UrlError, WireError
from concur.wire.http import Limits, Response
from concur.wire.links import extract, resolve
from concur.wire.robots import Robots
from concur.wire.urls import Url, canonical

TIMEOUT_S = 30.0  # of a request, from its beginning to its answer's end
HTML = frozenset(("text/html", "application/xhtml+xml"))
# To ask again would bring the same. What was cut short, or never came, may come the next time.
_MAY_PASS = frozenset((faults.TRUNCATED, faults.NO_ANSWER))
_TOO_MANY_REQUESTS = 429

Outcome = Fetched | Failed | RobotsFetched


class Crawl:
    """One crawl as a model sees it. `take`, `wait_s` and `settle` are for one thread at a time; `outcome` is for any.

    on_record is called with what became of each URL, once that is known.
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
    ) -> None:
        self.frontier, self.plan = frontier, frontier.plan
        self.parser, self.limits, self.timeout_s = parser, limits or Limits(), timeout_s
        self.addresses = Addresses((seed.host for seed in self.plan.seeds), allow_private=allow_private)
        self._on_record = on_record

    # What is next

    def take(self) -> Job | None:
        """A job that may begin now; None if none may."""
        return self.frontier.take(time.monotonic_ns())

    def wait_s(self) -> float | None:
        """After how long `take` may have one though nothing ends before; None: only an end can help."""
        now_ns = time.monotonic_ns()
        due_ns = self.frontier.next_due_ns(now_ns)
        return None if due_ns is None else max(0, due_ns - now_ns) / 1e9

    @property
    def is_done(self) -> bool:
        """Whether nothing is under way, and nothing left."""
        return self.frontier.is_done

    # What came of it

    def settle(self, job: Job, outcome: Outcome) -> None:
        """A job has ended like that."""
        record = self.frontier.settle(job, outcome, time.monotonic_ns())
        if record and self._on_record:
            self._on_record(record)

    def abandon(self, job: Job) -> None:
        """A job was not carried out, since the crawl stops: it is there again when that is resumed."""
        self.frontier.abandon(job)

    def outcome(self, job: Job, response: Response) -> Outcome:
        """What a whole response means."""
        status = response.status
        if job.is_robots and (200 <= status < 300 or (400 <= status < 500 and status != _TOO_MANY_REQUESTS)):
            return RobotsFetched(Robots.of(status, response.body))
        location = _location(response, job.url) if 300 <= status < 400 else None
        return Fetched(status, self._links(job, response), location, response.retry_after_s(datetime.now(UTC)))

    def _links(self, job: Job, response: Response) -> list[Url]:
        if job.is_robots or response.status != 200 or response.content_type not in HTML:
            return []
        return resolve(extract(response.body, response.charset, self.parser), job.url)


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
    return Failed((error.strerror or str(error) or type(error).__name__).lower(), is_final=False)
