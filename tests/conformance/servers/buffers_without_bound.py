"""Reads on while its peer does not, and keeps all of it."""

import queue
import threading


def serve(listener, stop, service):
    threads = []
    for connection in service.connections(listener, stop):
        service.opened(connection)
        unsent: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        threads.append(threading.Thread(target=read, args=(connection, unsent)))
        threads.append(threading.Thread(target=write, args=(connection, unsent, service)))
        for thread in threads[-2:]:
            thread.start()
    for thread in threads:
        thread.join()


def read(connection, unsent):
    try:
        while data := connection.recv(65536):
            unsent.put(data)
    except OSError:
        pass
    unsent.put(b"")


def write(connection, unsent, service):
    try:
        while data := unsent.get():
            connection.sendall(data)
    except OSError:
        pass
    service.closed(connection)
    connection.close()
