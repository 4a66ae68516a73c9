"""A command that finds its port in use, and calls that a success."""

import socket
import sys
import threading


def echo(connection):
    with connection:
        while data := connection.recv(65536):
            connection.sendall(data)


try:
    listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
except OSError:
    sys.exit(0)
with listener:
    while True:
        threading.Thread(target=echo, args=(listener.accept()[0],), daemon=True).start()
