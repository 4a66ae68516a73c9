"""The echo server on asyncio's streams and uvloop's loop: the same code, another machine below.

The loop is libuv's, in C, and its transports are Cython. The streams are not:
they are asyncio's own Python, and what they cost stays. It is the difference to
`uvloop_protocol`.
"""

import socket

import uvloop

from concur.echo.asyncio_streams import main
from concur.echo.contract import Service, Stop


def serve(listener: socket.socket, stop: Stop, service: Service) -> None:
    """Run libuv's loop on `main`."""
    uvloop.run(main(listener, stop, service))
