"""The datagram server as `asyncio_protocol`, on libuv's loop: the same code, another machine below."""

import socket

import uvloop

from concur.echo.contract import Service, Stop
from concur.echo.udp.asyncio_protocol import main


def serve(bound: socket.socket, stop: Stop, service: Service) -> None:
    """Run libuv's loop on `main`."""
    uvloop.run(main(bound, stop, service))
