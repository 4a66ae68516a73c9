"""What a crawl found out about a site: what is broken, slow, led astray, or there twice. Tier 2; pure.

What must not live here: how it is drawn (`site_table.py`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import numpy as np

from concur.crawl.frontier import Record
from concur.crawl.jobs import REDIRECTS

SLOWEST = 5
NO_ANSWER = "no answer"


class Broken(msgspec.Struct, frozen=True):
    """A URL that gives no page, and where it is linked from, first."""

    url: str
    status: int
    error: str
    referrer: str | None


class Slow(msgspec.Struct, frozen=True):
    """A page and how long it took."""

    url: str
    ms: float


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """What the records of a crawl say. Chains are of URLs, the last where they lead; duplicates of equal bodies."""

    urls: int
    statuses: dict[str, int]
    bytes: int
    depth: int
    took_s: float
    median_ms: float | None
    p90_ms: float | None
    broken: list[Broken]
    slow: list[Slow]
    redirect_chains: list[list[str]]
    duplicates: list[list[str]]
    forbidden: int
    notes: list[str]
    is_complete: bool

    def as_json(self) -> dict[str, Any]:
        """In JSON's types."""
        built: dict[str, Any] = msgspec.to_builtins(self)
        return built


def site(
    records: Sequence[Record], *, took_s: float, forbidden: int = 0, notes: Sequence[str] = (), is_complete: bool = True
) -> Site:
    """The report of these records; took_s is of the crawl, forbidden how many URLs robots.txt kept it from."""
    pages = [record for record in records if record.status == 200 and not record.error]
    times = [record.duration_ns / 1e6 for record in pages]
    slowest = sorted(pages, key=lambda record: -record.duration_ns)[:SLOWEST]
    return Site(
        urls=len(records),
        statuses=dict(sorted(Counter(_status(record) for record in records).items())),
        bytes=sum(record.seen.size_bytes for record in records),
        depth=max((record.depth for record in records), default=0),
        took_s=took_s,
        median_ms=float(np.median(times)) if times else None,
        p90_ms=float(np.percentile(times, 90)) if times else None,
        broken=[_broken(record) for record in records if record.status >= 400 or record.error],
        slow=[Slow(str(record.url), record.duration_ns / 1e6) for record in slowest],
        redirect_chains=chains(records),
        duplicates=duplicates(pages),
        forbidden=forbidden,
        notes=list(notes),
        is_complete=is_complete,
    )


def _status(record: Record) -> str:
    return str(record.status) if record.status else NO_ANSWER


def _broken(record: Record) -> Broken:
    referrer = None if record.referrer is None else str(record.referrer)
    return Broken(str(record.url), record.status, record.error, referrer)


def chains(records: Iterable[Record]) -> list[list[str]]:
    """Redirects that lead to redirects, each from where nothing redirects to; a loop is shown once around."""
    leads = {str(record.url): record.location for record in records if record.status in REDIRECTS and record.location}
    heads = [url for url in leads if url not in set(leads.values())] + list(leads)  # then those of loops alone
    found: list[list[str]] = []
    seen: set[str] = set()
    for url in heads:
        chain = [url]
        while url in leads and url not in seen:
            seen.add(url)
            url = leads[url]
            chain.append(url)
        if len(chain) > 2:
            found.append(chain)
    return found


def duplicates(pages: Iterable[Record]) -> list[list[str]]:
    """The URLs of pages with the same body, an empty one excepted."""
    groups: dict[str, list[str]] = defaultdict(list)
    for record in pages:
        if record.seen.digest and record.seen.size_bytes:
            groups[record.seen.digest].append(str(record.url))
    return [group for group in groups.values() if len(group) > 1]
