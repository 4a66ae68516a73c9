"""Requests in code that blocks: what the models share that have a thread of some kind, or a process, for each. Tier 0.

A connection that is kept serves whoever asks the same origin next, so that there
are never more of them than requests at a time. What must not live here: who waits
for a job, and sockets that block in another way (a model has a Line of its own then).
"""

import socket
import time
from collections.abc import Callable

from concur.crawl.addresses import Address
from concur.crawl.contract import Crawl, Outcome, failure
from concur.crawl.frontier import Job
from concur.crawl.keeping import Kept, had_ended, new_socket, shut
from concur.crawl.plan import Origin
from concur.wire.faults import WireError
from concur.wire.http import Response
from concur.wire.urls import Url

LookUp = Callable[[str, int], list[Address]]
READ_BYTES = 64 * 1024
LEAST_S = 1e-3  # a socket's time-out of 0 would mean not to block


class Line:
    """A connection to an origin, and what is said on it. Its methods raise OSError and WireError."""

    def __init__(self, crawl: Crawl, url: Url) -> None:
        self.origin, self.http = url.origin, crawl.connection(url)
        self._timeout_s = crawl.timeout_s
        self._socket: socket.socket | None = None  # until it connects
        self._is_ended = False

    def connect(self, addresses: list[Address]) -> None:
        """To the first address that takes us."""
        error = OSError("no address")
        for address in addresses:
            if self._is_ended:
                break
            try:
                self._socket = self.connected(address)
                return
            except OSError as refused:
                error = refused
                self.close()
        raise error

    def connected(self, address: Address) -> socket.socket:
        """A socket that is; `_socket` already while it tries, for `end` to wake it."""
        self._socket = made = new_socket(address)
        made.settimeout(self._timeout_s)
        made.connect(address[1])
        return made

    def ask(self, url: Url, agent: str) -> Response:
        """The response to a GET."""
        assert self._socket
        connection, deadline_s = self._socket, time.monotonic() + self._timeout_s

        def receive() -> bytes:
            connection.settimeout(max(LEAST_S, deadline_s - time.monotonic()))
            return connection.recv(READ_BYTES)

        return self.talk(url, agent, connection.sendall, receive)

    def talk(self, url: Url, agent: str, send: Callable[[bytes], object], receive: Callable[[], bytes]) -> Response:
        """The same with any way to send and to receive."""
        self.http.begin(url, agent)
        while True:
            if data := self.http.outgoing():
                send(data)
            if response := self.http.feed(receive()):
                return response

    def close(self) -> None:
        """End it."""
        if self._socket:
            self._socket.close()

    def end(self) -> None:
        """Wake whoever waits for it to connect, or for its answer: no more comes."""
        self._is_ended = True
        if self._socket:
            shut(self._socket)


class Lines:
    """All connections of one crawl: those that are in use, and those that wait for their next request.

    A name is looked up by look_up, which blocks in the model's own way.
    """

    def __init__(self, crawl: Crawl, line: Callable[[Crawl, Url], Line] = Line, look_up: LookUp | None = None) -> None:
        self._crawl, self._line, self._look_up = crawl, line, look_up or crawl.addresses.of
        self._kept: Kept[Line] = Kept(crawl.plan.connections)
        self._in_use: set[Line] = set()
        self._is_over = False

    def fetch(self, job: Job) -> Outcome:
        """Carry one job out. Any number of threads may, at a time."""
        try:
            line, response = self._ask(job.url, self._kept.take(job.url.origin))
        except (WireError, OSError) as error:
            return failure(error)
        self._kept.keep(line)
        return self._crawl.outcome(job, response)

    def _ask(self, url: Url, kept: Line | None) -> tuple[Line, Response]:
        """On the kept line, or on a new one: also where that had ended without our knowing."""
        line = kept or self._line(self._crawl, url)
        self._in_use.add(line)
        try:
            if self._is_over:
                raise ConnectionAbortedError("the crawl has ended")
            if not kept:
                known = self._crawl.addresses.known(url.host, url.port)
                line.connect(self._look_up(url.host, url.port) if known is None else known)
            return line, line.ask(url, self._crawl.plan.agent)
        except BaseException as error:
            line.close()
            if kept and had_ended(kept, error):
                return self._ask(url, None)
            raise
        finally:
            self._in_use.discard(line)

    def end(self) -> None:
        """Wake all who wait: their requests fail, and so do those that only begin."""
        self._is_over = True
        for line in list(self._in_use):
            line.end()

    def leave_others(self, origin: Origin) -> None:
        """End what is kept to other origins."""
        self._kept.leave_others(origin)

    def close(self) -> None:
        """End what is kept."""
        self._kept.close()
