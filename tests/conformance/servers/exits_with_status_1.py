"""Drains well, and then says that it has failed."""

import os

from threaded import serve_with  # type: ignore[import-not-found] # a neighbour of the file that is served


def serve(listener, stop, service):
    serve_with(listener, stop, service)
    os._exit(1)
