"""A crawler's promises 6 to 9: how it stops, what it leaves, what is resumed, and what cannot start. Tier 1."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from concur import catalog
from concur.conformance.crawl_exact import HTTP_OK, PER_ORIGIN, ends, reports_nothing_left, same_set
from concur.conformance.crawler import START_S, Crawler, CrawlSubject, order_of
from concur.conformance.process import Ending
from concur.conformance.results import Check
from concur.conformance.starting import REFUSED
from concur.web.graph import Web
from concur.web.log import Log
from concur.web.oracle import expected
from concur.web.running import Running, running

LOOK_S = 0.01  # between two looks at a log
MANY = Web(pages=2000, latency="constant:50ms")  # more than are asked for before the stop
BEFORE_STOP = 8  # requests
LONG = Web(pages=20, latency="constant:30s")
SHORT_GRACE_S = 0.3
FAULTY = Web(pages=60, faults="redirect,not_found,truncated_once,malformed,last_said,last_unsaid,reset_once,spellings")
SAVED = Web(pages=120, links=1, latency="constant:20ms")  # a tree: what hangs on a lost page is lost
SAVED_BEFORE_STOP = 10
ROBOTS = "/robots.txt"
NO_MODEL = "nobody"


def stops(subject: CrawlSubject) -> Iterator[Check]:
    """Promise 6: at SIGTERM nothing new is asked for, what is under way ends, the rest is forced, and it exits 0."""
    order = {"connections_per_origin": PER_ORIGIN, "connections": PER_ORIGIN}
    with running(MANY) as served, subject.start(order_of(served, **order)) as crawler:
        crawler.begin()
        _await(served, crawler, lambda log: log.requests >= BEFORE_STOP)
        with crawler.paused():
            crawler.ask_to_stop()
            before = served.log()
        ending = crawler.ending()
        did = "had it crawl, and sent SIGTERM"
        yield ends(ending, did)
        yield _asks_no_more(before, served.log())
        yield _tells_of_all(served, crawler)
    with _forced(subject) as ending:
        yield ends(ending, f"sent SIGTERM while an answer takes 30 s; the grace period is {SHORT_GRACE_S:g} s")


@contextmanager
def _forced(subject: CrawlSubject) -> Iterator[Ending]:
    """How it ends where it is told to stop, and what is under way takes longer than it has."""
    with running(LONG) as served, subject.start(order_of(served), grace_s=SHORT_GRACE_S) as crawler:
        crawler.begin()
        _await(served, crawler, lambda log: any("/" in origin.times for origin in log.origins.values()))
        crawler.ask_to_stop()
        yield crawler.ending()


def _await(served: Running, crawler: Crawler, is_it: Callable[[Log], bool]) -> None:
    """Until the log is so, the crawler ends, or nobody can wait any longer."""
    ends_at = time.monotonic() + crawler.patience_s
    while time.monotonic() < ends_at and crawler.is_alive and not is_it(served.log()):
        time.sleep(LOOK_S)


def _asks_no_more(before: Log, after: Log) -> Check:
    """What was taken from the frontier when it was paused may be on its way yet, so many may follow."""
    more = after.requests - before.requests
    expected_words = f"no more than the {PER_ORIGIN} that may have been under way"
    return Check("counted the requests after that", expected_words, f"{more:,} more", more <= PER_ORIGIN)


def _tells_of_all(served: Running, crawler: Crawler) -> Check:
    asked = _times(served.log())
    answered = {record["url"] for record in crawler.records() if record["status"] == HTTP_OK}
    lacking = len(asked.keys() - answered)
    seen = f"it tells of all {len(asked):,}" if not lacking else f"of {lacking:,} of {len(asked):,} it does not"
    did, words = "read what it tells of the pages that were under way", "each that it asked for has come"
    return Check(did, words, seen, not lacking and bool(asked))


def _times(log: Log) -> dict[str, int]:
    """How often each URL was asked for, robots.txt left out."""
    return {
        base + path: times
        for base, origin in log.origins.items()
        for path, times in origin.times.items()
        if path != ROBOTS
    }


def leaves_nothing(subject: CrawlSubject) -> Iterator[Check]:
    """Promise 7: no thread, child or descriptor is left of a crawl, and no process of its group after its end."""
    with running(FAULTY) as served, subject.start(order_of(served)) as crawler:
        crawler.begin()
        ending = crawler.end()
        yield ends(ending, "had it crawl a web with faults")
        yield reports_nothing_left(ending, "had it say what it leaves behind")
        left = crawler.group_left()
        yield Check("looked for processes of its group", "none", f"{left}" if left else "none", not left)
        said = crawler.complaints()
        seen = f"it wrote: {said.splitlines()[-1]}" if said else "nothing"
        yield Check("looked at its standard error", "nothing", seen, not said)
    with _forced(subject) as ending:
        yield reports_nothing_left(ending, "forced it to end, and had it say what it leaves behind")


def resumes(subject: CrawlSubject) -> Iterator[Check]:
    """Promise 8: a crawl that was stopped and is resumed loses no page, and asks for none of them twice."""
    with tempfile.TemporaryDirectory() as folder, running(SAVED) as served:
        saved, order = Path(folder, "journal"), order_of(served, connections_per_origin=PER_ORIGIN)
        with subject.start(order, saved=saved) as crawler:
            crawler.begin()
            _await(served, crawler, lambda log: log.requests >= SAVED_BEFORE_STOP)
            crawler.ask_to_stop()
            ending = crawler.ending()
            told = [record["url"] for record in crawler.records()]
        yield _stopped_early(ending, len(told))
        with subject.start(order, saved=saved) as crawler:
            yield ends(crawler.crawl(), "resumed it")
            told += [record["url"] for record in crawler.records()]
        yield same_set(expected(served.addresses), set(told))
        twice = [url for url, times in _times(served.log()).items() if times > 1]
        seen = f"{len(twice)} are, such as {twice[0]}" if twice else "none is"
        yield Check("read the log of the server", "no page is asked for twice", seen, not twice)


def _stopped_early(ending: Ending, told: int) -> Check:
    did = f"had it crawl {SAVED.pages} pages, saved as it goes, and sent SIGTERM"
    seen = f"{ending.words}, having told of {told}"
    return Check(did, "it stops early, with status 0", seen, ending.status == 0 and told < SAVED.pages)


def refuses_in_one_line(subject: CrawlSubject) -> Iterator[Check]:
    """Promise 9: an order that makes no sense, or a library missing: one line that says so, and status 2."""
    yield _refuses(subject, "told it to crawl from no page at all", {"seeds": []})
    if subject.row:
        yield _refuses(subject, f"started a model {NO_MODEL}, which there is not", {}, model=NO_MODEL)
        for needs in filter(None, (subject.row.needs, catalog.SERVICE_NEEDS["crawl"])):
            yield _refuses(subject, f"started it where {' and '.join(needs)} cannot be imported", {}, without=needs)


def _refuses(subject: CrawlSubject, did: str, order: dict[str, Any], **how: Any) -> Check:
    with subject.spawn(order, **how) as crawler:
        status = crawler.await_exit(START_S)
        lines = crawler.complaints().splitlines()
    said = f"{len(lines)} line{'s' * (len(lines) != 1)}{f', the last: {lines[-1]}' if lines else ''}"
    seen = f"{said}; {'it was running still' if status is None else f'status {status}'}"
    return Check(
        did, f"one line on standard error, and exit status {REFUSED}", seen, len(lines) == 1 and status == REFUSED
    )
