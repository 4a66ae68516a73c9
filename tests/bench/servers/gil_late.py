"""A server that imports the extension only when it serves: it was ready without a GIL."""

from concur.echo import threads


def serve(listener, stop, service):
    import turns_gil_on  # type: ignore[import-not-found]  # noqa: F401 # that is the point

    threads.serve(listener, stop, service)
