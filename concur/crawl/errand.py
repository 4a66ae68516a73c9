"""A request where nobody waits: what the models share that are called back. Tier 0.

What a thread keeps in its place in the code (whether it connects yet, which
connection it has, whether that may be tried again) is kept here in an object,
and each event is told to it. What must not live here: sockets, and who calls.
"""

from collections.abc import Callable
from typing import Any, Protocol

from concur.crawl.addresses import Address
from concur.crawl.contract import Crawl, Outcome, failure
from concur.crawl.frontier import Job
from concur.crawl.keeping import Kept, had_ended
from concur.crawl.plan import Origin
from concur.echo.stop import Stop
from concur.wire.faults import WireError
from concur.wire.http import Connection
from concur.wire.urls import Url


class Line(Protocol):
    """A connection whose events are told to the errand that it is on, if any: `opened`, `came`, `failed`."""

    origin: Origin
    http: Connection
    errand: "Errand | None"

    def send(self, data: bytes) -> None:
        """Send it, now or when there is room."""

    def close(self) -> None:
        """End it. It tells of nothing any more."""


class Loop(Protocol):
    """What calls back, as each model has it."""

    def open(self, url: Url, address: Address, errand: "Errand") -> Line:
        """A connection that is being made."""

    def look_up(self, url: Url, tell: Callable[[list[Address] | WireError], None]) -> None:
        """Have a host's addresses told, some time."""

    def call_later(self, delay_s: float, callback: Callable[[], object]) -> Callable[[], object]:
        """Have it called then; returns how to have it not called."""


class Errand:
    """One job, from its beginning to its end."""

    def __init__(self, job: Job, errands: "Errands") -> None:
        self.job, self._errands = job, errands
        self._crawl, self._loop = errands.crawl, errands.loop
        self._line: Line | None = errands.kept.take(job.url.origin)
        self._is_kept = self._line is not None
        self._addresses: list[Address] = []
        self._cancel = self._loop.call_later(self._crawl.timeout_s, self.expire)

    def begin(self) -> None:
        """On a connection that is kept, or on a new one."""
        if self._line:
            self._line.errand = self
            self.opened()
            return
        url = self.job.url
        known = self._crawl.addresses.known(url.host, url.port)
        if known is None:
            self._loop.look_up(url, self._found)
        else:
            self._found(known)

    def _found(self, addresses: list[Address] | WireError) -> None:
        if self not in self._errands.under_way:
            return  # it took too long
        if isinstance(addresses, WireError):
            self._end(failure(addresses))
        else:
            self._addresses = list(addresses)
            self._try_next(OSError("no address"))

    def _try_next(self, error: OSError) -> None:
        """Connect to the next address, if there is one."""
        if not self._addresses:
            self._end(failure(error))
            return
        try:
            self._line = self._loop.open(self.job.url, self._addresses.pop(0), self)
        except OSError as refused:
            self._try_next(refused)

    # What happens

    def opened(self) -> None:
        """The connection is there: ask."""
        assert self._line
        self._addresses = []
        try:
            self._line.http.begin(self.job.url, self._crawl.plan.agent)
            self._send()
        except (WireError, OSError) as error:
            self.failed(error)

    def came(self, data: bytes) -> None:
        """Something has come; b"" says that the peer has ended."""
        assert self._line
        try:
            response = self._line.http.feed(data)
            if response is None:
                self._send()
                return
        except (WireError, OSError) as error:
            self.failed(error)
            return
        line, self._line = self._line, None
        line.errand = None
        self._errands.kept.keep(line)
        self._end(self._crawl.outcome(self.job, response))

    def _send(self) -> None:
        if self._line and (data := self._line.http.outgoing()):
            self._line.send(data)

    def failed(self, error: WireError | OSError) -> None:
        """The connection could not be made, or has failed. One that was kept may have ended before it was asked."""
        line, self._line = self._line, None
        if line:
            line.close()
        if self._addresses and isinstance(error, OSError):
            self._try_next(error)
        elif line and self._is_kept and had_ended(line, error):
            self._is_kept = False
            self.begin()
        else:
            self._end(failure(error))

    def expire(self) -> None:
        """It takes too long."""
        self._addresses, self._is_kept = [], False
        self.failed(TimeoutError())

    def _end(self, outcome: Outcome) -> None:
        self._cancel()
        self._errands.ended(self, outcome)


class Errands:
    """All errands of a crawl. `go_on` begins what may begin; `is_over` is called when there is no more to do."""

    def __init__(self, crawl: Crawl, stop: Stop, loop: Loop, is_over: Callable[[], object]) -> None:
        self.crawl, self.loop = crawl, loop
        self._stop, self._is_over = stop, is_over
        self.kept: Kept[Any] = Kept(crawl.plan.connections)
        self.under_way: set[Errand] = set()
        self._cancel: Callable[[], object] | None = None  # of the timer until something may begin
        self._is_going_on = False

    def go_on(self) -> None:
        """Begin what may begin now, and be called again when more may."""
        if self._cancel:
            self._cancel()
            self._cancel = None
        if self._is_going_on:
            return  # an errand ended as soon as it began: who began it goes on
        self._is_going_on = True
        while not self._stop.is_requested and (job := self.crawl.take()):
            errand = Errand(job, self)
            self.under_way.add(errand)
            errand.begin()
        self._is_going_on = False
        if not self.under_way and (self.crawl.is_done or self._stop.is_requested):
            self.kept.close()
            self._is_over()
        elif not self._stop.is_requested and (wait_s := self.crawl.wait_s()) is not None:
            self._cancel = self.loop.call_later(wait_s, self.go_on)

    def ended(self, errand: Errand, outcome: Outcome) -> None:
        """An errand has ended: settle it, and begin what may begin instead."""
        self.under_way.discard(errand)
        self.crawl.settle(errand.job, outcome)
        self.go_on()

    def force(self) -> None:
        """End all that are under way: they fail."""
        for errand in list(self.under_way):
            errand.expire()
