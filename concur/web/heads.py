"""As much of HTTP/1.1 as a server of GETs needs: one search for each thing in a request's head. Tier 1; pure.

Written for speed: the server shares its machine with the crawler under test.
What must not live here: sockets.
"""

from typing import NamedTuple

HEAD_BYTES = 64 * 1024  # a longer head is none
END = b"\r\n\r\n"


class Head(NamedTuple):
    """What a request's head says, as far as it matters here."""

    target: str
    authority: str  # of the Host header, in lower case
    accepts_gzip: bool
    closes: bool  # the connection is to be closed after the answer


def parse(head: bytes) -> Head | None:
    """A request's head without the empty line at its end; None if it is no GET of HTTP/1.x with a Host."""
    line, _, rest = head.partition(b"\r\n")
    words = line.split(b" ")
    if len(words) != 3 or words[0] != b"GET" or not words[2].startswith(b"HTTP/1."):
        return None
    fields = b"\r\n" + rest.lower() + b"\r\n"
    authority = _field(fields, b"host")
    if not authority or not words[1].startswith(b"/"):
        return None
    connection = _field(fields, b"connection")
    closes = b"close" in connection or (words[2] == b"HTTP/1.0" and b"keep-alive" not in connection)
    target = words[1].decode("latin-1")
    return Head(target, authority.decode("latin-1"), b"gzip" in _field(fields, b"accept-encoding"), closes)


def _field(fields: bytes, name: bytes) -> bytes:
    """The value of a header, all in lower case; empty if it is not there."""
    begin = fields.find(b"\r\n" + name + b":")
    if begin < 0:
        return b""
    begin += len(name) + 3
    return fields[begin : fields.index(b"\r\n", begin)].strip()
