"""One canonical form for each URL, so that one page is asked for once. Tier 0.

Normalised as RFC 3986, section 6.2, has it (case, percent-encoding, dot
segments, default port); where browsers read a text otherwise, so does this
(WHATWG URL Standard: white space, backslashes, missing slashes, IPv4 written as
numbers). Hosts beyond ASCII are encoded by Python's IDNA 2003 codec.

What must not live here: whether a URL may be asked for (`crawl/`).
"""

import ipaddress
import re
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from concur.wire.faults import UrlError

LONGEST = 8000  # characters; RFC 9110, 4.1 wants that much to be read
_LONGEST_TEXT = 4 * LONGEST  # more is not looked at: escapes of letters take three characters for one
DEFAULT_PORTS = {"http": 80, "https": 443}

_SEGMENT = r"/(?!\.)[A-Za-z0-9\-._~!$&'()*+,;=:@]*"
_QUERY = r"(?:\?[A-Za-z0-9\-._~!$&()*+,;=:@/?]*)?"
_CANONICAL_PATH = re.compile(rf"(?!//)(?:{_SEGMENT})+{_QUERY}", re.ASCII)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):", re.ASCII)
_AROUND = "".join(map(chr, range(0x21)))  # C0 controls and space, which are stripped from both ends
_WITHIN = {ord(letter): None for letter in "\t\n\r"}  # and these from everywhere
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_NOT_IN_PATH = re.compile(rb"%([0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~!$&'()*+,;=:@/]")  # an escape, or what needs one
_NOT_IN_QUERY = re.compile(rb"%([0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~!$&()*+,;=:@/?]")
_DIGITS = {8: "01234567", 10: "0123456789", 16: "0123456789ABCDEFabcdef"}
_NOT_IN_HOST = re.compile(r"[\x00-\x20\"#%/:<>?@\[\\\]^`{|}\x7f]")


class Url(NamedTuple):
    """A canonical http or https URL. path has the query in it; host is without brackets, in ASCII and lower case."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> tuple[str, str, int]:
        """Scheme, host and port (RFC 6454)."""
        return self.scheme, self.host, self.port

    @property
    def authority(self) -> str:
        """The host, with the port where that is not the scheme's own: what the Host header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"


def canonical(text: str, base: Url | None = None) -> Url:
    """The URL that a text means, on a page at `base` or by itself. Raises UrlError for one that is not http(s).

    Credentials and the fragment are dropped. An empty query differs from none, and the order of a query stays.
    """
    if base and (plain := _plain(text, base)):
        return plain
    url = _parsed(text.strip(_AROUND).translate(_WITHIN).partition("#")[0], base)
    if len(url.path) + len(url.authority) > LONGEST:
        raise _too_long()
    return url


def _plain(text: str, base: Url) -> Url | None:
    """Of a text that is canonical already, and of the same origin; None for others. Most links are like that."""
    path = text.removeprefix(f"{base.scheme}://{base.authority}") if text.startswith("http") else text
    is_short = len(path) <= LONGEST - len(base.authority)
    return base._replace(path=path) if _CANONICAL_PATH.fullmatch(path) and is_short else None


def _parsed(text: str, base: Url | None) -> Url:
    if len(text) > _LONGEST_TEXT:
        raise _too_long()
    before, question, query = text.partition("?")
    scheme, before = _scheme(before.replace("\\", "/"), base)
    query = _escaped(query, _NOT_IN_QUERY)
    if before.startswith("//") or not base or scheme != base.scheme:
        authority, slash, path = before.lstrip("/").partition("/")
        host, port = _host_and_port(authority, scheme)
        path = slash + _escaped(path, _NOT_IN_PATH)
    else:
        host, port = base.host, base.port
        path, question, query = _against(base, _escaped(before, _NOT_IN_PATH), question, query)
    return Url(scheme, host, port, (_without_dots(path) or "/") + question + query)


def _too_long() -> UrlError:
    return UrlError(f"it is longer than {LONGEST:,} characters")


def _scheme(before: str, base: Url | None) -> tuple[str, str]:
    """The scheme, and what follows it; the base's for a relative reference, also one that repeats its scheme."""
    matched = _SCHEME.match(before)
    if matched is None:
        if base is None:
            raise UrlError("it is relative to nothing")
        return base.scheme, before
    scheme, rest = matched[1].lower(), before[matched.end() :]
    if scheme not in DEFAULT_PORTS:
        raise UrlError(f"its scheme is {scheme}")
    if base and scheme == base.scheme and not rest.startswith("//"):
        return scheme, rest
    return scheme, f"//{rest}"


def _against(base: Url, path: str, question: str, query: str) -> tuple[str, str, str]:
    """Path and query of a reference without an authority (RFC 3986, 5.2.2)."""
    of_base, base_question, base_query = base.path.partition("?")
    if path.startswith("/"):
        return path, question, query
    if path:
        return of_base.rpartition("/")[0] + "/" + path, question, query
    return (of_base, question, query) if question else (of_base, base_question, base_query)


def _escaped(text: str, found: re.Pattern[bytes]) -> str:
    """Escapes of unreserved bytes undone, others in upper case; every byte that may not stand there escaped."""
    return found.sub(_escape, text.encode("utf-8", "replace")).decode()


def _escape(found: re.Match[bytes]) -> bytes:
    byte = int(found[1], 16) if found[1] else found[0][0]
    return bytes((byte,)) if byte in _UNRESERVED else b"%%%02X" % byte


def _without_dots(path: str) -> str:
    """RFC 3986, 5.2.4, of a path that begins with a slash."""
    if "/." not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


# Hosts


def _host_and_port(authority: str, scheme: str) -> tuple[str, int]:
    place = authority.rpartition("@")[2]
    if place.startswith("["):
        inside, bracket, after = place[1:].partition("]")
        if not bracket or after[:1] not in ("", ":"):
            raise UrlError("its IPv6 address has no end")
        return _ipv6(inside), _port(after[1:], scheme)
    name, _, port = place.partition(":")
    return _host(name), _port(port, scheme)


def _port(text: str, scheme: str) -> int:
    if not text:
        return DEFAULT_PORTS[scheme]
    if not (text.isascii() and text.isdigit()) or len(text) > 20 or int(text) > 0xFFFF:
        raise UrlError("its port is no number from 0 to 65535")
    return int(text)


def _ipv6(text: str) -> str:
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        address = None
    if address is None or "%" in text:
        raise UrlError("its IPv6 address is none")
    mapped = address.ipv4_mapped  # Pythons before 3.13 write these as the others
    return f"::ffff:{mapped}" if mapped else str(address)


def _host(text: str) -> str:
    """In ASCII and lower case; an IPv4 address with four decimal numbers, however it was written."""
    name = unquote_to_bytes(text).decode("utf-8", "replace") if "%" in text else text
    if not name.isascii():
        try:
            name = name.encode("idna").decode()
        except UnicodeError:
            raise UrlError("its host is no name") from None
    name = name.lower()
    if not name.strip(".") or ".." in name or _NOT_IN_HOST.search(name):
        raise UrlError("its host is no name")
    last = name.rstrip(".").rpartition(".")[2]
    is_number = (last.isascii() and last.isdigit()) or _number(last) is not None
    return _ipv4(name) if is_number else name


def _ipv4(name: str) -> str:
    """`127.1`, `0x7f.0.0.1`, `2130706433` → `127.0.0.1` (WHATWG, IPv4 parser)."""
    numbers = [_number(part) for part in name.removesuffix(".").split(".")]
    *first, last = numbers
    if len(numbers) > 4 or last is None or last >= 256 ** (5 - len(numbers)):
        raise UrlError("its IPv4 address is none")
    value = last
    for at, number in enumerate(first):
        if number is None or number > 255:
            raise UrlError("its IPv4 address is none")
        value += number << 8 * (3 - at)
    return str(ipaddress.IPv4Address(value))


def _number(text: str) -> int | None:
    """As C reads it: 0x is hexadecimal, 0 octal; None for what is no number of a sane length."""
    base = 16 if text[:2] in ("0x", "0X") else 8 if len(text) > 1 and text[0] == "0" else 10
    digits = text[2:] if base == 16 else text
    if len(digits) > 20 or digits.strip(_DIGITS[base]) or not text:  # int() would read 0x0x7f and 0o17, too
        return None
    return int(digits or "0", base)
