"""Out of descriptors once, it never accepts again."""

from threaded import serve_with  # type: ignore[import-not-found] # a neighbour of the file that is served


def serve(listener, stop, service):
    accept = service.accept

    def accept_until_exhausted(listener):
        connection = accept(listener)
        if service.pause_s:
            service.accept = lambda listener: stop.wait(0.1) or None
        return connection

    service.accept = accept_until_exhausted
    serve_with(listener, stop, service)
