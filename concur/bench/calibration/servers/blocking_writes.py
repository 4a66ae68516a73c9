"""The model `callbacks` with sends that block: a peer that does not read holds up everybody else.

Not for ever, or there would be nothing to measure: it has 100 ms in each turn of
the loop, and the others one message.
"""

import socket
import struct

from concur.echo import callbacks
from concur.echo.contract import Service, Stop
from concur.kernel.reactor import Reactor

PATIENCE = struct.pack("ll", 0, 100_000)  # a struct timeval: seconds, microseconds (socket(7), SO_SNDTIMEO)


def serve(listener: socket.socket, stop: Stop, service: Service) -> None:
    """Serve as `callbacks` does, but for the sends."""
    reactor = Reactor()
    server = callbacks.Server(listener, service, reactor)
    server.answer = Blocking
    reactor.on_readable(stop, lambda: server.finish(stop))
    reactor.run()
    reactor.close()


class Blocking(callbacks.Echo):
    """A connection whose answers are waited for."""

    def __init__(self, connection: socket.socket, server: callbacks.Server) -> None:
        super().__init__(connection, server)
        connection.setblocking(True)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, PATIENCE)

    def send(self, data: bytes) -> None:
        """The fault: the whole loop waits until this peer has taken all of it, or its time is up."""
        try:
            sent = self.connection.send(data)
        except BlockingIOError:  # the time is up
            sent = 0
        self.unsent = data[sent:]
        if self.unsent:
            self.server.reactor.on_readable(self.connection, None)
            self.server.reactor.call_later(0, self.writable)
