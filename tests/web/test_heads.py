import pytest
from hypothesis import given
from hypothesis import strategies as st

from concur.web.heads import Head, parse


def test_a_request_is_read() -> None:
    head = b"GET /p/1?a=b HTTP/1.1\r\nUser-Agent: x\r\nHOST: Example.org:80 \r\nAccept-Encoding: br, GZIP"
    assert parse(head) == Head("/p/1?a=b", "example.org:80", accepts_gzip=True, closes=False)


@pytest.mark.parametrize(
    ("version", "field", "closes"),
    [
        ("1.1", "X: y", False),
        ("1.1", "Connection: close", True),
        ("1.0", "X: y", True),
        ("1.0", "Connection: Keep-Alive", False),
    ],
)
def test_who_wants_the_connection_closed(version: str, field: str, closes: bool) -> None:
    head = parse(f"GET / HTTP/{version}\r\nHost: a\r\n{field}".encode())
    assert head is not None
    assert head.closes is closes


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"GET /",
        b"HEAD / HTTP/1.1\r\nHost: a",
        b"GET / HTTP/1.1",
        b"GET a HTTP/1.1\r\nHost: a",
        b"GET / HTTP/2\r\nHost: a",
    ],
)
def test_what_is_no_request_is_none(head: bytes) -> None:
    assert parse(head) is None


@given(st.binary(max_size=200) | st.binary(max_size=100).map(lambda rest: b"GET / HTTP/1.1\r\nHost:" + rest))
def test_no_bytes_break_it(head: bytes) -> None:
    found = parse(head)
    assert found is None or found.target.startswith("/")
