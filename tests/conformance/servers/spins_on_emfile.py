"""Out of descriptors, it tries again at once, and again."""

from threaded import serve_with  # type: ignore[import-not-found] # a neighbour of the file that is served


def serve(listener, stop, service):
    def connections(listener, stop):
        while not stop.is_requested:
            connection = service.accept(listener)
            if connection:
                connection.setblocking(True)
                yield connection
            elif not service.pause_s:
                stop.wait(0.01)

    service.connections = connections
    serve_with(listener, stop, service)
