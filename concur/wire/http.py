"""The client's side of one HTTP/1.1 connection, over h11: a URL in, bytes out; bytes in, a response out. Tier 0.

What must not live here: sockets, TLS, time-outs, redirects, retries.
"""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

import h11

from concur.wire.bodies import ACCEPTED, Body
from concur.wire.faults import BODY_TOO_LARGE, HEADERS_TOO_LARGE, MALFORMED, NO_ANSWER, TRUNCATED, WireError
from concur.wire.urls import Url

_TOO_LARGE = 431  # h11's hint for a message whose head does not end
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9_.:\-]+)", re.ASCII | re.IGNORECASE)
_NO_BODY = h11.EndOfMessage()
_MOST_INTERIM = 20  # 1xx responses before one that is meant
_WIRE_SHARE = 8  # times its decoded size that a body may take as sent: in chunks of one byte it takes 6


class Limits(NamedTuple):
    """What a response may have: of head, and of body after decoding; as sent, framing and all, eight times that."""

    header_bytes: int = 65_536
    body_bytes: int = 10 << 20


class Response(NamedTuple):
    """A whole response. headers are by lower-case name, repeated ones joined by commas; wire_bytes is what came in."""

    status: int
    headers: dict[str, str]
    body: bytes
    wire_bytes: int

    @property
    def content_type(self) -> str:
        """The media type alone, in lower case; empty if none is said."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str:
        """What the header says of the body's encoding; empty if it says nothing."""
        found = _CHARSET.search(self.headers.get("content-type", ""))
        return found[1].lower() if found else ""

    @property
    def location(self) -> str | None:
        """Where a redirect points, as written: UTF-8 where it is that, as browsers read it."""
        raw = self.headers.get("location")
        if raw is None or raw.isascii():
            return raw
        try:
            return raw.encode("latin-1").decode()
        except UnicodeDecodeError:
            return raw

    def retry_after_s(self, now: datetime) -> float | None:
        """Seconds from `now` (with its time zone) to when the server wants to be asked again; None if it does not say.

        RFC 9110, 10.2.3: a number of seconds, or a date.
        """
        if "retry-after" not in self.headers:
            return None
        said = self.headers["retry-after"].strip()
        if said.isascii() and said.isdigit():
            return float(said[:15])
        try:
            date = parsedate_to_datetime(said)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
        aware = date if date.tzinfo else date.replace(tzinfo=UTC)
        return max(0.0, (aware - now).total_seconds())


class Connection:
    """One connection: `begin` a request, send what is `outgoing`, `feed` what comes back until there is a response.

    If it is reusable then, again. After a WireError it is of no more use.
    """

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._h11 = h11.Connection(h11.CLIENT, max_incomplete_event_size=self._limits.header_bytes)
        self._most_wire_bytes = 2 * self._limits.header_bytes + _WIRE_SHARE * self._limits.body_bytes
        self._answer: h11.Response | None = None
        self._headers: dict[str, str] = {}
        self._body: Body | None = None
        self._fed_bytes = self._interim = 0
        self._outgoing = b""
        self._asked: h11.Request | None = None  # the last request, and its headers as they were given
        self._said: list[tuple[str, str]] = []
        self.has_served = False  # a whole response, so that an early end may be the server's keep-alive limit

    @property
    def is_reusable(self) -> bool:
        """Whether another request may follow: both sides keep the connection, and nothing came unasked."""
        states = self._h11.our_state, self._h11.their_state
        return self._answer is None and states == (h11.IDLE, h11.IDLE) and not self._h11.trailing_data[0]

    @property
    def is_unanswered(self) -> bool:
        """Whether nothing has come since the request began."""
        return not self._fed_bytes

    def begin(self, url: Url, agent: str) -> None:
        """A GET for a URL is to be sent. Raises WireError for an agent that is no header's text."""
        self._answer = self._body = None
        self._fed_bytes = self._interim = 0
        said = [("Host", url.authority), ("User-Agent", agent), ("Accept", "text/html,*/*;q=0.5")]
        said.append(("Accept-Encoding", ACCEPTED))
        checked = self._asked.headers if self._asked and said == self._said else said  # h11 checks them once
        try:
            self._asked, self._said = h11.Request(method="GET", target=url.path, headers=checked), said
            request = self._h11.send(self._asked)
            self._h11.send(_NO_BODY)
        except (h11.LocalProtocolError, UnicodeEncodeError) as error:
            raise WireError(MALFORMED, why=f"the request cannot be sent: {error}") from None
        assert request is not None
        self._outgoing = request

    def outgoing(self) -> bytes:
        """What is to be sent now, once; ask after `begin`, and after each `feed`."""
        data, self._outgoing = self._outgoing, b""
        return data

    def feed(self, data: bytes) -> Response | None:
        """Take in what has come; b"" says that the peer has ended. A response once it is whole. Raises WireError."""
        self._fed_bytes += len(data)
        if self._fed_bytes > self._most_wire_bytes:  # empty blocks of gzip, or long extensions of small chunks
            raise WireError(BODY_TOO_LARGE, why=f"over {self._most_wire_bytes:,} bytes as sent")
        try:
            self._h11.receive_data(data)
            return self._read()
        except h11.RemoteProtocolError as error:
            raise self._fault(error, ended=not data) from None

    def _fault(self, error: h11.RemoteProtocolError, *, ended: bool) -> WireError:
        if ended:
            return WireError(TRUNCATED, why=str(error)) if self._fed_bytes else WireError(NO_ANSWER)
        if error.error_status_hint == _TOO_LARGE:
            return WireError(HEADERS_TOO_LARGE, why=f"over {self._limits.header_bytes:,} bytes")
        return WireError(MALFORMED, why=str(error))

    def _read(self) -> Response | None:
        while True:
            event = self._h11.next_event()
            if event is h11.NEED_DATA or event is h11.PAUSED:
                return None
            if isinstance(event, h11.Data):
                assert self._body
                self._body.add(bytes(event.data))
            elif isinstance(event, h11.Response):
                self._begin_answer(event)
            elif isinstance(event, h11.EndOfMessage):
                return self._end_answer()
            elif isinstance(event, h11.ConnectionClosed):
                raise WireError(TRUNCATED if self._fed_bytes else NO_ANSWER)
            else:
                self._count_interim()

    def _count_interim(self) -> None:
        self._interim += 1
        if self._interim > _MOST_INTERIM:
            raise WireError(MALFORMED, why=f"over {_MOST_INTERIM} interim responses")

    def _begin_answer(self, answer: h11.Response) -> None:
        items = answer.headers.raw_items()
        size_bytes = sum([len(name) + len(value) + 4 for name, value in items])
        if size_bytes > self._limits.header_bytes:  # h11 measures a head only while it is not whole
            raise WireError(HEADERS_TOO_LARGE, why=f"over {self._limits.header_bytes:,} bytes")
        self._answer, self._headers = answer, _headers(items)
        self._body = Body(self._headers.get("content-encoding", ""), self._limits.body_bytes)

    def _end_answer(self) -> Response:
        assert self._answer
        assert self._body
        answer, self._answer = self._answer, None
        beyond, _ = self._h11.trailing_data
        response = Response(answer.status_code, self._headers, self._body.whole(), self._fed_bytes - len(beyond))
        if self._h11.our_state is h11.DONE and self._h11.their_state is h11.DONE and not beyond:
            self._h11.start_next_cycle()
        self.has_served = True
        return response


def _headers(items: list[tuple[bytes, bytes]]) -> dict[str, str]:
    """By name, in lower case."""
    found: dict[str, str] = {}
    for name_bytes, value in items:
        name, text = name_bytes.decode("ascii").lower(), value.decode("latin-1")
        found[name] = f"{found[name]}, {text}" if name in found else text
    return found
