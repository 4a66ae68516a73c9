"""The echo server on asyncio's streams: a task for each connection, which awaits what it reads.

The code of `coroutines` again, on the standard library's loop. But a stream is
not a socket. The loop reads whatever comes into the stream's buffer, asked or
not, and the task takes it from there; what it writes goes into another buffer.
Both are bounded: a full reader stops the loop's reading, and `drain` waits while
too much is unsent. Without that `await` the buffer would grow with a peer that
never reads. Under it all lies a protocol, as in `asyncio_protocol`.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable

from concur.echo.asyncio_protocol import Connection, attend
from concur.echo.contract import READ_BYTES, Lines, Service, Stop, is_peers_fault

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter, Service], Awaitable[None]]


def serve(listener: socket.socket, stop: Stop, service: Service) -> None:
    """Run the standard library's loop on `main`."""
    asyncio.run(main(listener, stop, service))


async def main(listener: socket.socket, stop: Stop, service: Service) -> None:
    """Serve until the stop; then take what the backlog holds, and wait for everyone."""
    answer = work if service.is_dosed else echo
    tasks: set[asyncio.Task[None]] = set()  # the loop itself would not keep them alive

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(run(answer, reader, writer, service))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    def stream(service: Service, ended: asyncio.Event) -> Stream:
        return Stream(service, ended, asyncio.StreamReader(limit=READ_BYTES), connected)

    await attend(stream, listener, stop, service, tasks)
    await asyncio.gather(*tasks)


class Stream(Connection, asyncio.StreamReaderProtocol):
    """What `asyncio.start_server` makes for each connection, known to the service from its first moment to its last."""


async def run(answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, service: Service) -> None:
    """Answer a peer. At the end the transport flushes and closes; at a fault it drops what is unsent."""
    try:
        await answer(reader, writer, service)
    except Exception as error:
        writer.transport.abort()
        if not is_peers_fault(error):
            raise
    finally:
        writer.close()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: Service) -> None:
    """What comes in goes out, until the peer ends its side."""
    while data := await reader.read(READ_BYTES):
        writer.write(data)
        await writer.drain()


async def work(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, service: Service) -> None:
    """With a dose: for each line, compute, wait, and send it back."""
    lines, dose = Lines(), service.dose
    while not lines.at_end:
        for line in lines.feed(await reader.read(READ_BYTES)):
            if computing := service.compute(line):
                await asyncio.wrap_future(computing)
            if dose.wait_s:
                await asyncio.sleep(dose.wait_s)
            if writer.is_closing():  # the peer has gone meanwhile; libuv's transport raises for who writes then
                return
            writer.write(line)
            await writer.drain()
