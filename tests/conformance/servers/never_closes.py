"""Keeps a connection whose peer has ended its side, until the stop."""

from threaded import serve_with  # type: ignore[import-not-found] # a neighbour of the file that is served


def serve(listener, stop, service):
    serve_with(listener, stop, service, end=lambda connection: stop.wait(3600))
