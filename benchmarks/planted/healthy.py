"""Nothing is wrong here: it waits, reads, does its work, answers, and waits again.

The work is one fixed computation a message, so that it is the server which is busy, and not the engine.
"""

import hashlib

from faulty_loop import serve_with  # type: ignore[import-not-found] # beside us: our folder is on the path

from concur.echo.callbacks import Echo


class Healthy(Echo):
    def send(self, data):
        hashlib.pbkdf2_hmac("sha256", b"work", b"for its own sake", 1000)
        super().send(data)


def serve(listener, stop, service):
    serve_with(Healthy, listener, stop, service)
