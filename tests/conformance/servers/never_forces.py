"""Waits for whoever does not read, beyond its grace period."""

from threaded import serve_with  # type: ignore[import-not-found] # a neighbour of the file that is served


def serve(listener, stop, service):
    service.force = lambda: None
    stop._on_grace_over.clear()
    serve_with(listener, stop, service)
