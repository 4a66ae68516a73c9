"""Serves eight at a time."""

import threading

from threaded import serve_with  # type: ignore[import-not-found] # a neighbour of the file that is served


def serve(listener, stop, service):
    places = threading.Semaphore(8)
    serve_with(listener, stop, service, begin=lambda _: places.acquire(), end=lambda _: places.release())
