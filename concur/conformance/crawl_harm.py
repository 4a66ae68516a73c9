"""A crawler's promises 4 and 5: what a server that is stuck or does not end can do to it. Tier 1."""

from collections.abc import Iterator
from typing import Any

from concur.conformance.crawl_exact import ends, judged
from concur.conformance.crawler import CrawlSubject, order_of
from concur.conformance.results import Check
from concur.conformance.traps import ENDLESS, STUCK, Traps, trapping
from concur.web.graph import Web
from concur.web.oracle import expected
from concur.web.running import Running, running

MIB = 2**20
TIMEOUT_S = 2.0  # of a request; a crawl of the few pages below takes a small part of it
PAGES = 20
ENDLESS_TIMEOUT_S = 10.0
TAKEN_LIMIT_BYTES = 32 * MIB  # of one answer: the limit is 10 MiB, the kernel's buffers come on top
NOTICED_S = 2.0  # until a host has seen that a crawler is gone; it looks now and then
GROWTH_LIMIT_BYTES = 128 * MIB  # of the crawler; an answer is held once as it came and once put together
CONNECTIONS = 2


def stuck_delays_nobody(subject: CrawlSubject) -> Iterator[Check]:
    """Promise 4: a host that does not answer, or never to the end, delays no other, and ends by the time-out."""
    with trapping() as traps, running(Web(pages=PAGES)) as served, subject.start(_both(served, traps)) as crawler:
        did = f"had it crawl {PAGES} pages beside a host that is silent on one page and drips on another"
        yield ends(crawler.crawl(), did)
        yield judged(served, expected(served.addresses, retries=0), did)
        yield _meanwhile(served, traps)
        yield _failed(crawler.records(), traps, list(STUCK), f"looked at those pages, {TIMEOUT_S:g} s allowed")


def _both(served: Running, traps: Traps) -> dict[str, Any]:
    """To crawl a web and, from the beginning, the pages that hold whoever asks."""
    order = order_of(served, retries=0, timeout_s=TIMEOUT_S)
    stuck = [traps.base + path for path in STUCK]
    return order | {"seeds": [*stuck, *order["seeds"]], "origins": [*order["origins"], traps.origin]}


def _meanwhile(served: Running, traps: Traps) -> Check:
    """By one clock: the server's log and the traps both read the system's monotonic one."""
    traps.has_left.wait(NOTICED_S)
    last_ns = max(origin.last_ns for origin in served.log().origins.values())
    left_ns = traps.first_left_ns
    is_before = left_ns is not None and last_ns < left_ns
    when = "before" if is_before else "after"
    return Check(
        "looked when it asked for the last of the other host's pages",
        "before it gave the first stuck page up",
        f"{when} that" if left_ns else "it never gave one up",
        is_before,
    )


def _failed(records: list[dict[str, Any]], traps: Traps, paths: list[str], did: str) -> Check:
    """Each of these pages was asked for once, and is an error."""
    errors = {record["url"].removeprefix(traps.base): record["error"] for record in records}
    seen = "; ".join(f"{path}: {errors.get(path, 'not told of') or 'no error'}" for path in paths)
    asked = {path: traps.asked[path] for path in paths}
    is_well = all(errors.get(path) for path in paths) and set(asked.values()) == {1}
    return Check(
        did, "each was asked for once, and is an error", f"{seen}; asked {list(asked.values())} times", is_well
    )


def endless_ends(subject: CrawlSubject) -> Iterator[Check]:
    """Promise 5: bodies and headers without end, also compressed ones, end at their limits; so does memory."""
    with trapping() as traps:
        seeds = [traps.base + path for path in ENDLESS]
        order = {"seeds": seeds, "connections": CONNECTIONS, "retries": 0, "timeout_s": ENDLESS_TIMEOUT_S}
        with subject.start(order) as crawler:
            before = crawler.memory_bytes()
            ending = crawler.crawl_watched()
            did = "had it fetch pages without end: a body, one in chunks, one of gzip, headers"
            yield ends(ending, did)
            yield _grew(crawler.peak_bytes - before)
            yield _took(traps)
            yield _failed(crawler.records(), traps, list(ENDLESS), "read what it tells of those pages")


def _grew(growth_bytes: int) -> Check:
    limit = f"it grows by less than {GROWTH_LIMIT_BYTES // MIB} MiB"
    seen = f"it grew by {max(0, growth_bytes) / MIB:.0f} MiB"
    return Check("looked at its memory meanwhile", limit, seen, growth_bytes < GROWTH_LIMIT_BYTES)


def _took(traps: Traps) -> Check:
    most = max(traps.given_bytes.values(), default=0)
    expected = f"less than {TAKEN_LIMIT_BYTES // MIB} MiB of each, the kernel's buffers counted"
    return Check("counted what it took", expected, f"{most / MIB:.0f} MiB of one", most < TAKEN_LIMIT_BYTES)
