"""With a dose, waits for a line's end however long it gets."""

from threaded import serve_with  # type: ignore[import-not-found] # a neighbour of the file that is served


class Endless:
    def __init__(self):
        self._held, self.at_end = b"", False

    def feed(self, data):
        if not data:
            self.at_end = True
            return [self._held] if self._held else []
        *lines, self._held = (self._held + data).split(b"\n")
        return [line + b"\n" for line in lines]


def serve(listener, stop, service):
    serve_with(listener, stop, service, lines=Endless)
