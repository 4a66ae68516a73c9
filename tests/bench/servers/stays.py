"""A server that ignores SIGTERM."""

import signal


def serve(listener, stop, service):
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    for connection in service.connections(listener, stop):
        with service.attend(connection) as peer:
            while data := peer.recv(65536):
                peer.sendall(data)
