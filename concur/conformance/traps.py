"""An origin whose answers do not end: each of its paths is one way of holding a crawler. Tier 1.

It runs in threads of this process and counts what it gave. /robots.txt is not
found, so that a crawler comes to the rest.
"""

import select
import socketserver
import threading
import time
import zlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

OFFERED_BYTES = 192 << 20  # a crawler without a limit ends here, before it harms the machine
PIECE = b"<p>no end</p>" * 1260  # 16 KiB
DRIP_S = 0.05
GZIP = 31  # zlib's word for gzip framing with the largest window
HTML = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n"
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

Pieces = Iterator[bytes]


def _silent() -> Pieces:
    """Nothing, ever."""
    while True:
        time.sleep(DRIP_S)
        yield b""


def _drip() -> Pieces:
    """A body of a byte now and then: there is a sign of life before each time-out of a single read."""
    yield HTML + b"Content-Length: 1000000\r\n\r\n"
    while True:
        time.sleep(DRIP_S)
        yield b"<"


def _body() -> Pieces:
    yield HTML + b"\r\n"
    while True:
        yield PIECE


def _chunks() -> Pieces:
    yield HTML + b"Transfer-Encoding: chunked\r\n\r\n"
    while True:
        yield _chunk(PIECE)


def _headers() -> Pieces:
    yield HTML
    while True:
        yield b"X-Filler: " + b"x" * 1000 + b"\r\n"


def _inflated() -> Pieces:
    """A thousand times what is sent: 1 MiB of zeros in each KiB."""
    yield HTML + b"Content-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    squeezing, zeros = zlib.compressobj(wbits=GZIP), bytes(1 << 20)
    for _ in range(OFFERED_BYTES // len(zeros)):
        if data := squeezing.compress(zeros) + squeezing.flush(zlib.Z_SYNC_FLUSH):
            yield _chunk(data)


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


ENDLESS: dict[str, Callable[[], Pieces]] = {
    "/body": _body,
    "/chunks": _chunks,
    "/headers": _headers,
    "/inflated": _inflated,
}
STUCK: dict[str, Callable[[], Pieces]] = {"/silent": _silent, "/drip": _drip}


@dataclass
class Traps:
    """Where it is, how often each path was asked for, what was given, and when the first one got away."""

    origin: tuple[str, str, int]
    asked: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    given_bytes: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    first_left_ns: int | None = None
    has_left: threading.Event = field(default_factory=threading.Event)  # the first one

    @property
    def base(self) -> str:
        """Of its URLs."""
        return "{}://{}:{}".format(*self.origin)


class _Handler(socketserver.StreamRequestHandler):
    """One request on a connection."""

    def handle(self) -> None:
        """Answer until the crawler leaves, or has had enough."""
        try:
            path = self._path()
            if path in ENDLESS | STUCK:
                self._trap(path)
            else:
                self.wfile.write(NOT_FOUND)
        except OSError:
            pass  # it has left, as it should

    def _path(self) -> str:
        words = self.rfile.readline().decode("latin-1").split()
        while self.rfile.readline().strip():
            pass
        return words[1] if len(words) > 1 else ""

    def _trap(self, path: str) -> None:
        traps: Traps = self.server.traps  # type: ignore[attr-defined] # which is ours
        traps.asked[path] += 1
        try:
            for piece in (ENDLESS | STUCK)[path]():
                if traps.given_bytes[path] >= OFFERED_BYTES or not self._give(piece):
                    return
                traps.given_bytes[path] += len(piece)
        finally:
            traps.first_left_ns = traps.first_left_ns or time.monotonic_ns()
            traps.has_left.set()

    def _give(self, piece: bytes) -> bool:
        """Whether it was taken; else the crawler has left, or all is over."""
        rest = memoryview(piece)
        while not self.server.is_over.is_set():  # type: ignore[attr-defined] # likewise
            wanted = [self.connection] if rest else []
            readable, writable, _ = select.select([self.connection], wanted, [], DRIP_S if rest else 0)
            if readable and not self.connection.recv(1):
                return False
            if writable:
                rest = rest[self.connection.send(rest) :]
            if not rest:
                return True
        return False


class _Server(socketserver.ThreadingTCPServer):
    """A thread for each connection, joined at the end."""

    def __init__(self) -> None:
        self.is_over = threading.Event()
        super().__init__(("127.0.0.1", 0), _Handler)
        self.traps = Traps(("http", *self.server_address))


@contextmanager
def trapping() -> Iterator[Traps]:
    """The origin, as long as the context lasts."""
    with _Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server.traps
        finally:
            server.is_over.set()
            server.shutdown()
            thread.join()
