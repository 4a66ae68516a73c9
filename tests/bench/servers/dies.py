"""A server that dies after so many messages, in the middle of a trial."""

import os


def serve(listener, stop, service):
    served = 0
    for connection in service.connections(listener, stop):
        with service.attend(connection) as peer:
            while data := peer.recv(65536):
                peer.sendall(data)
                served += 1
                if served > 200:
                    print("the last words", flush=True)
                    os._exit(3)
