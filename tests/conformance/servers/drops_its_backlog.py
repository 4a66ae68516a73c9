"""Closes the listener at the stop, and with it whoever has not been accepted."""

import select

from threaded import serve_with  # type: ignore[import-not-found] # a neighbour of the file that is served


def serve(listener, stop, service):
    def connections(listener, stop):
        poll = select.poll()
        poll.register(listener, select.POLLIN)
        poll.register(stop, select.POLLIN)
        while True:
            poll.poll()
            if stop.is_requested:
                return listener.close()
            if connection := service.accept(listener):
                connection.setblocking(True)
                yield connection

    service.connections = connections
    serve_with(listener, stop, service)
