"""The crawler in generators, which our trampoline runs, one for each request that is under way.

What `coroutines` writes with `await` is written with `yield from`. There are no
tasks to be cancelled: a request that takes too long ends as one does whose server
goes away, since its socket is shut.
"""

from collections.abc import Generator
from typing import Any

from concur.crawl.addresses import Address
from concur.crawl.blocking import READ_BYTES
from concur.crawl.contract import Crawl, Outcome, failure
from concur.crawl.frontier import Job
from concur.crawl.keeping import Kept, had_ended, new_socket, shut
from concur.crawl.reacting import grace
from concur.echo.stop import Stop
from concur.kernel.news import News
from concur.kernel.streams import Channel, Stream
from concur.kernel.trampoline import Trampoline, Trap, done
from concur.wire.faults import WireError
from concur.wire.http import Response
from concur.wire.urls import Url

Waits = Generator[Trap, Any, None]


def crawl(crawl: Crawl, stop: Stop) -> None:
    """Until nothing is left, or the stop is requested: requests under way then still end."""
    trampoline = Trampoline()
    trampoline.spawn(main(crawl, stop, trampoline))
    trampoline.run()


def main(crawl: Crawl, stop: Stop, trampoline: Trampoline) -> Waits:
    """Begin what may begin, then wait for the end of a request, for a time, or for the stop."""
    lines, news = Lines(crawl, trampoline), News()
    trampoline.spawn(listener := hear(stop, news))
    with grace(stop, trampoline.reactor, lines.end):
        while crawl.in_flight or not (crawl.is_done or stop.is_requested):
            while not stop.is_requested and (job := crawl.take()):
                trampoline.spawn(work(job, crawl, lines, news))
            yield from news.wait(None if stop.is_requested else crawl.wait_s())
    trampoline.kill(listener)
    lines.close()


def hear(stop: Stop, news: News) -> Waits:
    """The stop is news, too."""
    with Channel(stop) as channel:
        yield from channel.readable
    news.come()


def work(job: Job, crawl: Crawl, lines: "Lines", news: News) -> Waits:
    """Carry one job out."""
    outcome = yield from lines.fetch(job)
    crawl.settle(job, outcome)
    news.come()


class Line:
    """A connection to an origin, and what is said on it. Its methods raise OSError and WireError."""

    def __init__(self, crawl: Crawl, url: Url) -> None:
        self.origin, self.http = url.origin, crawl.connection(url)
        self._stream: Stream | None = None
        self.is_overdue = self._is_ended = False

    def connect(self, addresses: list[Address]) -> Waits:
        """To the first address that takes us."""
        error = OSError("no address")
        for address in addresses:
            if self._is_ended:
                break
            self._socket = new_socket(address)
            self._stream = Stream(self._socket)
            try:
                yield from self._stream.connect(address[1])
                return
            except OSError as refused:
                error = refused
                self.close()
        raise error

    def ask(self, url: Url, agent: str) -> Generator[Trap, Any, Response]:
        """The response to a GET."""
        assert self._stream
        self.http.begin(url, agent)
        while True:
            if data := self.http.outgoing():
                yield from self._stream.write(data)
            if response := self.http.feed((yield from self._stream.read(READ_BYTES))):
                return response

    def close(self) -> None:
        """End it."""
        if self._stream:
            self._stream.__exit__()
            self._socket.close()

    def end(self) -> None:
        """Wake whoever waits for it."""
        self._is_ended = True
        if self._stream:
            shut(self._socket)

    def expire(self) -> None:
        """It has taken too long."""
        self.is_overdue = True
        self.end()


class Lines:
    """All connections of one crawl: those that are in use, and those that wait for their next request."""

    def __init__(self, crawl: Crawl, trampoline: Trampoline) -> None:
        self._crawl, self._reactor = crawl, trampoline.reactor
        self._kept: Kept[Line] = Kept(crawl.plan.connections)
        self._in_use: set[Line] = set()
        self._is_over = False

    def fetch(self, job: Job) -> Generator[Trap, Any, Outcome]:
        """Carry one job out."""
        try:
            line, response = yield from self._ask(job.url, self._kept.take(job.url.origin))
        except (WireError, OSError) as error:
            return failure(error)
        self._kept.keep(line)
        return self._crawl.outcome(job, response)

    def _ask(self, url: Url, kept: Line | None) -> Generator[Trap, Any, tuple[Line, Response]]:
        """On the kept line, or on a new one: also where that had ended without our knowing."""
        line = kept or Line(self._crawl, url)
        self._in_use.add(line)
        timer = self._reactor.call_later(self._crawl.timeout_s, line.expire)
        try:
            if self._is_over:
                raise ConnectionAbortedError("the crawl has ended")
            if not kept:
                yield from line.connect((yield from self._look_up(url)))
            return line, (yield from line.ask(url, self._crawl.plan.agent))
        except (WireError, OSError) as error:
            line.close()
            if line.is_overdue:
                raise TimeoutError from None
            if not (kept and had_ended(kept, error)):
                raise
        finally:
            timer.cancel()
            self._in_use.discard(line)
        return (yield from self._ask(url, None))

    def _look_up(self, url: Url) -> Generator[Trap, Any, list[Address]]:
        known = self._crawl.addresses.known(url.host, url.port)
        return (yield from done(self._crawl.addresses.asked(url.host, url.port))) if known is None else known

    def end(self) -> None:
        """Wake all who wait: their requests fail, and so do those that only begin."""
        self._is_over = True
        for line in list(self._in_use):
            line.end()

    def close(self) -> None:
        """End what is kept."""
        self._kept.close()
