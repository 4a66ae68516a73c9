"""Keeps a descriptor for each connection."""

import os

from threaded import serve_with  # type: ignore[import-not-found] # a neighbour of the file that is served


def serve(listener, stop, service):
    serve_with(listener, stop, service, begin=lambda connection: os.dup(connection.fileno()))
