"""Leaves out the last byte of long pieces."""

from threaded import serve_with  # type: ignore[import-not-found] # a neighbour of the file that is served


def serve(listener, stop, service):
    serve_with(listener, stop, service, answer=lambda data: data[:-1] if len(data) > 1000 else data)
