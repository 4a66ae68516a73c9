import gzip
from collections.abc import Callable

import pytest

from concur.web.addresses import Addresses
from concur.web.answers import Request, answer
from concur.web.graph import Web
from concur.web.misbehaving import CLOSE, KEEP, RESET, Answer
from concur.web.pages import html

At8000 = Callable[[Web], Addresses]


def ask(addresses: Addresses, path: str, time: int = 1, host: int = 0, accepts_gzip: bool = True) -> Answer:
    return answer(addresses, Request(host, path, time, accepts_gzip))[0]


@pytest.mark.parametrize(
    ("fault", "status", "then", "pieces"),
    [
        ("none", b"200", KEEP, 1),
        ("redirect", b"301", KEEP, 1),
        ("not_found", b"404", KEEP, 1),
        ("gone", b"410", KEEP, 1),
        ("busy", b"429", KEEP, 1),
        ("unavailable", b"503", KEEP, 1),
        ("error_once", b"500", KEEP, 1),
        ("slow", b"200", KEEP, 4),
        ("truncated_once", b"200", CLOSE, 1),
        ("truncated_always", b"200", CLOSE, 1),
        ("length_short", b"200", CLOSE, 1),
        ("oversized", b"200", KEEP, 12),
        ("until_close", b"200", CLOSE, 1),
        ("last_said", b"200", CLOSE, 1),
        ("last_unsaid", b"200", CLOSE, 1),
        ("reset_once", b"", RESET, 0),
    ],
)
def test_a_fault_shows_in_status_pieces_and_the_connections_end(
    fault: str, status: bytes, then: str, pieces: int, at_8000: At8000
) -> None:
    faults = fault if fault == "none" else f"{fault}=100%"
    told = ask(at_8000(Web(pages=20, faults=faults)), "/p/1")
    assert b"".join(told.pieces)[9:12] == status
    assert (told.then, len(told.pieces)) == (then, pieces)


@pytest.mark.parametrize("fault", ["busy", "unavailable", "error_once", "truncated_once", "reset_once"])
def test_what_fails_once_is_a_page_from_then_on(fault: str, at_8000: At8000) -> None:
    addresses = at_8000(Web(pages=20, faults=f"{fault}=100%"))
    assert all(ask(addresses, "/p/1", time).pieces[0].endswith(html(addresses, 1, "/p/1")) for time in (2, 3))


def test_only_what_says_close_says_so(at_8000: At8000) -> None:
    said = {}
    for fault in ("last_said", "last_unsaid"):
        said[fault] = b"Connection: close" in ask(at_8000(Web(pages=20, faults=f"{fault}=100%")), "/p/1").pieces[0]
    assert said == {"last_said": True, "last_unsaid": False}


def test_retry_after_is_in_the_header_and_beside_it(at_8000: At8000) -> None:
    told = ask(at_8000(Web(pages=20, faults="busy=100%")), "/p/1")
    assert b"\r\nRetry-After: 1\r\n" in told.pieces[0]
    assert told.retry_after_s == 1


@pytest.mark.parametrize("fault", ["gzip", "bomb"])
def test_gzip_is_for_those_who_accept_it(fault: str, at_8000: At8000) -> None:
    addresses = at_8000(Web(pages=20, faults=f"{fault}=100%"))
    squeezed, plain = (b"".join(ask(addresses, "/p/1", accepts_gzip=accepts).pieces) for accepts in (True, False))
    head, _, body = squeezed.partition(b"\r\n\r\n")
    assert b"Content-Encoding: gzip" in head
    assert len(gzip.decompress(body)) == len(plain.partition(b"\r\n\r\n")[2]) > len(body)
    assert b"Content-Encoding" not in plain[:500]


def test_a_page_is_on_its_own_host_alone(at_8000: At8000) -> None:
    addresses = at_8000(Web(pages=50, hosts=2))
    for number in range(1, 50):
        host = addresses.web.host(number)
        statuses = [ask(addresses, f"/p/{number}", host=at).pieces[0][9:12] for at in (host, 1 - host)]
        assert statuses == [b"200", b"404"]


def test_the_calendars_have_no_end(at_8000: At8000) -> None:
    addresses = at_8000(Web(pages=20))
    for folder in ("calendar", "endless"):
        for day in (0, 123456):
            assert f'href="/{folder}/{day + 1}"'.encode() in ask(addresses, f"/{folder}/{day}").pieces[0]


def test_robots_txt_has_the_delay_and_may_fail_once(at_8000: At8000) -> None:
    addresses = at_8000(Web(pages=20, faults="robots_once", crawl_delay_s=0.25))
    assert ask(addresses, "/robots.txt").pieces[0][9:12] == b"500"
    assert b"Crawl-delay: 0.25\n\nUser-agent: concurrent\n" in ask(addresses, "/robots.txt", 2).pieces[0]


def test_the_latency_is_the_pages_own_and_robots_txt_has_none(at_8000: At8000) -> None:
    web = Web(pages=20, latency="lognormal:50ms")
    assert answer(at_8000(web), Request(0, "/p/3", 1))[1] == web.latency_s(3) > 0
    assert answer(at_8000(web), Request(0, "/robots.txt", 1))[1] == 0
