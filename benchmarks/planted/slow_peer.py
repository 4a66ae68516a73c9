"""The fault: the loop's sends block, for 20 ms at most: a peer that does not read has all others wait as long.

What was not taken is sent again in the next turn; until then the peer is read no further, and memory does not grow.
It shows where a scenario has a peer that never reads (`stuck_peers`).
"""

import socket
import struct

from faulty_loop import serve_with  # type: ignore[import-not-found] # beside us: our folder is on the path

from concur.echo.callbacks import Echo

PATIENCE = struct.pack("ll", 0, 20_000)  # a struct timeval: seconds, microseconds (socket(7), SO_SNDTIMEO)


class Patient(Echo):
    def __init__(self, connection, server):
        super().__init__(connection, server)
        connection.setblocking(True)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, PATIENCE)

    def send(self, data):
        try:
            sent = self.connection.send(data)
        except BlockingIOError:  # the time is over
            sent = 0
        if sent < len(data):
            self.server.reactor.on_readable(self.connection, None)
            self.server.reactor.call_soon(self.go_on, data[sent:])

    def go_on(self, rest):
        self.server.reactor.on_readable(self.connection, self.readable)
        try:
            self.send(rest)
        except OSError as error:
            self.fail(error)


def serve(listener, stop, service):
    serve_with(Patient, listener, stop, service)
