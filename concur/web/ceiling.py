"""How many pages a second the web's server can serve here: what no crawler's rate can exceed. Tier 1.

Keep-alive connections, each of which asks for its next page as soon as the last
one has come, from this process; the server is another one. Where this process
is the busier of the two, the server could serve more, and the result says so.
"""

import selectors
import socket
import time
from typing import NamedTuple

import psutil

from concur.errors import TargetError
from concur.web.addresses import SEED, path
from concur.web.graph import Web
from concur.web.mixing import mix
from concur.web.running import running

WARMUP_S = 0.3
_READ_BYTES = 1 << 18
_LENGTH = b"Content-Length: "
_END = b"\r\n\r\n"


class Ceiling(NamedTuple):
    """What was served over the window; busy is CPU time over elapsed time, of either process."""

    pages_per_s: float
    bytes_per_s: float
    connections: int
    window_s: float
    server_busy: float
    client_busy: float
    loop: str


class Customer:
    """One connection: asks, reads, asks again. Counts pages and bytes."""

    def __init__(self, address: tuple[str, int], web: Web, number: int) -> None:
        self.web, self.state = web, number
        self.host = f"{address[0]}:{address[1]}"
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pages = self.bytes = 0
        self.missing: int | None = None  # bytes of the answer; None: its head is not whole yet
        self.held = b""

    def ask(self) -> None:
        """For some page, at random."""
        self.state = mix(self.state + 1)
        target = path(self.state % self.web.pages) or SEED
        self.socket.sendall(f"GET {target} HTTP/1.1\r\nHost: {self.host}\r\n\r\n".encode())

    def read(self) -> None:
        """Take what came; if that was the last of an answer, ask again."""
        data = self.socket.recv(_READ_BYTES)
        if not data:
            raise TargetError("the web closed a connection while its ceiling was measured")
        self.bytes += len(data)
        if self.missing is None:
            self.held += data
            head, end, rest = self.held.partition(_END)
            if not end:
                return
            begin = head.index(_LENGTH) + len(_LENGTH)
            self.missing = int(head[begin:].split(b"\r\n", 1)[0])
            data = rest
        self.missing -= len(data)
        if not self.missing:
            self.pages += 1
            self.missing, self.held = None, b""
            self.ask()


def measure(web: Web, *, connections: int = 32, window_s: float = 3.0) -> Ceiling:
    """Serve a web that has no faults and no latency, and ask for pages at random. Raises MachineError, TargetError."""
    plain = Web(seed=web.seed, pages=web.pages, links=web.links, page_bytes=web.page_bytes)
    with running(plain) as served, selectors.DefaultSelector() as selector:
        address = served.ready["host"], served.ready["port"]
        customers = [Customer(address, plain, number) for number in range(connections)]
        try:
            for customer in customers:
                selector.register(customer.socket, selectors.EVENT_READ, customer)
                customer.ask()
            _attend(selector, WARMUP_S)
            return _window(selector, customers, psutil.Process(served.pid), window_s, served.ready["loop"])
        finally:
            for customer in customers:
                customer.socket.close()


def _window(
    selector: selectors.BaseSelector, customers: list[Customer], server: psutil.Process, window_s: float, loop: str
) -> Ceiling:
    def totals() -> tuple[float, float, float, float, float]:
        used, own = server.cpu_times(), time.process_time()
        pages, size = sum(one.pages for one in customers), sum(one.bytes for one in customers)
        return time.monotonic(), pages, size, used.user + used.system, own

    before = totals()
    _attend(selector, window_s)
    elapsed, pages, size, used, own = (after - first for after, first in zip(totals(), before, strict=True))
    busy = used / elapsed, own / elapsed
    return Ceiling(pages / elapsed, size / elapsed, len(customers), elapsed, *busy, loop)


def _attend(selector: selectors.BaseSelector, span_s: float) -> None:
    end = time.monotonic() + span_s
    while (left := end - time.monotonic()) > 0:
        for event, _ in selector.select(left):
            event.data.read()
