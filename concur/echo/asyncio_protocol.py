"""The echo server as an asyncio protocol: the loop reads and writes, and calls our methods.

`callbacks` with the standard library's reactor. The transport keeps what the
kernel did not take, so nobody waits to write; instead it says when its buffer
is over a bound, and then we stop reading. This loop allocates 256 KiB for each
read and shrinks it: how the C library's allocator takes that decides the rate.
"""

import asyncio
import socket
from collections import deque
from collections.abc import Callable, Set
from typing import Any

from concur.echo.contract import BACKLOG, HIGH_WATER_BYTES, Lines, LineTooLong, Service, Stop, is_peers_fault


def serve(listener: socket.socket, stop: Stop, service: Service) -> None:
    """Run the standard library's loop on `main`."""
    asyncio.run(main(listener, stop, service))


async def main(listener: socket.socket, stop: Stop, service: Service) -> None:
    """Serve until the stop; then take what the backlog holds, and wait for everyone."""
    await attend(Work if service.is_dosed else Echo, listener, stop, service)


async def attend(
    answer: Callable[[Service, asyncio.Event], asyncio.BaseProtocol],
    listener: socket.socket,
    stop: Stop,
    service: Service,
    tasks: Set[asyncio.Task[None]] = frozenset(),
) -> None:
    """The same for any protocol: one for each connection.

    tasks are those that serve connections; any other is the loop's own, and accepts.
    """
    loop = asyncio.get_running_loop()
    stopped, ended = asyncio.Event(), asyncio.Event()
    service.notes["loop"] = f"{type(loop).__module__}.{type(loop).__qualname__}"

    def protocol() -> asyncio.BaseProtocol:
        return answer(service, ended)

    loop.add_reader(stop, stopped.set)
    server = await loop.create_server(protocol, sock=listener, backlog=BACKLOG)
    await stopped.wait()
    loop.remove_reader(stop)
    loop.remove_reader(listener)
    if accepting := asyncio.all_tasks() - tasks - {asyncio.current_task()}:
        await asyncio.wait(accepting)  # what the loop has accepted, it drops if we close now
    backlog = list(service.backlog(listener))
    server.close()
    await asyncio.sleep(0)  # libuv's loop tells of what it has accepted in its next turn
    for connection in backlog:
        await loop.connect_accepted_socket(protocol, connection)
    while service.open:  # it may have been empty before the backlog came, and `ended` set
        ended.clear()
        await ended.wait()


class Connection(asyncio.BaseProtocol):
    """What any protocol here owes to the service: to say when its connection begins and ends."""

    transport: asyncio.Transport

    def __init__(self, service: Service, ended: asyncio.Event, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.service, self.ended = service, ended

    def connection_made(self, transport: Any) -> None:
        """A connection has been accepted."""
        self.transport = transport
        transport.set_write_buffer_limits(HIGH_WATER_BYTES)
        self.connection = transport.get_extra_info("socket")
        self.service.notes["read_bytes"] = getattr(transport, "max_size", "as the library does")
        self.service.opened(self.connection)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """The end, whoever caused it. A peer's fault is no news; the loop reports any other."""
        self.service.closed(self.connection)
        if self.service.is_draining and not self.service.open:
            self.ended.set()
        super().connection_lost(error)


class Echo(Connection, asyncio.Protocol):
    """What comes in goes out, until the peer ends its side: then the transport flushes and closes."""

    def data_received(self, data: bytes) -> None:
        """Something came."""
        self.transport.write(data)

    def pause_writing(self) -> None:
        """The peer does not read: do not read from it either."""
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        """It has read."""
        self.transport.resume_reading()


class Work(Echo):
    """With a dose: for each line, compute, wait, and send it back. The wait is a timer, the order a queue."""

    def __init__(self, service: Service, ended: asyncio.Event) -> None:
        super().__init__(service, ended)
        self.lines, self.queue = Lines(), deque[bytes]()
        self.timer: asyncio.TimerHandle | None = None
        self.computing: asyncio.Future[int] | None = None  # by others
        self.is_full = False  # the transport's buffer: the peer does not read

    def data_received(self, data: bytes) -> None:
        """Queue the lines, and read no more until all are answered."""
        is_idle = not self.queue
        try:
            self.queue += self.lines.feed(data)
        except LineTooLong:
            self.transport.abort()
            return
        if is_idle and self.queue:
            self.transport.pause_reading()
            self.next()

    def next(self) -> None:
        """Line after line, in a loop: calls would nest as deep as there are lines. When there is none, read on."""
        while self.queue and not self.transport.is_closing():
            if computing := self.service.compute(self.queue[0]):
                self.computing = asyncio.wrap_future(computing)
                self.computing.add_done_callback(self.computed)
                return
            if self.waits():
                return
            self.transport.write(self.queue.popleft())
        if self.lines.at_end:
            self.transport.close()
        elif not self.is_full:
            self.transport.resume_reading()

    def computed(self, computing: asyncio.Future[int]) -> None:
        """Others have done the computing: go on where it would have ended."""
        if computing.cancelled():
            return  # nobody waits any more
        if error := computing.exception():
            self.transport.abort()
            if not is_peers_fault(error):
                raise error
        elif not self.waits():
            self.reply()

    def waits(self) -> bool:
        """Whether a timer is to send the line, since there is a wait."""
        wait_s = self.service.dose.wait_s
        if wait_s:
            self.timer = asyncio.get_running_loop().call_later(wait_s, self.reply)
        return bool(wait_s)

    def reply(self) -> None:
        """Send the line that the work was done for."""
        self.transport.write(self.queue.popleft())
        self.next()

    def pause_writing(self) -> None:
        """The peer does not read: what is queued goes out yet, but no more is read."""
        self.is_full = True
        super().pause_writing()

    def resume_writing(self) -> None:
        """It has read. While lines are queued, their end reads on."""
        self.is_full = False
        if not self.queue:
            super().resume_writing()

    def eof_received(self) -> bool:
        """The peer has ended its side; it gets what it is owed."""
        is_idle = not self.queue
        self.queue += self.lines.feed(b"")
        if is_idle and self.queue:
            self.next()
        return bool(self.queue)

    def connection_lost(self, error: Exception | None) -> None:
        """Nobody is left to wait for."""
        for coming in (self.timer, self.computing):
            if coming:
                coming.cancel()
        super().connection_lost(error)
