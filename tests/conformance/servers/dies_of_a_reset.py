"""Lets a peer's reset end it all: the error of one connection is nobody's."""

import select


def serve(listener, stop, service):
    poll, connections = select.poll(), {}
    poll.register(listener, select.POLLIN)
    poll.register(stop, select.POLLIN)
    while not stop.is_requested:
        for descriptor, _ in poll.poll():
            if descriptor == listener.fileno():
                if connection := service.accept(listener):
                    connections[connection.fileno()] = connection
                    poll.register(connection, select.POLLIN)
            elif descriptor in connections and not (data := connections[descriptor].recv(65536)):
                poll.unregister(descriptor)
                connections.pop(descriptor).close()
            elif descriptor in connections:
                connections[descriptor].sendall(data)
