"""Now and then starts a process, and does not wait for it."""

import itertools
import subprocess

from threaded import serve_with  # type: ignore[import-not-found] # a neighbour of the file that is served


def serve(listener, stop, service):
    numbers, children = itertools.count(), []

    def begin(connection):
        if next(numbers) % 1000 == 999:
            children.append(subprocess.Popen(["/bin/true"]))

    serve_with(listener, stop, service, begin=begin)
