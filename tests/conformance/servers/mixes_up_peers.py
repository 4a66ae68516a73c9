"""Answers everyone with what the first of them said."""

from threaded import serve_with  # type: ignore[import-not-found] # a neighbour of the file that is served


def serve(listener, stop, service):
    first = []

    def answer(data):
        if len(data) >= 1000 and data.isdigit():
            first.append(data)
            return first[0]
        return data

    serve_with(listener, stop, service, answer)
