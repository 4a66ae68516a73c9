"""A crawler's promises 1 to 3: the right pages, politely, within limits; by the log of the web's own server. Tier 1.

What must not live here: what is right (`web/oracle.py` and `web/judging.py` know that).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from concur.conformance.crawler import CrawlSubject, order_of
from concur.conformance.process import Ending
from concur.conformance.results import Check
from concur.web import faults, judging
from concur.web.graph import Web
from concur.web.oracle import Expected, expected
from concur.web.running import Running, running

PATIENCE_S_PER_PAGE = 0.3  # of a web's, beside: PyPy as `processes` takes a fifth of it, its JIT cold in each fork
HTTP_OK = 200
PER_ORIGIN = 4  # connections
FEW = 2
DELAY_S = 0.1
POLITE_PAGES = 10  # each of which costs a delay
ATTEMPTS = 3
DEPTH = 3
ENOUGH_PAGES = 30
COMPLAINTS = 3  # as many are said


def right_pages(subject: CrawlSubject) -> Iterator[Check]:
    """Promise 1: exactly the oracle's set on hostile webs, nothing forbidden, nothing beyond the allowed retries."""
    for seed in subject.seeds:
        with running(Web(seed=seed, pages=subject.pages, faults="all")) as served:
            yield from exactly(subject, served, f"the hostile web of {subject.pages:,} pages, seed {seed}")


def exactly(subject: CrawlSubject, served: Running, web: str, *, leaves_nothing: bool = False) -> Iterator[Check]:
    """It crawls this web as it should, and leaves nothing behind where that is asked.

    Connections are not counted here: an answer that is malformed or too large is
    left in the middle, and the server may hear of the next connection sooner than of that one's end.
    """
    with subject.start(order_of(served)) as crawler:
        crawler.patience_s += PATIENCE_S_PER_PAGE * subject.pages
        ending = crawler.crawl()
        yield ends(ending, f"had it crawl {web}")
        answer = expected(served.addresses)
        yield judged(served, answer, "read the log of the server")
        statuses = {record["url"]: record["status"] for record in crawler.records()}
        yield same_set(answer, set(statuses))
        yield _passed(served, statuses)
        if leaves_nothing:
            yield reports_nothing_left(ending, "had it say what it leaves behind")


def _passed(served: Running, statuses: dict[str, int]) -> Check:
    """What fails once is asked for again: pages that nothing hangs on, too, of which the log alone would not tell."""
    web, url = served.addresses.web, served.addresses.url
    passing = [url(number) for number in range(web.pages) if web.kind(number) and _passes(web.fault(number))]
    failed = [each for each in passing if statuses.get(each) != HTTP_OK]
    seen = f"{len(failed):,} are errors, such as {failed[0]}" if failed else f"all {len(passing):,} are there"
    return Check("read of the pages that fail at first", "each is there in the end", seen, not failed)


def _passes(name: str) -> bool:
    return faults.fault(name).end == faults.PASSES


def polite(subject: CrawlSubject) -> Iterator[Check]:
    """Promise 2: the delay and the number of connections of each host are kept, by all requests together."""
    order = {"connections_per_origin": PER_ORIGIN, "delay_s": DELAY_S}
    did = f"had it crawl with {DELAY_S * 1e3:g} ms between two requests to a host"
    yield _spaced(subject, Web(pages=POLITE_PAGES), did, **order)
    did = f"had it crawl where robots.txt says Crawl-delay: {DELAY_S:g}"
    yield _spaced(subject, Web(pages=POLITE_PAGES, crawl_delay_s=DELAY_S), did)
    web = Web(pages=ENOUGH_PAGES, hosts=2, latency="constant:10ms")
    with crawled(subject, web, connections_per_origin=FEW) as (served, ending):
        did = f"had it crawl two hosts with {FEW} connections to each"
        yield ends(ending, did)
        yield judged(served, expected(served.addresses), did, connections=FEW)


def _spaced(subject: CrawlSubject, web: Web, did: str, **order: Any) -> Check:
    """It is looked at again if need be: a busy machine holds a request up now and then, but haste is there always."""
    for _ in range(ATTEMPTS):
        with crawled(subject, web, **order) as (served, ending):
            if not (check := ends(ending, did)).ok:
                break
            check = judged(served, expected(served.addresses), did, delay_s=order.get("delay_s"))
        if check.ok:
            break
    return check


def within_limits(subject: CrawlSubject) -> Iterator[Check]:
    """Promise 3: the greatest depth, by the shortest path, and the number of pages are kept."""
    web = Web(pages=4 * ENOUGH_PAGES, faults="endless", hosts=2)
    with crawled(subject, web, max_depth=DEPTH) as (served, ending):
        did = f"had it crawl a calendar without end to the depth of {DEPTH}"
        yield ends(ending, did)
        yield judged(served, expected(served.addresses, max_depth=DEPTH), did)
    with crawled(subject, Web(pages=4 * ENOUGH_PAGES), max_pages=ENOUGH_PAGES) as (served, ending):
        did = f"had it crawl {ENOUGH_PAGES} pages of {web.pages}"
        yield ends(ending, did)
        yield judged(served, expected(served.addresses), did, max_pages=ENOUGH_PAGES)


@contextmanager
def crawled(subject: CrawlSubject, web: Web, **order: Any) -> Iterator[tuple[Running, Ending]]:
    """A web, and how the crawl of it has ended."""
    with running(web) as served, subject.start(order_of(served, **order)) as crawler:
        yield served, crawler.crawl()


def ends(ending: Ending, did: str) -> Check:
    """It says that it has come to the end, and exits."""
    seen = ending.words + (", without a report" if ending.status == 0 and not ending.report else "")
    is_well = ending.status == 0 and bool(ending.report)
    return Check(did, "it comes to the end, and exits with status 0", seen, is_well)


def reports_nothing_left(ending: Ending, did: str) -> Check:
    """It has counted, and there is nothing."""
    left = {name: count for name, count in ending.report.get("left", {}).items() if count}
    seen = ", ".join(f"{count} {name}" for name, count in left.items()) or "nothing"
    is_told = "left" in ending.report
    return Check(did, "nothing", seen if is_told else f"it does not say; {ending.words}", is_told and not left)


def judged(served: Running, answer: Expected, did: str, **rules: Any) -> Check:
    """The server's log is that of a correct crawl; rules is what `judging.check` takes."""
    log = served.log()
    complaints = judging.check(log, answer, **rules)
    seen = "; ".join(complaints[:COMPLAINTS]) or f"just that, in {log.requests:,} requests"
    more = f"; and {len(complaints) - COMPLAINTS:,} more" if len(complaints) > COMPLAINTS else ""
    return Check(did, "what a correct crawl asks for, and no more", seen + more, not complaints)


def same_set(answer: Expected, told: set[str]) -> Check:
    """It tells of the pages that a correct crawl asks for, and of no others."""
    lacking, beyond = sorted(answer.pages - told), sorted(told - answer.pages)
    words = [f"it leaves out {len(lacking):,}, such as {lacking[0]}"] if lacking else []
    words += [f"it tells of {len(beyond):,} more, such as {beyond[0]}"] if beyond else []
    seen = "; ".join(words) or f"all {len(told):,}"
    return Check("read what it tells of each page", "each page of the web once crawled, and no other", seen, not words)
