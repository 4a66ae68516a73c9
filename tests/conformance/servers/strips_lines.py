"""With a dose, leaves out empty lines."""

from threaded import serve_with  # type: ignore[import-not-found] # a neighbour of the file that is served


def serve(listener, stop, service):
    serve_with(listener, stop, service, answer=lambda data: b"" if data == b"\n" else data)
