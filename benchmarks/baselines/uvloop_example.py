"""uvloop's own benchmark: https://github.com/MagicStack/uvloop/blob/master/examples/bench/echoserver.py (`--proto`)

Changed to use the socket it is given, with its backlog, until it is told to stop.
"""

import asyncio
import socket
from typing import Any

import uvloop

from concur.echo.contract import BACKLOG, Service, Stop


class EchoProtocol(asyncio.Protocol):
    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)


async def main(listener: socket.socket, stop: Stop) -> None:
    loop, stopped = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(stop, stopped.set)
    server = await loop.create_server(EchoProtocol, sock=listener, backlog=BACKLOG)
    await stopped.wait()
    server.close()


def serve(listener: socket.socket, stop: Stop, service: Service) -> None:
    uvloop.run(main(listener, stop))
