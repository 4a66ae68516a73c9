"""A server that keeps all promises, and places at which others break one: `from threaded import serve_with`.

answer: what to send for some bytes that came, or for a line; begin and end:
called with each connection; `lines` frames a dosed service.
"""

import threading
import time

from concur.echo.contract import READ_BYTES, Lines


def serve(listener, stop, service):
    serve_with(listener, stop, service)


def nothing(connection):
    pass


def serve_with(listener, stop, service, answer=bytes, begin=nothing, end=nothing, lines=Lines):
    def run(connection):
        with service.attend(connection):
            begin(connection)
            for data in messages(connection):
                service.dose.compute()
                time.sleep(service.dose.wait_s)
                connection.sendall(answer(data))
            end(connection)

    def messages(connection):
        if not service.is_dosed:
            yield from iter(lambda: connection.recv(READ_BYTES), b"")
            return
        framing = lines()
        while not framing.at_end:
            yield from framing.feed(connection.recv(READ_BYTES))

    threads: set[threading.Thread] = set()
    for connection in service.connections(listener, stop):
        thread = threading.Thread(target=run, args=(connection,))
        threads = {each for each in threads if each.is_alive()} | {thread}
        thread.start()
    for thread in threads:
        thread.join()
