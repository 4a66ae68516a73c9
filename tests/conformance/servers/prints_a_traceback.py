"""Takes a peer's reset for an error of its own, and tells the world."""

import traceback

from threaded import serve_with  # type: ignore[import-not-found] # a neighbour of the file that is served


class Told:
    """Attends to a connection like the service it stands for, and prints what it hears of."""

    def __init__(self, service):
        self._service = service

    def __getattr__(self, name):
        return getattr(self._service, name)

    def attend(self, connection):
        return Attended(self._service.attend(connection))


class Attended:
    def __init__(self, attended):
        self._attended = attended

    def __enter__(self):
        return self._attended.__enter__()

    def __exit__(self, kind, error, trace):
        if error:
            traceback.print_exception(error)
        return self._attended.__exit__(kind, error, trace)


def serve(listener, stop, service):
    serve_with(listener, stop, Told(service))
