"""The fault: it keeps many containers alive, and has the collector look at all of them every few messages.

As a program does that calls `gc.collect()` to be on the safe side, or whose old generation is
collected often: a collection costs time for each container that lives, garbage or not.
"""

import gc

from faulty_loop import serve_with  # type: ignore[import-not-found] # beside us: our folder is on the path

from concur.echo.callbacks import Echo

CONTAINERS = 20_000
EVERY = 10  # messages

kept: list[list[int]] = [[] for _ in range(CONTAINERS)]


class Collecting(Echo):
    messages = 0

    def send(self, data):
        Collecting.messages += 1
        if Collecting.messages % EVERY == 0:
            gc.collect()
        super().send(data)


def serve(listener, stop, service):
    serve_with(Collecting, listener, stop, service)
