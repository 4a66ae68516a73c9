"""Who may ask the presenter's server for what. Pure rules: no sockets, no files.

A page from elsewhere can make the presenter's browser send requests to loopback.
Against that stand, each by itself enough for most of it: a random token in the
path, which nobody else knows; the Host header, which a name that was rebound to
127.0.0.1 gives away (its own name stands there); the Origin header, which scripts
cannot forge; and JSON as the body's type, which no form can send, and no script of
another origin without asking first, which is never granted.
"""

import hmac
import secrets
from collections.abc import Mapping
from typing import NamedTuple

BODY_BYTES = 1 << 10  # a block's name in JSON is shorter
JSON = "application/json"
RUN = "run"
NAMES = ("127.0.0.1", "localhost")  # of this machine, as a browser may be given them
TOKEN_BYTES = 18


class Refusal(NamedTuple):
    """An HTTP status, and why."""

    status: int
    why: str


class Request(NamedTuple):
    """A request's head; headers by lower-case names."""

    method: str
    path: str
    headers: Mapping[str, str]


class Gate(NamedTuple):
    """What the server is known by."""

    port: int
    token: str

    @property
    def url(self) -> str:
        """What the presenter opens."""
        return f"http://{NAMES[0]}:{self.port}/{self.token}/"

    def page_of(self, request: Request) -> str:
        """What lies behind the token in its path."""
        return request.path.partition("?")[0].removeprefix(f"/{self.token}/")

    def refusal(self, request: Request) -> Refusal | None:
        """Why the request is not served; None where it is, whether or not there is such a page."""
        if request.headers.get("host", "") not in {f"{name}:{self.port}" for name in NAMES}:
            return Refusal(421, "this server is not known by that name")
        if not self._has_token(request.path):
            return Refusal(403, "the address lacks the token that `concur slides present` printed")
        if request.method not in ("GET", "POST"):
            return Refusal(405, "only GET and POST are served")
        if self.page_of(request) == RUN:
            return self._refusal_of_run(request)
        return None if request.method == "GET" else Refusal(405, "a page is read, by GET")

    def _has_token(self, path: str) -> bool:
        token = path.partition("?")[0].split("/")[1:2]
        return bool(token) and hmac.compare_digest(token[0].encode(), self.token.encode())

    def _refusal_of_run(self, request: Request) -> Refusal | None:
        if request.method != "POST":
            return Refusal(405, "a block is run by POST")
        if request.headers.get("origin", "") != f"http://{request.headers['host']}":
            return Refusal(403, "the request is from another origin than the slides")
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return Refusal(403, "the request is from another site than the slides")
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
            return Refusal(415, "a block is named in JSON")
        return _refusal_of_length(request.headers)


def _refusal_of_length(headers: Mapping[str, str]) -> Refusal | None:
    length = headers.get("content-length", "")
    if "transfer-encoding" in headers or not (length.isascii() and length.isdigit()):
        return Refusal(411, "the request does not say how long it is")
    return Refusal(413, f"a request has at most {BODY_BYTES} bytes") if int(length[:9]) > BODY_BYTES else None


def new_token() -> str:
    """One that nobody guesses."""
    return secrets.token_urlsafe(TOKEN_BYTES)
