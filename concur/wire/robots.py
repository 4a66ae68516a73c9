"""What a site's robots.txt allows (RFC 9309), read by protego. Tier 0.

What must not live here: asking for it, and obeying it (`crawl/permission.py`).
"""

import math
from typing import Any

from protego import Protego

from concur.wire.urls import Url

READ_BYTES = 500 * 1024  # RFC 9309, 2.5: at least so much is to be read


class Robots:
    """The rules of one origin."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._rules = Protego.parse(text)

    def __reduce__(self) -> tuple[Any, ...]:
        """It is parsed again where it is wanted."""
        return Robots, (self._text,)

    @classmethod
    def of(cls, status: int, body: bytes = b"") -> "Robots":
        """The rules that an answer to /robots.txt means; a status of 0 says that there was none.

        RFC 9309, 2.3.1: what is not there allows everything, what cannot be reached forbids everything.
        """
        if 200 <= status < 300:
            return cls(_text(body))
        return cls("" if 400 <= status < 500 else "User-agent: *\nDisallow: /\n")

    def allows(self, url: Url, agent: str) -> bool:
        """Whether the agent may ask for a URL."""
        return bool(self._rules.can_fetch(str(url), agent))

    def delay_s(self, agent: str) -> float | None:
        """The Crawl-delay that the agent is asked for; None for none, or one that makes no sense."""
        delay = self._rules.crawl_delay(agent)
        return float(delay) if delay is not None and math.isfinite(delay) and delay >= 0 else None


def _text(body: bytes) -> str:
    """As far as it is read, to the end of a line."""
    if len(body) > READ_BYTES:
        body = body[: body.rfind(b"\n", 0, READ_BYTES) + 1]
    return body.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")
