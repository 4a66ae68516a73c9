"""The crawler on non-blocking sockets, all of which are asked about in each turn.

As in `callbacks`, each event does what it can and returns. But there is no reactor
to remember who waits for what: the whole list goes down to `select` in each turn.
"""

import heapq
import select
from collections.abc import Callable
from itertools import count
from time import monotonic_ns
from typing import TYPE_CHECKING

from concur.crawl.addresses import Address
from concur.crawl.blocking import READ_BYTES
from concur.crawl.contract import Crawl
from concur.crawl.errand import Errand, Errands
from concur.crawl.keeping import new_socket
from concur.echo.polling import ASK_S, limit_descriptors
from concur.echo.stop import Stop
from concur.kernel import connecting
from concur.wire.faults import WireError
from concur.wire.urls import Url

if TYPE_CHECKING:
    from concurrent.futures import Future

Callback = Callable[[], object]
LOOK_S = 0.1  # between two looks whether the grace period is over, once the stop is requested: select does not see it


def crawl(crawl: Crawl, stop: Stop) -> None:
    """Turn after turn, until nothing is left, or the stop is requested: requests under way then still end."""
    limit_descriptors()
    loop = Loop(crawl)
    errands = Errands(crawl, stop, loop, loop.end)
    is_forced: list[bool] = []
    stop.on_grace_over(lambda: is_forced.append(True))

    def hear() -> None:
        loop.readers.pop(stop.fileno(), None)
        look()

    def look() -> None:
        if is_forced:
            errands.force()
        errands.go_on()
        loop.call_later(LOOK_S, look)

    loop.readers[stop.fileno()] = hear
    loop.call_later(0, errands.go_on)
    while not loop.is_over:
        loop.turn()


class Loop:
    """Who wants to read, who wants to write, who waits until when, and what others look up for us."""

    def __init__(self, crawl: Crawl) -> None:
        self._crawl = crawl
        self.readers: dict[int, Callback] = {}
        self.writers: dict[int, Callback] = {}
        self._timers: list[tuple[int, int, list[Callback]]] = []  # a heap; an empty list: not to be called any more
        self._numbers = count()
        self._coming: dict[Future[list[Address]], Callback] = {}
        self.is_over = False

    def end(self) -> None:
        """There is no more to do."""
        self.is_over = True

    def turn(self) -> None:
        """Ask about all; then nobody waits for anybody who is not ready."""
        readable, writable, _ = select.select(self.readers, self.writers, (), self._patience_s())
        for waiting, ready in ((self.readers, readable), (self.writers, writable)):
            for fd in ready:
                if fd in waiting:  # another event of this turn may have ended it
                    waiting[fd]()
        while self._timers and self._timers[0][0] <= monotonic_ns():
            for callback in heapq.heappop(self._timers)[2]:
                callback()
        for coming in [each for each in self._coming if each.done()]:
            self._coming.pop(coming)()

    def _patience_s(self) -> float | None:
        """How long until the next timer is due, or it is time to ask again; None where there is nothing of both."""
        due_s = max(0, self._timers[0][0] - monotonic_ns()) / 1e9 if self._timers else None
        if self._coming:
            return ASK_S if due_s is None else min(ASK_S, due_s)
        return due_s

    def open(self, url: Url, address: Address, errand: Errand) -> "Line":
        """A connection that is being made. Raises OSError."""
        return Line(self._crawl, url, address, errand, self)

    def look_up(self, url: Url, tell: Callable[[list[Address] | WireError], None]) -> None:
        """Have a host's addresses told: another thread asks, and each turn looks whether it has an answer."""
        coming = self._crawl.addresses.asked(url.host, url.port)

        def told() -> None:
            try:
                tell(coming.result())
            except WireError as error:
                tell(error)

        self._coming[coming] = told

    def call_later(self, delay_s: float, callback: Callback) -> Callback:
        """Have it called then; returns how to have it not called."""
        calls = [callback]
        heapq.heappush(self._timers, (monotonic_ns() + int(delay_s * 1e9), next(self._numbers), calls))
        return calls.clear


class Line:
    """A connection to an origin, what is said on it, and what is still to be sent."""

    def __init__(self, crawl: Crawl, url: Url, address: Address, errand: Errand, loop: Loop) -> None:
        self.origin, self.http = url.origin, crawl.connection(url)
        self.errand: Errand | None = errand
        self._loop, self._socket, self._unsent = loop, new_socket(address), b""
        self._socket.setblocking(False)
        try:
            connecting.begin(self._socket, address[1])
        except OSError:
            self._socket.close()
            raise
        self._fd = self._socket.fileno()
        loop.writers[self._fd] = self._connected

    def _connected(self) -> None:
        del self._loop.writers[self._fd]
        try:
            connecting.finish(self._socket)
        except OSError as error:
            self._tell(error)
            return
        if self.errand:
            self.errand.opened()

    def _readable(self) -> None:
        try:
            data = self._socket.recv(READ_BYTES)
        except BlockingIOError:
            return  # select(2), BUGS: it may say so and be wrong
        except OSError as error:
            self._tell(error)
            return
        if self.errand:
            self.errand.came(data)
        else:  # kept, it says something unasked, or ends: its next request will find that out
            del self._loop.readers[self._fd]

    def send(self, data: bytes) -> None:
        """Send it, and what the kernel does not take when there is room. Raises OSError."""
        self._loop.readers[self._fd] = self._readable
        data = self._unsent + data
        try:
            sent = self._socket.send(data)
        except BlockingIOError:
            sent = 0
        self._unsent = data[sent:]
        if self._unsent:
            self._loop.writers[self._fd] = self._send_more
        else:
            self._loop.writers.pop(self._fd, None)

    def _send_more(self) -> None:
        try:
            self.send(b"")
        except OSError as error:
            self._tell(error)

    def _tell(self, error: OSError) -> None:
        if self.errand:
            self.errand.failed(error)

    def close(self) -> None:
        """Leave no trace: a number on the list that is closed makes select fail as a whole."""
        self.errand = None
        self._loop.readers.pop(self._fd, None)
        self._loop.writers.pop(self._fd, None)
        self._socket.close()
