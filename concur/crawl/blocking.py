"""Requests over sockets that block: what the models share that have a thread, or a process, for each. Tier 0.

A connection that is kept serves whoever asks the same origin next, so that there
are never more of them than requests at a time. What must not live here: who waits for a job.
"""

import socket
import ssl
import time

from concur.crawl.contract import Crawl, Outcome, failure
from concur.crawl.frontier import Job
from concur.crawl.keeping import Kept, had_ended
from concur.wire.faults import WireError
from concur.wire.http import Connection, Response
from concur.wire.urls import Url

READ_BYTES = 64 * 1024
LEAST_S = 1e-3  # a socket's time-out of 0 would mean not to block


class Line:
    """A connection to an origin, and what is said on it. Raises OSError and WireError."""

    def __init__(self, crawl: Crawl, url: Url) -> None:
        self.origin, self._timeout_s = url.origin, crawl.timeout_s
        self.http = Connection(crawl.limits)
        self._socket = _connected(crawl, url)

    def ask(self, url: Url, agent: str) -> Response:
        """The response to a GET."""
        deadline_s = time.monotonic() + self._timeout_s
        self._socket.sendall(self.http.begin(url, agent))
        while True:
            self._socket.settimeout(max(LEAST_S, deadline_s - time.monotonic()))
            if response := self.http.feed(self._socket.recv(READ_BYTES)):
                return response

    def close(self) -> None:
        """End it."""
        self._socket.close()

    def end(self) -> None:
        """Wake whoever waits for its answer: no more comes."""
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # it has ended already


def _connected(crawl: Crawl, url: Url) -> socket.socket:
    """To the first address that takes us, with TLS where the URL says so."""
    error: OSError = OSError("no address")
    for _, address in crawl.addresses.of(url.host, url.port):
        try:
            connection = socket.create_connection(address[:2], crawl.timeout_s)
        except OSError as refused:
            error = refused
            continue
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return _secured(connection, url.host) if url.scheme == "https" else connection
    raise error


def _secured(connection: socket.socket, host: str) -> socket.socket:
    try:
        return ssl.create_default_context().wrap_socket(connection, server_hostname=host)
    except BaseException:
        connection.close()
        raise


class Lines:
    """All connections of one crawl: those that are in use, and those that wait for their next request."""

    def __init__(self, crawl: Crawl) -> None:
        self._crawl = crawl
        self._kept: Kept[Line] = Kept(crawl.plan.connections)
        self._in_use: set[Line] = set()

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
        line = kept or Line(self._crawl, url)
        self._in_use.add(line)
        try:
            return line, line.ask(url, self._crawl.plan.agent)
        except (WireError, OSError) as error:
            line.close()
            if kept and had_ended(kept, error):
                return self._ask(url, None)
            raise
        finally:
            self._in_use.discard(line)

    def end(self) -> None:
        """Wake all who wait: their requests fail."""
        for line in list(self._in_use):
            line.end()

    def close(self) -> None:
        """End what is kept."""
        self._kept.close()
