"""Now and then keeps a thread."""

import itertools
import threading

from threaded import serve_with  # type: ignore[import-not-found] # a neighbour of the file that is served


def serve(listener, stop, service):
    numbers, ends = itertools.count(), threading.Event()

    def begin(connection):
        if next(numbers) % 1000 == 999:
            threading.Thread(target=ends.wait, daemon=True).start()

    serve_with(listener, stop, service, begin=begin)
