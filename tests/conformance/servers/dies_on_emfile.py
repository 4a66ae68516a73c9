"""Out of descriptors, it is out of its wits."""

import os

from threaded import serve_with  # type: ignore[import-not-found] # a neighbour of the file that is served


def serve(listener, stop, service):
    accept = service.accept

    def accept_or_die(listener):
        connection = accept(listener)
        if service.pause_s:
            os._exit(3)
        return connection

    service.accept = accept_or_die
    serve_with(listener, stop, service)
