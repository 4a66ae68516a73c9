"""A server that accepts and never answers."""


def serve(listener, stop, service):
    kept = []
    for connection in service.connections(listener, stop):
        kept.append(connection)
    for connection in kept:
        connection.close()
