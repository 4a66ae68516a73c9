"""A user's own server that does what it should, and prints, which must disturb nobody."""

import socket


def serve(listener, stop, service):
    print("hello from a server that prints")
    for connection in service.connections(listener, stop):
        with service.attend(connection) as peer:
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while data := peer.recv(65536):
                peer.sendall(data)
                print("echoed", len(data))
