"""What a server sends for a page that has a fault: one function for each row of PAGE_FAULTS. Tier 1; pure.

Each takes what is asked and gives an Answer: bytes, and what becomes of the
connection. What must not live here: sockets and clocks (`serving.py`), and what
a crawl makes of it (`oracle.py`).
"""

import gzip
import zlib
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

from concur.web.addresses import CHAIN, LONG, Addresses
from concur.web.pages import document, filler, html

# What becomes of the connection after the answer
KEEP = "keep"
CLOSE = "close"
RESET = "reset"

RETRY_AFTER_S = 1
SLOW_PIECES, SLOW_PAUSE_S = 4, 0.05
TOO_LARGE_BYTES = 11 << 20  # over a correct crawl's limit of 10 MiB
PIECE_BYTES = 1 << 20

HTML = "text/html; charset=utf-8"


class Answer(NamedTuple):
    """The pieces to send one after another, with a pause between them, and what is done with the connection then.

    retry_after_s is what the answer asks for, 0 for nothing.
    """

    pieces: tuple[bytes, ...]
    then: str = KEEP
    pause_s: float = 0.0
    retry_after_s: int = 0


class Asked(NamedTuple):
    """A request for a page: whose number, at which path, for which time (from 1), and whether gzip is accepted."""

    addresses: Addresses
    number: int
    path: str
    time: int
    accepts_gzip: bool

    @property
    def html(self) -> bytes:
        """The page itself."""
        return html(self.addresses, self.number, self.path)


def reply(status: str, body: bytes, kind: str = HTML, more: str = "") -> bytes:
    """A whole response; more are header lines, each with its end."""
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{more}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def page(asked: Asked) -> Answer:
    """The page as it should be."""
    return Answer((reply("200 OK", asked.html),))


def redirect(location: str, status: str = "301 Moved Permanently") -> Answer:
    """A redirect."""
    return Answer((reply(status, b"", more=f"Location: {location}\r\n"),))


def error(status: str, more: str = "") -> Answer:
    """An error with a page about it, whose link nobody is to follow."""
    return Answer((reply(status, document(status, ["/text/0"], 300), more=more),))


def _first(failure: Callable[[Asked], Answer]) -> Callable[[Asked], Answer]:
    """The failure at the first time, the page from then on."""
    return lambda asked: failure(asked) if asked.time == 1 else page(asked)


def _slow(asked: Asked) -> Answer:
    whole = reply("200 OK", asked.html)
    size = -(-len(whole) // SLOW_PIECES)
    return Answer(tuple(whole[at : at + size] for at in range(0, len(whole), size)), pause_s=SLOW_PAUSE_S)


def _truncated(asked: Asked) -> Answer:
    body = asked.html
    whole = reply("200 OK", body)
    return Answer((whole[: -(len(body) // 2)],), CLOSE)


def _length_short(asked: Asked) -> Answer:
    beyond = f'<a href="/beyond/{asked.number}">beyond</a>\n'.encode()
    return Answer((reply("200 OK", asked.html, more="Connection: close\r\n") + beyond,), CLOSE)


def _malformed(asked: Asked) -> Answer:
    body = asked.html
    return Answer((reply("200 OK", body, more=f"Content-Length: {len(body) + 1}\r\n"),), CLOSE)


def _not_html(asked: Asked) -> Answer:
    body = f'<a href="/text/{asked.number}">no link</a>\n'.encode()
    return Answer((reply("200 OK", body, "text/plain; charset=utf-8"),))


def _oversized(_: Asked) -> Answer:
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {HTML}\r\nContent-Length: {TOO_LARGE_BYTES}\r\n\r\n".encode()
    return Answer((head, *[filler()[:PIECE_BYTES]] * (TOO_LARGE_BYTES // PIECE_BYTES)))


@cache
def _bomb_bytes() -> bytes:
    return gzip.compress(bytes(TOO_LARGE_BYTES), mtime=0)


def _bomb(asked: Asked) -> Answer:
    if not asked.accepts_gzip:
        return _oversized(asked)
    return Answer((reply("200 OK", _bomb_bytes(), more="Content-Encoding: gzip\r\n"),))


def _gzip(asked: Asked) -> Answer:
    if not asked.accepts_gzip:
        return page(asked)
    squeezer = zlib.compressobj(1, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    body = squeezer.compress(asked.html) + squeezer.flush()
    return Answer((reply("200 OK", body, more="Content-Encoding: gzip\r\n"),))


def _chunked(asked: Asked) -> Answer:
    body = asked.html
    size = max(len(body) // 3, 1)
    chunks = [body[at : at + size] for at in range(0, len(body), size)]
    head = f"HTTP/1.1 200 OK\r\nContent-Type: {HTML}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    framed = [b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks]
    return Answer((head + b"".join(framed) + b"0\r\n\r\n",))


def _until_close(asked: Asked) -> Answer:
    return Answer((f"HTTP/1.1 200 OK\r\nContent-Type: {HTML}\r\n\r\n".encode() + asked.html,), CLOSE)


def _last_said(asked: Asked) -> Answer:
    return Answer((reply("200 OK", asked.html, more="Connection: close\r\n"),), CLOSE)


def _retry_after(status: str) -> Callable[[Asked], Answer]:
    refusal = error(status, more=f"Retry-After: {RETRY_AFTER_S}\r\n")._replace(retry_after_s=RETRY_AFTER_S)
    return _first(lambda _: refusal)


def _reset(_: Asked) -> Answer:
    return Answer((), RESET)


def _server_error(_: Asked) -> Answer:
    return error("500 Internal Server Error")


FAULTY: dict[str, Callable[[Asked], Answer]] = {
    "": page,
    "redirect": lambda asked: redirect(f"/m/{asked.number}"),
    "redirect_chain": lambda asked: redirect(f"/chain/{asked.number}/1", "307 Temporary Redirect"),
    "redirect_long": lambda asked: redirect(f"/long/{asked.number}/1", "308 Permanent Redirect"),
    "redirect_loop": lambda asked: redirect(f"/loop/{asked.number}", "302 Found"),
    "redirect_out": lambda asked: redirect(f"{asked.addresses.elsewhere}/elsewhere/{asked.number}", "302 Found"),
    "redirect_forbidden": lambda asked: redirect(f"/private/{asked.number}", "302 Found"),
    "not_found": lambda asked: error("404 Not Found"),
    "gone": lambda asked: error("410 Gone"),
    "busy": _retry_after("429 Too Many Requests"),
    "unavailable": _retry_after("503 Service Unavailable"),
    "error_once": _first(_server_error),
    "error_always": _server_error,
    "slow": _slow,
    "truncated_once": _first(_truncated),
    "truncated_always": _truncated,
    "length_short": _length_short,
    "malformed": _malformed,
    "not_html": _not_html,
    "oversized": _oversized,
    "bomb": _bomb,
    "gzip": _gzip,
    "chunked": _chunked,
    "until_close": _until_close,
    "last_said": _last_said,
    "last_unsaid": lambda asked: page(asked)._replace(then=CLOSE),
    "reset_once": _first(_reset),
    "reset_always": _reset,
    "base": page,
}


def hop(folder: str, number: int, part: int) -> Answer | None:
    """The answer at a step of a chain, None where the page itself is; «2» is relative to /chain/17/1."""
    last = CHAIN if folder == "chain" else LONG
    return redirect(str(part + 1), "303 See Other") if part < last else None
