"""A server that answers rightly at first, and then alters a byte now and then."""


def serve(listener, stop, service):
    served = 0
    for connection in service.connections(listener, stop):
        with service.attend(connection) as peer:
            while data := peer.recv(65536):
                served += 1
                if served > 50 and served % 7 == 0:
                    data = bytes([data[0] ^ 1]) + data[1:]
                peer.sendall(data)
