from collections.abc import Callable
from typing import Any

import pytest

from concur.errors import UsageError
from concur.web.addresses import Addresses, Origin
from concur.web.answers import Request, answer
from concur.web.faults import PAGE_FAULTS, SIDE_FAULTS
from concur.web.graph import Web
from concur.web.oracle import expected
from concur.web.sides import FORBIDDEN, OUT_OF_SCOPE

At8000 = Callable[[Web], Addresses]
MANY_FAULTS = (
    "all,redirect=10%,redirect_chain=5%,redirect_loop=4%,length_short=5%,reset_once=5%,base=10%,spellings=100%"
)


def fetch_without_sockets(addresses: Addresses) -> Callable[[str, int], tuple[bytes, bool]]:
    """What the server would send, for a crawler in the same process."""

    def fetch(url: str, time: int) -> tuple[bytes, bool]:
        located = addresses.locate(url)
        assert located
        sent, _ = answer(addresses, Request(located[0], located[1], time))
        return b"".join(sent.pieces), sent.then != "keep"

    return fetch


WEBS = [
    (Web(pages=10, links=1), None),
    (Web(pages=300), None),
    (Web(pages=300), 2),
    (Web(pages=400, faults="all", seed=1), None),
    (Web(pages=400, faults="all", seed=2, links=5), 3),
    (Web(pages=300, faults="all", seed=3, hosts=3), None),
    (Web(pages=300, faults=MANY_FAULTS, seed=4, hosts=2), None),
    (Web(pages=300, faults=MANY_FAULTS, seed=5, links=3), None),
    (Web(pages=300, faults=f"{MANY_FAULTS},endless=10%", seed=6, hosts=2), 5),
    (Web(pages=300, faults="not_found=60%", seed=7, links=2), None),
    (Web(pages=200, faults="private=100%,calendar,elsewhere", seed=8), 1),
]


@pytest.mark.parametrize(("web", "max_depth"), WEBS)
@pytest.mark.parametrize("retries", [1, 2])
def test_a_plain_crawler_asks_for_exactly_what_the_oracle_says(
    web: Web, max_depth: int | None, retries: int, crawl: Callable[..., Any], at_8000: At8000
) -> None:
    addresses = at_8000(web)
    told = expected(addresses, max_depth=max_depth, retries=retries)
    crawled = crawl(addresses, fetch_without_sockets(addresses), max_depth, retries)
    robots = {url: count for url, count in crawled.times.items() if url.endswith("robots.txt")}
    assert crawled.depths.keys() == told.pages
    assert crawled.depths == {url: told.depth(url) for url in told.pages}
    assert {url: count for url, count in crawled.times.items()} == {url: told.most(url) for url in crawled.times}
    assert robots.keys() == told.robots
    assert len(told) == len(told.pages)
    assert told.max_depth == max(crawled.depths.values())
    assert crawled.forbidden <= {url for url, reason in told.forbidden.items() if reason == FORBIDDEN}


def test_every_fault_is_met_in_a_web_with_all_of_them(at_8000: At8000) -> None:
    web = Web(pages=400, faults="all,endless", seed=1)
    told = expected(at_8000(web), max_depth=9)
    met = {
        web.fault(number) for number in range(web.pages) if told.depth(f"http://127.0.0.1:8000/p/{number}") is not None
    }
    assert met - {""} == set(PAGE_FAULTS)
    assert all(any(web.has_side(number, side) for number in range(400)) for side in range(len(SIDE_FAULTS)))


def test_a_page_behind_a_dead_one_is_not_expected(at_8000: At8000) -> None:
    told = expected(at_8000(Web(pages=300, faults="not_found=100%")))
    children = {f"http://127.0.0.1:8000/p/{number}" for number in Web(pages=300).children(0)}
    assert children <= told.pages
    assert len(told) < 30


def test_without_retries_the_links_of_what_fails_once_are_not_found(at_8000: At8000) -> None:
    addresses = at_8000(Web(pages=300, faults="error_once=100%"))
    assert len(expected(addresses, retries=1)) == 300
    assert len(expected(addresses, retries=0)) < 30
    assert expected(addresses, retries=0).most("http://127.0.0.1:8000/p/1") == 1


def test_what_is_out_of_scope_is_not_expected(at_8000: At8000) -> None:
    addresses = at_8000(Web(pages=300, hosts=2))
    told = expected(addresses, scope=[0])
    assert all(url.startswith("http://127.0.0.1:8000/") for url in told.pages)
    assert told.robots == {"http://127.0.0.1:8000/robots.txt"}
    assert 50 < len(told) < 250
    outside = next(addresses.url(number) for number in range(300) if addresses.web.host(number))
    assert (told.most(outside), told.why_not(outside)) == (0, OUT_OF_SCOPE)
    assert len(expected(addresses, scope=[1])) == 0


def test_an_agent_that_robots_txt_shuts_out_fetches_nothing(at_8000: At8000) -> None:
    told = expected(at_8000(Web(pages=300)), agent="Concurrent")
    assert (len(told), len(told.robots)) == (0, 1)


def test_redirects_are_not_counted_for_a_limit(crawl: Callable[..., Any], at_8000: At8000) -> None:
    addresses = at_8000(Web(pages=300, faults="all,redirect_long=5%,redirect_out=5%,redirect_chain=5%", seed=2))
    told, fetch = expected(addresses), fetch_without_sockets(addresses)
    urls = crawl(addresses, fetch).depths
    redirects = [url for url in urls if fetch(url, 9)[0].startswith(b"HTTP/1.1 30")]
    assert [url for url in urls if told.is_redirect(url)] == redirects
    assert told.counted == len(told) - len(redirects)


def test_an_address_of_ipv6_has_its_brackets() -> None:
    assert [str(Origin("http", "::1", port)) for port in (80, 8000)] == ["http://[::1]", "http://[::1]:8000"]


def test_a_default_port_is_not_written() -> None:
    told = expected(Addresses(Web(pages=10), [Origin("http", "example.org", 80)]))
    assert "http://example.org/" in told.pages
    assert "http://example.org/p/9" in told.pages


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1:8000/private/3", "is forbidden by robots.txt"),
        ("http://127.0.0.1:8000/calendar/3", "is forbidden by robots.txt"),
        ("http://127.0.0.1:8000/p/3/print", "is forbidden by robots.txt"),
        ("http://127.0.0.1:8000/doc/3.secret", "is forbidden by robots.txt"),
        ("http://localhost:8000/p/3", "is out of scope"),
        ("http://127.0.0.1:8000/x/../p/3", "is no URL of this web in its canonical form"),
        ("http://127.0.0.1:8000/p/03", "is no URL of this web in its canonical form"),
        ("http://127.0.0.1:8000/p/0", "is no URL of this web in its canonical form"),
        ("http://127.0.0.1:8000/p/300", "is no URL of this web in its canonical form"),
        ("http://127.0.0.1:8000/p/299", "is too deep, or no page that can be read links to it"),
        ("http://127.0.0.1:8000/text/1", "is linked to from what is no page"),
    ],
)
def test_what_is_not_to_be_asked_for_has_its_reason(url: str, reason: str, at_8000: At8000) -> None:
    told = expected(at_8000(Web(pages=300, links=1)), max_depth=2)
    assert (told.most(url), told.why_not(url)) == (0, reason)


@pytest.mark.parametrize(
    ("faults", "retries", "what"),
    [
        ("endless", 2, "no end.*greatest depth"),
        ("reset_once", 0, "chance"),
        ("robots_once", 0, "forbids everything"),
    ],
)
def test_an_answer_that_nobody_can_know_is_refused(faults: str, retries: int, what: str, at_8000: At8000) -> None:
    with pytest.raises(UsageError, match=what):
        expected(at_8000(Web(faults=faults)), retries=retries)


@pytest.mark.parametrize("fault", ["reset_once", "reset_always"])
def test_a_lost_connection_may_cost_two_requests_an_attempt(fault: str, at_8000: At8000) -> None:
    told = expected(at_8000(Web(pages=20, faults=f"{fault}=100%")))
    url = "http://127.0.0.1:8000/p/1"
    assert told.most_requests(url) == 2 * told.most(url)
    assert told.most_requests("http://127.0.0.1:8000/") == 1


def test_a_million_pages_are_counted(at_8000: At8000) -> None:
    told = expected(at_8000(Web(pages=1_000_000, links=5)))
    assert len(told) == 1_000_000
    assert (told.depth("http://127.0.0.1:8000/p/1"), told.max_depth) == (1, 10)
