"""Serves one connection, then the next."""

from concur.echo.contract import READ_BYTES


def serve(listener, stop, service):
    for connection in service.connections(listener, stop):
        with service.attend(connection):
            while data := connection.recv(READ_BYTES):
                connection.sendall(data)
