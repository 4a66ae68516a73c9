"""Does not want to stop."""

import signal

from threaded import serve_with  # type: ignore[import-not-found] # a neighbour of the file that is served


def serve(listener, stop, service):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    serve_with(listener, stop, service)
