"""asyncio's own example, "TCP Echo Server": https://docs.python.org/3/library/asyncio-protocol.html#tcp-echo-server

Changed to keep the connection open after the first message, to print nothing,
and to use the socket it is given, with its backlog, until it is told to stop.
"""

import asyncio
import socket
from typing import Any

from concur.echo.contract import BACKLOG, Service, Stop


class EchoServerProtocol(asyncio.Protocol):
    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)


async def main(listener: socket.socket, stop: Stop) -> None:
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(stop, stopped.set)
    server = await loop.create_server(EchoServerProtocol, sock=listener, backlog=BACKLOG)
    await stopped.wait()
    server.close()


def serve(listener: socket.socket, stop: Stop, service: Service) -> None:
    asyncio.run(main(listener, stop))
