"""A server that serves each connection in a thread, and dies of the thirtieth."""

import os
import threading


def serve(listener, stop, service):
    for number, connection in enumerate(service.connections(listener, stop)):
        if number == 30:
            os._exit(3)
        threading.Thread(target=echo, args=(connection, service), daemon=True).start()


def echo(connection, service):
    with service.attend(connection) as peer:
        while data := peer.recv(65536):
            peer.sendall(data)
