"""An origin that holds whoever asks, and lets go of whoever leaves."""

import socket
import zlib
from contextlib import closing

import pytest

from concur.conformance.traps import ENDLESS, GZIP, HTML, STUCK, Traps, _inflated, trapping

SOME_BYTES = 1 << 20


def ask(traps: Traps, path: str) -> socket.socket:
    connection = socket.create_connection(traps.origin[1:], timeout=5)
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    return connection


def hear(connection: socket.socket, at_least: int) -> bytes:
    came = bytearray()
    while len(came) < at_least and (data := connection.recv(65536)):
        came += data
    return bytes(came)


def test_robots_txt_is_not_there_and_is_not_counted() -> None:
    with trapping() as traps, closing(ask(traps, "/robots.txt")) as connection:
        assert hear(connection, 1000).startswith(b"HTTP/1.1 404 ")
        assert not traps.asked


@pytest.mark.parametrize("path", [path for path in ENDLESS if path != "/inflated"])
def test_what_has_no_end_goes_on_until_its_reader_leaves(path: str) -> None:
    with trapping() as traps:
        with closing(ask(traps, path)) as connection:
            assert len(hear(connection, SOME_BYTES)) >= SOME_BYTES
        assert traps.has_left.wait(5)
        assert traps.first_left_ns
        assert traps.asked == {path: 1}
        assert traps.given_bytes[path] >= SOME_BYTES


@pytest.mark.parametrize(("path", "first"), [("/silent", b""), ("/drip", HTML)])
def test_what_is_stuck_says_nothing_or_a_byte_at_a_time(path: str, first: bytes) -> None:
    assert path in STUCK
    with trapping() as traps, closing(ask(traps, path)) as connection:
        assert hear(connection, len(first)).startswith(first)
        assert traps.first_left_ns is None


def test_a_bomb_is_a_thousand_times_what_is_sent() -> None:
    pieces = _inflated()
    assert next(pieces).startswith(HTML)
    chunk = next(pieces)
    size, _, rest = chunk.partition(b"\r\n")
    assert int(size, 16) == len(rest) - 2
    assert len(zlib.decompressobj(wbits=GZIP).decompress(rest[:-2])) > 500 * len(chunk)


def test_nobody_is_waited_for_at_the_end() -> None:
    with trapping() as traps:
        held = [ask(traps, path) for path in ("/silent", "/drip", "/body")]
    for connection in held:
        connection.close()
