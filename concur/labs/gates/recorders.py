"""What is noted down while a program runs: how much at a time, how high, in which order, how often. Tier 0.

All may be used from several threads at once.

    in_flight = InFlight()

    async def fetch(page):
        async with in_flight:
            await asyncio.sleep(1)

    run_virtual(work.crawl(fetch, pages, limit=8))
    require(in_flight.most <= 8, "at most 8 at a time", f"{in_flight.most}")
    require(in_flight.most >= 2, "several at a time", "one after the other")
"""

import errno
import socket
from collections.abc import Callable
from functools import update_wrapper
from threading import Lock
from typing import Any, Generic, ParamSpec, Self, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class InFlight:
    """A block that several may be in: how many are now, were at most, and have come in all."""

    def __init__(self) -> None:
        self.now = self.most = self.total = 0
        self._lock = Lock()

    def __enter__(self) -> Self:
        with self._lock:
            self.now += 1
            self.total += 1
            self.most = max(self.most, self.now)
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self.now -= 1

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(self, *_: object) -> None:
        self.__exit__()


class HighWater:
    """The highest value noted: `mark.note(queue.qsize())`. most is 0 as long as none was."""

    def __init__(self) -> None:
        self.most: float = 0
        self.notes = 0
        self._lock = Lock()

    def note(self, value: float) -> None:
        with self._lock:
            self.most = value if self.notes == 0 else max(self.most, value)
            self.notes += 1


class Trace:
    """What happened, in order. `trace.note("read", 3)` makes the event ("read", 3); each event is a tuple."""

    def __init__(self) -> None:
        self._events: list[tuple[Any, ...]] = []
        self._lock = Lock()

    def note(self, *event: Any) -> None:
        with self._lock:
            self._events.append(event)

    @property
    def events(self) -> list[tuple[Any, ...]]:
        with self._lock:
            return list(self._events)

    def __str__(self) -> str:
        return "\n".join(" ".join(map(str, event)) for event in self.events)


class CountedCalls(Generic[P, T]):
    """A callable in place of another: counts its calls, and keeps their arguments. `CountedCalls(os.write)`.

    count: of calls begun; arguments: of each in turn, (positional, by name).
    """

    def __init__(self, function: Callable[P, T]) -> None:
        self._function = function
        self._lock = Lock()
        self.arguments: list[tuple[tuple[Any, ...], dict[str, Any]]] = []
        if hasattr(function, "__name__"):
            update_wrapper(self, function, updated=())

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> T:
        with self._lock:
            self.arguments.append((args, kwargs))
        return self._function(*args, **kwargs)

    @property
    def count(self) -> int:
        return len(self.arguments)


class SocketCounts:
    """What was done with a socket, and with all that it accepted."""

    def __init__(self) -> None:
        self.sends = self.receives = self.would_block = self.sent_bytes = self.received_bytes = 0
        self._lock = Lock()

    def add(self, **counts: int) -> None:
        with self._lock:
            for name, count in counts.items():
                setattr(self, name, getattr(self, name) + count)


class CountingSocket(socket.socket):
    """A socket that counts its calls. What it accepts counts into the same `counts`.

    sends, receives: calls that moved bytes or came to the end; would_block: those
    refused with EAGAIN; sent_bytes, received_bytes. `sendall` is one send.
    """

    counts: SocketCounts

    @property
    def sends(self) -> int:
        return self.counts.sends

    @property
    def receives(self) -> int:
        return self.counts.receives

    @property
    def would_block(self) -> int:
        return self.counts.would_block

    @property
    def sent_bytes(self) -> int:
        return self.counts.sent_bytes

    @property
    def received_bytes(self) -> int:
        return self.counts.received_bytes

    def _call(self, call: Callable[..., T], *arguments: Any) -> T:
        try:
            return call(*arguments)
        except BlockingIOError as error:
            self.counts.add(would_block=error.errno in (errno.EAGAIN, errno.EWOULDBLOCK))
            raise

    def _send(self, call: Callable[..., int], *arguments: Any) -> int:
        sent = self._call(call, *arguments)
        self.counts.add(sends=1, sent_bytes=sent)
        return sent

    def _receive(self, size_of: Callable[[T], int], call: Callable[..., T], *arguments: Any) -> T:
        got = self._call(call, *arguments)
        self.counts.add(receives=1, received_bytes=size_of(got))
        return got

    def send(self, *arguments: Any) -> int:
        return self._send(super().send, *arguments)

    def sendto(self, *arguments: Any) -> int:
        return self._send(super().sendto, *arguments)

    def sendmsg(self, *arguments: Any) -> int:
        return self._send(super().sendmsg, *arguments)

    def sendall(self, data: Any, *arguments: Any) -> None:
        self._call(super().sendall, data, *arguments)
        self.counts.add(sends=1, sent_bytes=memoryview(data).nbytes)

    def recv(self, *arguments: Any) -> bytes:
        return self._receive(len, super().recv, *arguments)

    def recv_into(self, *arguments: Any, **options: Any) -> int:
        return self._receive(int, lambda: super(CountingSocket, self).recv_into(*arguments, **options))

    def recvfrom(self, *arguments: Any) -> tuple[bytes, Any]:
        return self._receive(lambda got: len(got[0]), super().recvfrom, *arguments)

    def recvmsg(self, *arguments: Any) -> tuple[bytes, list[Any], int, Any]:
        return self._receive(lambda got: len(got[0]), super().recvmsg, *arguments)

    def accept(self) -> tuple["CountingSocket", Any]:
        accepted, address = self._call(super().accept)
        return counting_socket(accepted, self.counts), address


def counting_socket(sock: socket.socket, counts: SocketCounts | None = None) -> CountingSocket:
    """The same connection as a socket that counts. It takes the descriptor over: the one given is closed after that.

    ours, theirs = socket.socketpair()
    theirs = counting_socket(theirs)
    work.send_records(theirs, records)
    require(theirs.sends <= 3, "at most 3 sends", f"{theirs.sends}")
    """
    timeout = sock.gettimeout()
    counting = CountingSocket(sock.family, sock.type, sock.proto, fileno=sock.detach())
    counting.settimeout(timeout)
    counting.counts = counts or SocketCounts()
    return counting
