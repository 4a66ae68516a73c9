"""One connection, byte for byte: what is a response, what is not, and what ends at a limit."""

import gzip
import zlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concur.wire import faults
from concur.wire.faults import WireError
from concur.wire.http import Connection, Limits, Response
from concur.wire.urls import Url, canonical

URL = canonical("http://example.com:8080/a?b")
OK = b"HTTP/1.1 200 OK\r\n"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def zipped(data: bytes) -> bytes:
    """Without the time: it would be in the tests' names, which have to be the same in each of pytest's workers."""
    return gzip.compress(data, mtime=0)


def connection(limits: Limits | None = None) -> Connection:
    """One whose request is sent."""
    made = Connection(limits)
    made.begin(URL, "concur")
    return made


def request(url: Url, agent: str = "concur") -> bytes:
    """What is sent for it."""
    made = Connection()
    made.begin(url, agent)
    return made.outgoing()


def answer(raw: bytes, *, ended: bool = False) -> Response:
    """The response that these bytes are."""
    found = connection()
    response = found.feed(raw)
    if response is None and ended:
        response = found.feed(b"")
    assert response
    return response


def fault(raw: bytes, *, ended: bool = False, limits: Limits | None = None) -> str:
    """The kind of error that these bytes are."""
    found = connection(limits)
    with pytest.raises(WireError) as caught:  # noqa: PT012 # either may raise
        assert found.feed(raw) is None
        if ended:
            found.feed(b"")
    return caught.value.kind


def whole(body: bytes, *headers: bytes) -> bytes:
    return OK + b"".join(line + b"\r\n" for line in headers) + b"Content-Length: %d\r\n\r\n" % len(body) + body


def test_a_request_names_its_host_and_its_agent():
    lines = request(URL, "concur/1").split(b"\r\n")
    assert lines[0] == b"GET /a?b HTTP/1.1"
    assert {b"Host: example.com:8080", b"User-Agent: concur/1", b"Accept-Encoding: gzip"} <= set(lines)


def test_a_url_with_newlines_makes_no_second_line():
    url = canonical("http://example.com/a\r\nX-Bad: 1\r\n b")
    assert request(url).count(b"\r\n") == request(URL).count(b"\r\n")


@pytest.mark.parametrize("agent", ["a\r\nX-Bad: 1", "a\0"])
def test_an_agent_that_is_no_headers_text_is_refused(agent):
    with pytest.raises(WireError, match="cannot be sent"):
        Connection().begin(URL, agent)


def test_a_response_in_any_pieces_is_the_same():
    raw = whole(b"hello", b"Content-Type: text/html; charset=UTF-8", b"X-A: 1", b"X-A: 2")
    found = connection()
    got = [found.feed(raw[at : at + 1]) for at in range(len(raw))]
    assert got[:-1] == [None] * (len(raw) - 1)
    assert got[-1] == answer(raw)
    response = answer(raw)
    assert (response.status, response.body, response.wire_bytes) == (200, b"hello", len(raw))
    assert (response.content_type, response.charset, response.headers["x-a"]) == ("text/html", "utf-8", "1, 2")


def test_a_connection_serves_one_request_after_the_other():
    found = connection()
    assert found.feed(whole(b"one"))
    assert found.is_reusable
    found.begin(URL, "concur")
    assert not found.is_reusable
    second = found.feed(whole(b"two"))
    assert second
    assert (second.body, second.wire_bytes) == (b"two", len(whole(b"two")))


@pytest.mark.parametrize(
    "raw",
    [
        whole(b"x", b"Connection: close"),
        whole(b"x").replace(b"HTTP/1.1", b"HTTP/1.0"),
        whole(b"x") + whole(b"nobody asked"),
        whole(b"x") + b"more than it said",
    ],
    ids=["close", "1.0", "two answers", "too long"],
)
def test_a_connection_is_not_used_again_after_what_ends_it(raw):
    found = connection()
    response = found.feed(raw)
    assert response
    assert response.body == b"x"
    assert not found.is_reusable


def test_interim_responses_are_skipped_but_not_for_ever():
    assert answer(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 3 + whole(b"x")).body == b"x"
    assert fault(b"HTTP/1.1 100 Continue\r\n\r\n" * 30) == faults.MALFORMED


def test_a_body_may_end_with_the_connection_or_come_in_chunks():
    assert answer(OK + b"\r\nhello", ended=True).body == b"hello"
    chunked = OK + b"Transfer-Encoding: chunked\r\n\r\n3;note=x\r\nhel\r\n2\r\nlo\r\n0\r\nTrailer: x\r\n\r\n"
    assert answer(chunked).body == b"hello"


def test_a_response_without_any_header_is_one():
    assert answer(OK + b"\r\n", ended=True).headers == {}


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (b"", faults.NO_ANSWER),
        (b"HTTP/1.1 200 OK\r\nContent-", faults.TRUNCATED),
        (OK + b"Content-Length: 10\r\n\r\nshort", faults.TRUNCATED),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhel", faults.TRUNCATED),
        (whole(zipped(b"x" * 1000)[:-4], b"Content-Encoding: gzip"), faults.BAD_ENCODING),
        (whole(b"no gzip", b"Content-Encoding: gzip"), faults.BAD_ENCODING),
        (whole(b"x", b"Content-Encoding: br"), faults.BAD_ENCODING),
        (b"220 mail.example.com ESMTP\r\n\r\n", faults.MALFORMED),
        (OK + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\n", faults.MALFORMED),
        (OK + b"Content-Length: -3\r\n\r\n", faults.MALFORMED),
        (OK + b"No colon\r\n\r\n", faults.MALFORMED),
        (OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", faults.MALFORMED),
    ],
)
def test_what_is_no_whole_response_is_told_by_its_kind(raw, kind):
    assert fault(raw, ended=True) == kind


@pytest.mark.parametrize(
    "raw",
    [
        OK + b"X: " + b"a" * 70_000,
        OK + b"X: a\r\n" * 20_000,
        OK + b"X: " + b"a" * 70_000 + b"\r\n\r\n",
        OK + b"Transfer-Encoding: chunked\r\n\r\n5;" + b"a" * 70_000,
    ],
    ids=["endless header", "endless headers", "in one piece", "endless extension"],
)
def test_headers_end_at_their_limit(raw):
    assert fault(raw) == faults.HEADERS_TOO_LARGE


@pytest.mark.parametrize(
    "raw",
    [
        OK + b"\r\n" + b"x" * 1001,
        whole(b"x" * 1001),
        whole(zipped(bytes(1 << 20)), b"Content-Encoding: gzip"),
        whole(zipped(bytes(600)) * 2, b"Content-Encoding: gzip"),
        whole(zlib.compress(bytes(1 << 20)), b"Content-Encoding: deflate"),
    ],
    ids=["endless", "said", "bomb", "two members", "deflate"],
)
def test_bodies_end_at_their_limit(raw):
    assert fault(raw, limits=Limits(body_bytes=1000)) == faults.BODY_TOO_LARGE


@pytest.mark.parametrize(
    ("coded", "name"),
    [
        (zipped(b"hello"), b"gzip"),
        (zipped(b"hel") + zipped(b"lo"), b"x-gzip"),
        (zlib.compress(b"hello"), b"deflate"),
        (zlib.compress(b"hello", wbits=-15), b"deflate"),
        (b"hello", b"identity"),
    ],
)
def test_codings_are_undone_in_any_pieces(coded, name):
    raw = whole(coded, b"Content-Encoding: " + name)
    assert answer(raw).body == b"hello"
    found = connection()
    assert [found.feed(raw[at : at + 1]) for at in range(len(raw))][-1] == answer(raw)


def test_an_empty_body_needs_no_coding():
    assert answer(whole(b"", b"Content-Encoding: gzip")).body == b""


def test_a_location_is_read_as_browsers_read_it():
    assert answer(whole(b"", "Location: /é".encode())).location == "/é"
    assert answer(whole(b"", "Location: /é".encode("latin-1"))).location == "/é"
    assert answer(whole(b"")).location is None


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120),
        ("Fri, 02 Jan 2026 03:05:05 GMT", 60),
        ("Fri, 02 Jan 2026 03:00:00 GMT", 0),
        ("Fri, 02 Jan 2026 03:05:05 -0000", 60),
        ("soon", None),
        ("-1", None),
        ("", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(said, seconds):
    assert Response(429, {"retry-after": said}, b"", 0).retry_after_s(NOW) == seconds


parts = st.lists(
    st.one_of(
        st.binary(max_size=40),
        st.sampled_from([OK, b"\r\n", b"\r\n\r\n", b"Content-Length: 5\r\n", b"Transfer-Encoding: chunked\r\n"]),
        st.sampled_from([b"Content-Encoding: gzip\r\n", b"Location: \xff\r\n", b"5\r\nhello\r\n", b"0\r\n\r\n"]),
        st.sampled_from([b"HTTP/1.1 100 x\r\n\r\n", b"HTTP/1.0 302 x\r\n", zipped(b"x"), b"Retry-After: 9\r\n"]),
    ),
    max_size=12,
)


@given(parts, st.integers(1, 50))
def test_whatever_comes_is_a_response_or_an_error_of_wires(pieces: list[bytes], size: int) -> None:
    raw, found = b"".join(pieces), connection()
    try:
        response = None
        for at in range(0, len(raw), size):
            response = response or found.feed(raw[at : at + size])
        response = response or found.feed(b"")
    except WireError:
        return
    if response:
        assert response.location is None or canonical_or_not(response.location)
        response.retry_after_s(NOW)


def canonical_or_not(text: str) -> bool:
    try:
        return isinstance(canonical(text, URL), Url)
    except WireError:
        return True


def test_a_body_as_sent_ends_at_a_limit_too():
    empty = zipped(b"")
    raw = OK + b"Content-Encoding: gzip\r\n\r\n" + empty * (10 * 1000 * 8 // len(empty))
    assert fault(raw, limits=Limits(header_bytes=1000, body_bytes=1000)) == faults.BODY_TOO_LARGE
