"""The fault: for each message the loop itself sleeps for half a millisecond, as it would in a query or an fsync.

It burns no CPU meanwhile, and serves nobody: every connection waits for every other's sleep.
"""

import time

from faulty_loop import serve_with  # type: ignore[import-not-found] # beside us: our folder is on the path

from concur.echo.callbacks import Echo

BLOCKED_S = 0.0005


class Blocking(Echo):
    def send(self, data):
        time.sleep(BLOCKED_S)
        super().send(data)


def serve(listener, stop, service):
    serve_with(Blocking, listener, stop, service)
