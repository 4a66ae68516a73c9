"""A server by no contract, for --command: it takes a port, and echoes. With a second word it never listens."""

import socket
import sys
import threading


def echo(connection):
    with connection:
        while data := connection.recv(65536):
            connection.sendall(data)


if len(sys.argv) > 2:
    print("I will not listen", flush=True)
    threading.Event().wait()
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as listener:
    while True:
        threading.Thread(target=echo, args=(listener.accept()[0],), daemon=True).start()
