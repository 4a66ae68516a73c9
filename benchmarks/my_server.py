"""A server of your own: any module with serve(listener, stop, service). Measure it: concur bench ./my_server.py"""

import threading


def serve(listener, stop, service):
    for connection in service.connections(listener, stop):  # accepted sockets, until the stop
        threading.Thread(target=echo, args=(connection, service)).start()


def echo(connection, service):
    with service.attend(connection):  # a peer's fault ends here, and the socket is closed
        while data := connection.recv(4096):  # is 4 KiB as good as the models' 64?
            connection.sendall(data)
