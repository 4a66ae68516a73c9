"""The echo server as an asyncio protocol on uvloop's loop: the same code, another machine below.

There is nothing to see here, and that is the lesson. The protocol is that of
`asyncio_protocol`; the loop is libuv's, in C, and its transports are Cython.
"""

import socket

import uvloop

from concur.echo.asyncio_protocol import main
from concur.echo.contract import Service, Stop


def serve(listener: socket.socket, stop: Stop, service: Service) -> None:
    """Run libuv's loop on `main`."""
    uvloop.run(main(listener, stop, service))
