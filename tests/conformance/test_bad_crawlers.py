"""Each promise of a crawler is broken by some crawler: this is what makes the checks worth something."""

import re
from pathlib import Path

import pytest

from concur.bench.plan import Target
from concur.conformance.crawler import CrawlSubject
from concur.conformance.crawling import PROMISES, check_crawl, check_promise
from concur.conformance.results import BROKEN, KEPT
from concur.interpreters.find import current

CRAWLERS = Path(__file__).parent / "crawlers"
PATIENCE_S = 6.0  # more than any of these needs, but for those that hang

# The crawler, the promise that it breaks, and what is seen of it.
BAD = [
    ("asks_twice", 1, "was asked for 2 times, 1 is allowed"),
    ("ignores_robots", 1, "was asked for, but is forbidden by robots.txt"),
    ("loses_links", 1, "was never asked for"),
    ("gives_up_at_once", 1, r"\d+ are errors, such as http"),
    ("ignores_delay", 2, "ms apart"),
    ("hoards_connections", 2, r"had \d+ connections at once, 2 are allowed"),
    ("goes_deeper", 3, "was asked for, but"),
    ("counts_no_pages", 3, "120 pages were asked for, with a limit of 30 it is to be 30"),
    ("one_at_a_time", 4, "^after that$"),
    ("times_each_read", 4, "it was crawling still"),
    ("takes_all", 5, r"it grew by \d{3,} MiB"),
    ("ignores_sigterm", 6, "it was running still, 7 s after SIGTERM"),
    ("cuts_off_at_once", 6, "^it exited with status 0, without a report"),
    ("throws_away_what_comes", 6, r"^of \d of \d+ it does not"),
    ("never_forces", 6, "it was running still, 2.3 s after SIGTERM"),
    ("leaves_a_thread", 7, "^1 threads"),
    ("leaves_a_child", 7, "^1 children"),
    ("leaves_a_descriptor", 7, "^2 descriptors"),
    ("complains", 7, "it wrote: all done"),
    ("dies", 7, "it exited with status 1, and said: ZeroDivisionError: of no use"),
    ("loses_what_was_under_way", 8, "it leaves out"),
]


def own(name: str) -> Target:
    return Target(kind="own", name=str(CRAWLERS / f"{name}.py"), interpreter=current())


@pytest.mark.long
@pytest.mark.timeout(40)
@pytest.mark.parametrize(("crawler", "promise", "seen"), BAD, ids=[crawler for crawler, *_ in BAD])
def test_a_crawler_that_breaks_a_promise_is_found_out(crawler: str, promise: int, seen: str) -> None:
    finding = check_promise(CrawlSubject(own(crawler), patience_s=PATIENCE_S), promise)
    assert finding.verdict == BROKEN, finding.checks
    *kept, broken = finding.checks
    assert all(check.ok for check in kept)
    assert not broken.ok
    assert re.search(seen, broken.seen)


@pytest.mark.long
@pytest.mark.timeout(60)
def test_a_crawler_that_breaks_none_is_let_alone() -> None:
    found = check_crawl(own("right"))
    assert {finding.promise: finding.verdict for finding in found} == dict.fromkeys(PROMISES, KEPT)


def test_a_crawler_that_does_not_start_breaks_all_and_says_why() -> None:
    found = check_crawl(own("nowhere"), [1, 2])
    assert [finding.verdict for finding in found] == [BROKEN, BROKEN]
    assert "there is no file" in found[0].checks[0].seen
