"""Green threads on the reactor: each has a stack of its own, and calls that block nobody else.

Tier 0. Greenlets and tasklets are two ways to have such stacks. What they do alike
is here: one is the hub, which runs the reactor; whoever has to wait names what the
reactor is to call, and lets the hub go on. What they do differently a `Hub` of
their own says: how one begins and is killed, how one lets go and is woken.

What must not live here: greenlets and tasklets themselves. No import of a library.
"""

import socket
from abc import ABC, abstractmethod
from collections.abc import Callable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, Self, TypeVar

from concur.kernel import connecting
from concur.kernel.reactor import Callback, Reactor

if TYPE_CHECKING:
    from concurrent.futures import Future

    from _typeshed import HasFileno

T = TypeVar("T")
Kill = Callback  # ends a green thread where it stands; the hub knows each one by it


class Hub(ABC):
    """What runs the reactor, and so whoever can go on. Leaving its context kills who is left, after an error mostly."""

    def __init__(self) -> None:
        self.reactor = Reactor()
        self._alive: set[Kill] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with ExitStack() as at_end:  # which goes on where ending one raises
            at_end.callback(self.reactor.close)
            for child in self._alive:
                at_end.callback(self.kill, child)

    # What each kind has its own way to do

    @abstractmethod
    def start(self, live: Callback) -> Kill:
        """Make a green thread that calls it, begun by the reactor at the latest. Returns how to kill it.

        Where it ends, the hub goes on; what it does not catch comes out of the hub's call that let it go on.
        """

    @abstractmethod
    def parking(self) -> tuple[Callback, Callback]:
        """How the current one parks, that is, lets the hub go on until it is woken; and how the hub wakes it.

        They are made once and called for every wait: so let them be the library's own functions, not ours around them.
        """

    # What all do alike

    def spawn(self, function: Callable[..., None], *arguments: Any) -> Kill:
        """A green thread that runs the function. Returns what `kill` takes."""

        def live() -> None:
            try:
                function(*arguments)
            finally:
                self._bury(child)

        child = self.start(live)
        self._alive.add(child)
        return child

    def kill(self, child: Kill) -> None:
        """End one where it stands. For the hub alone, since that is who goes on then."""
        child()
        self._bury(child)  # one that had not begun has not done so itself

    def _bury(self, child: Kill) -> None:
        self._alive.discard(child)
        if not self._alive:
            self.reactor.stop()

    def run_until(self, descriptor: "HasFileno") -> None:
        """Let the others run until there is something to read, or the last has ended. Errors come out as of `join`."""
        self.reactor.on_readable(descriptor, self.reactor.stop)
        self.reactor.run()
        self.reactor.on_readable(descriptor, None)

    def join(self) -> None:
        """Let the others run until the last has ended. What one of them does not catch comes out here."""
        if self._alive:
            self.reactor.run()


class Waiter:
    """One green thread and its descriptor. It waits for one thing at a time, and nothing else may wake it meanwhile.

    To wait is to name `_wake` as what the reactor is to call, and to park. The name stands until another wait takes
    its turn; who reads, answers, and reads again need not say it again.
    """

    def __init__(self, watched: "HasFileno", hub: Hub) -> None:
        """For the current green thread: make it where it is used."""
        self._fd, self._reactor = watched.fileno(), hub.reactor
        self._park, self._wake = hub.parking()
        self._is_listening = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._reactor.forget(self._fd)

    def wait_read(self) -> None:
        """Until there is something to read: bytes, a connection, the end."""
        if not self._is_listening:
            self._is_listening = True
            self._reactor.on_readable(self._fd, self._wake)
        self._park()

    def wait_write(self) -> None:
        """Until there is room to write."""
        self._leave_reading()
        self._reactor.on_writable(self._fd, self._wake)
        self._park()
        self._reactor.on_writable(self._fd, None)

    def sleep(self, seconds: float) -> None:
        """Let everyone else run for so long."""
        self._leave_reading()
        timer = self._reactor.call_later(seconds, self._wake)
        try:
            self._park()
        finally:
            timer.cancel()  # for one that is killed meanwhile

    def wait_done(self, future: "Future[T]") -> T:
        """Let everyone else run until other threads are done with a future. Its result; raises what they raised."""
        self._leave_reading()
        call = self._reactor.on_done(future, self._wake)
        try:
            self._park()
        finally:
            call.cancel()  # for one that is killed meanwhile
        return future.result()

    def _leave_reading(self) -> None:
        if self._is_listening:
            self._is_listening = False
            self._reactor.on_readable(self._fd, None)


class Stream(Waiter):
    """A connected socket with the calls of a blocking one: but it is the green thread that they block."""

    def __init__(self, connection: socket.socket, hub: Hub) -> None:
        super().__init__(connection, hub)
        connection.setblocking(False)
        self._socket = connection
        self._recv, self._send = connection.recv, connection.send

    def connect(self, address: tuple[Any, ...]) -> None:
        """Connect a socket that is not connected yet. Raises OSError."""
        if connecting.begin(self._socket, address):
            self.wait_write()
            connecting.finish(self._socket)

    def recv(self, size_bytes: int) -> bytes:
        """Some bytes; none at the peer's end. It waits first: a socket just read has most likely nothing more."""
        while True:
            self.wait_read()
            try:
                return self._recv(size_bytes)
            except BlockingIOError:
                pass  # the event was another's, on a number used again

    def sendall(self, data: bytes) -> None:
        """Send all of it. It tries first: there is nearly always room."""
        try:
            sent = self._send(data)
        except BlockingIOError:
            sent = 0
        if sent < len(data):
            self._send_rest(memoryview(data)[sent:])

    def _send_rest(self, data: memoryview) -> None:
        while data:
            self.wait_write()
            try:
                data = data[self._send(data) :]
            except BlockingIOError:
                pass  # the event was another's, on a number used again
