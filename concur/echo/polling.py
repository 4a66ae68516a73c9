"""The echo server on non-blocking sockets, all of which are asked about in each turn.

The oldest way to wait for many at once: give the kernel a list, get back what is
ready, do what can be done without waiting, and ask again. `select` remembers
nothing from one call to the next. The whole list goes down each time, and the
kernel looks at every socket on it; so a turn costs by how many there are, not by
how many have something to say. `callbacks` ends that, with epoll.

select's list is a set of 1,024 bits. A descriptor of a higher number does not
fit, and could not be asked about at all. So the process takes no more of them
than that, and is then what any server is that runs out: it pauses accepting.
"""

import heapq
import resource
import select
import socket
from collections import deque
from collections.abc import Callable
from functools import partial
from itertools import count
from time import monotonic_ns
from typing import TYPE_CHECKING

from concur.echo.contract import READ_BYTES, Lines, LineTooLong, Service, Stop, is_peers_fault

if TYPE_CHECKING:
    from concurrent.futures import Future

ASK_S = 0.001  # between two turns while others compute for us: select does not see that they are done
FD_SETSIZE = 1024  # the bits of an fd_set: select(2), BUGS

Callback = Callable[[], None]


def serve(listener: socket.socket, stop: Stop, service: Service) -> None:
    """Turn after turn, until the stop and the last connection's end."""
    limit_descriptors()
    server = Server(listener, stop, service)
    while server.is_listening or service.open:
        server.turn()


def limit_descriptors() -> None:
    """Have no descriptor in this process that select cannot hold. For good: others may serve in other threads."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft > FD_SETSIZE:
        resource.setrlimit(resource.RLIMIT_NOFILE, (FD_SETSIZE, hard))


class Server:
    """The loop: who wants to read, who wants to write, and who waits until when."""

    def __init__(self, listener: socket.socket, stop: Stop, service: Service) -> None:
        self.listener, self.stop, self.service = listener, stop, service
        self.answer = Work if service.is_dosed else Echo
        self.is_listening = True
        self.readers: dict[int, Callback] = {listener.fileno(): self.accept, stop.fileno(): self.finish}
        self.writers: dict[int, Callback] = {}
        self.timers: list[tuple[int, int, Callback]] = []  # a heap; the number keeps equal times in order
        self.numbers = count()
        self.computing: dict[Future[int], Callback] = {}  # what others do for us, and what follows

    def turn(self) -> None:
        """Ask about all; then nobody waits for anybody who is not ready."""
        readers, writers = self.readers, self.writers
        readable, writable, _ = select.select(readers, writers, (), self.patience_s())
        for fd in readable:
            if fd in readers:  # the stop, when it comes first, drops the listener
                readers[fd]()
        for fd in writable:
            writers[fd]()
        while self.timers and self.timers[0][0] <= monotonic_ns():
            heapq.heappop(self.timers)[2]()
        if self.computing:
            for computing in [each for each in self.computing if each.done()]:
                self.computing.pop(computing)()

    def patience_s(self) -> float | None:
        """How long until the next timer is due, or it is time to ask again; None where there is nothing of both."""
        due_s = max(0, self.timers[0][0] - monotonic_ns()) / 1e9 if self.timers else None
        if self.computing:
            return ASK_S if due_s is None else min(ASK_S, due_s)
        return due_s

    def call_later(self, delay_s: float, callback: Callback) -> None:
        """Call when so many seconds have passed."""
        heapq.heappush(self.timers, (monotonic_ns() + int(delay_s * 1e9), next(self.numbers), callback))

    def accept(self) -> None:
        """Somebody has connected. Out of descriptors, the listener is left alone for a while."""
        if connection := self.service.accept(self.listener):
            self.answer(connection, self)
        elif self.service.pause_s:
            del self.readers[self.listener.fileno()]
            self.call_later(self.service.pause_s, self.resume)

    def resume(self) -> None:
        """Accept again, unless the stop came first."""
        if not self.stop.is_requested:
            self.readers[self.listener.fileno()] = self.accept

    def finish(self) -> None:
        """The stop: accept no more, but what the backlog holds, when there are descriptors for all of it."""
        self.readers.pop(self.listener.fileno(), None)
        self.readers.pop(self.stop.fileno(), None)
        for connection in self.service.backlog(self.listener):
            self.answer(connection, self)
        if self.service.pause_s and not self.service.is_forcing:
            self.call_later(self.service.pause_s, self.finish)
        else:
            self.listener.close()
            self.is_listening = False


class Echo:
    """What comes in goes out, until the peer ends its side."""

    def __init__(self, connection: socket.socket, server: Server) -> None:
        self.connection, self.server = connection, server
        self.fd = connection.fileno()
        self.unsent = b""
        connection.setblocking(False)
        server.service.opened(connection)
        server.readers[self.fd] = self.readable

    def readable(self) -> None:
        """There is something to read: send it back at once."""
        try:
            data = self.connection.recv(READ_BYTES)
            if data:
                self.send(data)
            else:
                self.close()
        except BlockingIOError:
            pass  # select(2), BUGS: it may say so and be wrong
        except OSError as error:
            self.fail(error)

    def send(self, data: bytes) -> None:
        """Send, and if not all of it went, ask for room in place of bytes until the rest has gone."""
        try:
            sent = self.connection.send(data)
        except BlockingIOError:
            sent = 0
        if sent < len(data):
            self.unsent = data[sent:]
            self.server.readers.pop(self.fd, None)
            self.server.writers[self.fd] = self.writable

    def writable(self) -> None:
        """There is room again."""
        del self.server.writers[self.fd]
        data, self.unsent = self.unsent, b""
        try:
            self.send(data)
            if not self.unsent:
                self.sent()
        except OSError as error:
            self.fail(error)

    def sent(self) -> None:
        """All of it went: go on reading."""
        self.server.readers[self.fd] = self.readable

    def fail(self, error: BaseException) -> None:
        """A peer's fault ends its connection; anything else is ours, and is not hidden."""
        self.close()
        if not is_peers_fault(error):
            raise error

    def close(self) -> None:
        """Leave no trace: a number on the list that is closed makes select fail as a whole."""
        self.server.readers.pop(self.fd, None)
        self.server.writers.pop(self.fd, None)
        self.server.service.closed(self.connection)
        self.connection.close()


class Work(Echo):
    """With a dose: for each line, compute, wait, and send it back. The wait is a timer, the order a queue."""

    def __init__(self, connection: socket.socket, server: Server) -> None:
        super().__init__(connection, server)
        self.lines, self.queue = Lines(), deque[bytes]()

    def readable(self) -> None:
        """Queue the lines, and read no more until all are answered."""
        try:
            self.queue += self.lines.feed(self.connection.recv(READ_BYTES))
            del self.server.readers[self.fd]
            self.sent()
        except BlockingIOError:
            pass  # as above
        except (OSError, LineTooLong) as error:
            self.fail(error)

    def sent(self) -> None:
        """Line after line, in a loop: calls would nest as deep as there are lines. When there is none, read on."""
        while self.queue and not self.unsent:
            if computing := self.server.service.compute(self.queue[0]):
                self.server.computing[computing] = partial(self.computed, computing)
                return
            if self.waits():
                return
            self.send(self.queue.popleft())
        if self.lines.at_end and not self.unsent:
            self.close()
        elif not self.unsent:
            super().sent()

    def computed(self, computing: "Future[int]") -> None:
        """Others have done the computing: go on where it would have ended."""
        if error := computing.exception():
            self.fail(error)
        elif not self.waits():
            self.reply()

    def waits(self) -> bool:
        """Whether a timer is to send the line, since there is a wait."""
        wait_s = self.server.service.dose.wait_s
        if wait_s:
            self.server.call_later(wait_s, self.reply)
        return bool(wait_s)

    def reply(self) -> None:
        """Send the line that the work was done for."""
        try:
            self.send(self.queue.popleft())
            self.sent()
        except OSError as error:
            self.fail(error)
