"""What the frontier hands out, and what it is told came of it. Tier 0; pure data.

A model takes a Job, fetches its URL, and settles the job with one outcome:
Fetched, Failed, or, for a job that asks for robots.txt, RobotsFetched.
What must not live here: what follows from an outcome (`retries.py`, `frontier.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from concur.wire.robots import Robots
from concur.wire.urls import Url

REDIRECTS = frozenset((301, 302, 303, 307, 308))  # RFC 9110, 15.4: those whose Location is to be followed
MOST_REDIRECTS = 10  # in a chain; RFC 9110 wants loops noticed, browsers end at 20
TOO_MANY_REDIRECTS = "too many redirects"


class Job(NamedTuple):
    """One request that may begin now. attempt counts from 1; chain is the redirects that led here.

    begun_ns is when it was taken, by the clock of who took it.
    """

    url: Url
    depth: int
    referrer: Url | None
    attempt: int
    is_robots: bool
    chain: int
    begun_ns: int = 0


class Seen(NamedTuple):
    """What a report about a site says of a page; nothing follows from it. digest tells equal bodies, in hex."""

    size_bytes: int = 0
    title: str = ""
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A whole response came, of whatever status.

    links are a page's links as canonical URLs, in order, out of scope or not;
    location is the canonical target of a redirect, None where there is none or
    where it is no http(s) URL. For robots.txt: any answer but 2xx and 4xx, and
    also 429.
    """

    status: int
    links: Sequence[Url] = ()
    location: Url | None = None
    retry_after_s: float | None = None
    seen: Seen = field(default=Seen(), compare=False)


@dataclass(frozen=True, slots=True)
class Failed:
    """No whole response came. kind says why, in a few words; is_final: asking again would not help."""

    kind: str
    is_final: bool


@dataclass(frozen=True, slots=True)
class RobotsFetched:
    """What robots.txt says: of a 2xx, or of a 4xx other than 429. All else is Fetched or Failed, as of a page."""

    robots: Robots


class Record(NamedTuple):
    """What became of one URL, for the export, once it will not be asked for again.

    status is that of the last answer, 0 where none was whole; depth is the
    shortest known by then; attempt is how many times it was asked for; error is
    empty where the answer was one, also a 404. duration_ns is from the beginning
    of its last request to the end of parsing; location is where a redirect leads.
    """

    url: Url
    status: int
    depth: int
    referrer: Url | None
    attempt: int
    error: str
    duration_ns: int = 0
    seen: Seen = Seen()
    location: str = ""
