"""Takes SIGTERM for the end, whatever is in flight."""

import os
import signal

from threaded import serve_with  # type: ignore[import-not-found] # a neighbour of the file that is served


def serve(listener, stop, service):
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    serve_with(listener, stop, service)
