"""The echo server on Tornado's streams, whose loop is asyncio's by now.

An IOStream is older than `await`, and its habits show. It tries to read before
it asks the loop, so whoever always has something for us must be made to let
others run. And it takes the peer's end for the end of the connection, and
would close it with all that we have still to send.
"""

import asyncio
import logging
import socket
from types import TracebackType
from typing import Self

from tornado.ioloop import IOLoop
from tornado.iostream import IOStream, StreamClosedError

from concur.echo.contract import READ_BYTES, Lines, Service, Stop


def serve(listener: socket.socket, stop: Stop, service: Service) -> None:
    """Run asyncio's loop, which Tornado's is a view of, on `main`."""
    logging.getLogger("tornado.general").setLevel(logging.CRITICAL)  # a peer's faults: they are raised here as well
    asyncio.run(main(listener, stop, service))


async def main(listener: socket.socket, stop: Stop, service: Service) -> None:
    """Accept until the stop; then take what the backlog holds, and wait for everyone."""
    answer = work if service.is_dosed else echo
    loop = IOLoop.current()
    service.notes["loop"] = f"{type(loop).__module__}.{type(loop).__qualname__}"
    async with asyncio.TaskGroup() as connections:
        acceptor = connections.create_task(accept(listener, service, connections))
        await readable(stop)
        acceptor.cancel()
        for connection in service.backlog(listener):
            connections.create_task(answer(connection, service))
        listener.close()


async def accept(listener: socket.socket, service: Service, connections: asyncio.TaskGroup) -> None:
    """Take connections for ever."""
    answer = work if service.is_dosed else echo
    while True:
        await readable(listener)
        for connection in service.backlog(listener):
            connections.create_task(answer(connection, service))
        await asyncio.sleep(service.pause_s)


async def readable(source: socket.socket | Stop) -> None:
    """Wait until there is something to read."""
    loop, event = IOLoop.current(), asyncio.Event()
    loop.add_handler(source, lambda *_: event.set(), IOLoop.READ)
    try:
        await event.wait()
    finally:
        loop.remove_handler(source)


class Stream(IOStream):
    """Tornado's stream, but that the peer's end does not end what is to be sent, nor close the socket: it is ours."""

    def read_from_fd(self, buf: bytearray | memoryview) -> int | None:
        """How many bytes were read, or None for none now. While it writes, it had better not come upon the end."""
        return None if self.writing() else super().read_from_fd(buf)

    def close_fd(self) -> None:
        """Called at the peer's end, too."""

    async def receive(self) -> bytes:
        """Some bytes; none at the peer's end. Raises StreamClosedError for its faults."""
        try:
            coming = self.read_bytes(READ_BYTES, partial=True)
            if not self.reading():  # it has read already, and would do so again and again
                await asyncio.sleep(0)
            return await coming
        except StreamClosedError as closed:
            if closed.real_error:
                raise
            return b""

    async def send(self, data: bytes) -> None:
        """Send all of it; after the peer's end, by a stream that has not seen it. Raises StreamClosedError."""
        if self.closed():
            with Stream(self.socket) as another:
                await another.write(data)
        else:
            await self.write(data)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave the loop. What closed the stream goes on, by its own name."""
        self.close()
        if isinstance(error, StreamClosedError) and error.real_error:
            raise error.real_error from None


async def echo(connection: socket.socket, service: Service) -> None:
    """What comes in goes out, until the peer ends its side."""
    with service.attend(connection), Stream(connection, read_chunk_size=READ_BYTES) as stream:
        while data := await stream.receive():
            await stream.send(data)


async def work(connection: socket.socket, service: Service) -> None:
    """With a dose: for each line, compute, wait, and send it back."""
    lines, dose = Lines(), service.dose
    with service.attend(connection), Stream(connection, read_chunk_size=READ_BYTES) as stream:
        while not lines.at_end:
            for line in lines.feed(await stream.receive()):
                if computing := service.compute(line):
                    await asyncio.wrap_future(computing)
                if dose.wait_s:
                    await asyncio.sleep(dose.wait_s)
                await stream.send(line)
