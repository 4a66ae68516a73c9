from collections.abc import Callable

import pytest

from concur.web import log as logs
from concur.web.addresses import Addresses
from concur.web.graph import Web
from concur.web.judging import LISTED, check, missing, over_fetched
from concur.web.log import Log
from concur.web.oracle import Expected, expected

BASE = "http://127.0.0.1:8000"
MS = 1_000_000
At8000 = Callable[[Web], Addresses]


@pytest.fixture
def told(at_8000: At8000) -> Expected:
    return expected(at_8000(Web(pages=30)))


def crawl(told: Expected, *more: str, gap_ns: int = 100 * MS, without: str = "") -> Log:
    """The log of a crawl that asks for everything once, in order, and for some more."""
    log = logs.of(told.addresses.bases)
    for base in told.addresses.bases:
        log.connected(base)
    urls = [*told.robots, *told, *more]
    for number, url in enumerate(url for url in urls if url != without):
        located = told.addresses.locate(url)
        host, path = located or (0, "")
        base = told.addresses.bases[host] if located else url
        log.arrived(base, path, (number + 1) * gap_ns)
        log.answered(base)
    return log


def test_a_correct_crawl_has_nothing_to_complain_of(told: Expected) -> None:
    log = crawl(told)
    assert check(log, told) == []
    assert (missing(log, told), over_fetched(log, told)) == (0, 0)


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ([f"{BASE}/p/17"] * 3, "/p/17 was asked for 4 times, 1 is allowed"),
        ([f"{BASE}/private/3"], "/private/3 was asked for, but is forbidden by robots.txt"),
        ([f"{BASE}/p/31"], "/p/31 was asked for, but is no URL of this web in its canonical form"),
        (["http://localhost:8000"], "http://localhost:8000 was asked for, but is out of scope"),
        ([f"{BASE}/robots.txt"], "/robots.txt was asked for 2 times, 1 is allowed"),
    ],
)
def test_what_was_asked_beyond_the_right_is_said(told: Expected, more: list[str], complaint: str) -> None:
    log = crawl(told, *more)
    assert check(log, told) == [complaint]
    assert over_fetched(log, told) == len(more)


def test_what_was_never_asked_for_is_said_but_of_a_crawl_in_part(told: Expected) -> None:
    log = crawl(told, without=f"{BASE}/p/9")
    assert check(log, told) == ["page /p/9 was never asked for"]
    assert missing(log, told) == 1
    assert check(log, told, in_part=True) == []


def test_a_crawl_with_a_limit_asks_for_as_many_pages_as_that(at_8000: At8000) -> None:
    told = expected(at_8000(Web(pages=100, faults="redirect=50%,redirect_chain=10%,redirect_loop=10%")))
    log = crawl(told)
    pages = [url for url in told if not told.is_redirect(url)]
    assert told.counted == len(pages) < len(told)
    assert check(log, told, max_pages=1000) == check(log, told, max_pages=len(pages)) == []
    words = f"{len(pages)} pages were asked for, with a limit of 50 it is to be 50"
    assert check(log, told, max_pages=50) == [words]
    del log.origins[BASE].times["/"]
    assert check(log, told, max_pages=1000) == [
        f"{len(pages) - 1} pages were asked for, with a limit of 1,000 it is to be {len(pages)}"
    ]


def test_robots_txt_is_to_be_the_first(told: Expected) -> None:
    assert check(crawl(told, without=f"{BASE}/robots.txt"), told) == [f"{BASE}/robots.txt was never asked for"]
    late = crawl(told)
    late.origins[BASE].began = "/"
    assert check(late, told) == ["/ was asked for before /robots.txt"]


def test_requests_too_close_together_are_said(told: Expected) -> None:
    log = crawl(told, gap_ns=3 * MS)
    assert check(log, told, delay_s=0.1) == [f"requests of one host came 3 ms apart, 100 ms are asked: {BASE}"]
    in_the_mean = f"requests of one host came 80 ms apart in the mean, 100 ms are asked: {BASE}"
    assert check(crawl(told, gap_ns=80 * MS), told, delay_s=0.1) == [in_the_mean]
    assert check(crawl(told, gap_ns=100 * MS), told, delay_s=0.1) == []


def test_robots_txt_asks_for_a_delay_too(at_8000: At8000) -> None:
    told = expected(at_8000(Web(pages=30, crawl_delay_s=1.0)))
    assert check(crawl(told), told) == [f"requests of one host came 100 ms apart, 1,000 ms are asked: {BASE}"]


def test_each_origin_is_judged_for_itself(at_8000: At8000) -> None:
    told = expected(at_8000(Web(pages=30, hosts=2)))
    log = crawl(told, *[told.addresses.seed] * 2)
    assert check(log, told) == [f"{BASE}/ was asked for 3 times, 1 is allowed"]


def test_too_many_connections_are_said(told: Expected) -> None:
    log = crawl(told)
    log.connected(BASE)
    assert check(log, told, connections=2) == []
    assert check(log, told, connections=1) == [f"{BASE} had 2 connections at once, 1 is allowed"]


def test_asking_again_too_soon_is_said(at_8000: At8000) -> None:
    told = expected(at_8000(Web(pages=30, faults="busy=100%")))
    log = logs.of(told.addresses.bases)
    for url in [*told.robots, *told]:
        log.arrived(BASE, url.removeprefix(BASE), 0)
    log.not_before(BASE, "/p/1", 1000 * MS)
    log.arrived(BASE, "/p/1", 999 * MS)
    assert check(log, told) == ["/p/1 was asked for again before 1 s, its Retry-After, was over"]


def test_many_complaints_of_one_sort_are_counted(told: Expected) -> None:
    complaints = check(logs.of(told.addresses.bases), told)
    assert len(complaints) == LISTED + 1 + 1
    assert complaints[LISTED] == f"… and {30 - LISTED} more like the last one"
