"""Makes a pipe as it starts, and leaves it at its end."""

import os

from threaded import serve_with  # type: ignore[import-not-found] # a neighbour of the file that is served


def serve(listener, stop, service):
    os.pipe()
    serve_with(listener, stop, service)
