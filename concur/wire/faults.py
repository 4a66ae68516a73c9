"""What can be wrong with what a peer sends: one error, and its kinds. Tier 0."""

from concur.errors import ConcurError

MALFORMED = "malformed response"
HEADERS_TOO_LARGE = "headers too large"
BODY_TOO_LARGE = "body too large"
TRUNCATED = "truncated response"
NO_ANSWER = "connection closed without an answer"
BAD_ENCODING = "body not encoded as said"
NOT_SECURE = "TLS failed"
NOT_TRUSTED = "certificate not trusted"
BAD_URL = "no http(s) URL"


class WireError(ConcurError):
    """What a peer sent cannot be taken for what it should be. kind is one of the constants above."""

    status = 1

    def __init__(self, kind: str, *, why: str = "") -> None:
        self.kind = kind
        super().__init__(kind, why=why)


class UrlError(WireError):
    """A text that is no URL to fetch."""

    def __init__(self, why: str) -> None:
        super().__init__(BAD_URL, why=why)
