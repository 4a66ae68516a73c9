"""Where a host is, and whether a crawl may go there: no page of a public site leads into a private network. Tier 0.

A host is asked for once, and its answer kept: a name that changes its mind
between the check and the connection (DNS rebinding) gains nothing.
"""

import ipaddress
import socket
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from typing import Any

from concur.wire.faults import WireError

PRIVATE = "private address"
UNKNOWN_HOST = "unknown host"

Address = tuple[int, tuple[Any, ...]]  # family, and what `connect` takes
Lookup = Callable[..., list[tuple[Any, ...]]]


class Addresses:
    """The addresses of hosts, as far as they are allowed. `permitted` are the seeds' hosts, private or not.

    A seed's private host permits itself alone: what it links to elsewhere has to be public.
    """

    def __init__(
        self, permitted: Iterable[str], *, allow_private: bool = False, lookup: Lookup = socket.getaddrinfo
    ) -> None:
        self._permitted = frozenset(permitted)
        self._allow_private = allow_private
        self._lookup = lookup
        self._found: dict[tuple[str, int], list[Address]] = {}

    def of(self, host: str, port: int) -> list[Address]:
        """In the order to try. Raises WireError for a host that is nowhere, or in a private network. It blocks."""
        if (host, port) not in self._found:
            self._found[host, port] = self._asked(host, port)
        return self._found[host, port]

    def known(self, host: str, port: int) -> list[Address] | None:
        """The same where nobody need be asked, else None. It never blocks."""
        if (host, port) in self._found or _is_numeric(host):
            return self.of(host, port)
        return None

    def asked(self, host: str, port: int) -> "Future[list[Address]]":
        """The same from another thread, for who must not block."""
        future: Future[list[Address]] = Future()

        def ask() -> None:
            if not future.set_running_or_notify_cancel():
                return  # who asked has gone
            try:
                future.set_result(self.of(host, port))
            except BaseException as error:  # nobody is above to hear of it
                future.set_exception(error)

        threading.Thread(target=ask, daemon=True).start()
        return future

    def _asked(self, host: str, port: int) -> list[Address]:
        try:
            rows = self._lookup(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise WireError(UNKNOWN_HOST, why=f"{host}: {error}") from None
        found = [(family, address) for family, _, _, _, address in rows]
        if self._allow_private or host in self._permitted:
            return found
        if not all(is_public(address[0]) for _, address in found):
            raise WireError(PRIVATE, why=f"{host} is at {found[0][1][0]}")
        return found


def _is_numeric(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_public(address: str) -> bool:
    """Whether an address is one of the whole internet's: not private, loopback, link-local, shared or multicast."""
    one = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(one, ipaddress.IPv6Address) and (inner := one.ipv4_mapped or one.sixtofour):
        return one.is_global and inner.is_global if one.sixtofour else inner.is_global
    return one.is_global and not one.is_multicast
