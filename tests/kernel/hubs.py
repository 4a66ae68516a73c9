"""What green threads do in the tests: echo, send, receive, sleep; and two ends of a connection for them."""

import socket
from collections.abc import Callable

from concur.kernel.green_threads import Hub, Stream, Waiter

SMALL_BYTES = 4096
Pair = tuple[socket.socket, socket.socket]
MakeHub = Callable[[], Hub]


def small_pair() -> Pair:
    pair = socket.socketpair()
    for end in pair:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL_BYTES)
    return pair


def echo(hub: Hub, connection: socket.socket) -> None:
    """What comes in goes out, up to the end."""
    with Stream(connection, hub) as stream:
        while data := stream.recv(65536):
            stream.sendall(data)
    connection.shutdown(socket.SHUT_WR)


def send(hub: Hub, connection: socket.socket, data: bytes) -> None:
    """All of it, and then the end."""
    with Stream(connection, hub) as stream:
        stream.sendall(data)
    connection.shutdown(socket.SHUT_WR)


def receive(hub: Hub, connection: socket.socket, came: bytearray, size_bytes: int = 65536) -> None:
    """All that comes, up to the end."""
    with Stream(connection, hub) as stream:
        while data := stream.recv(size_bytes):
            came += data


def sleep(hub: Hub, seconds: float, log: list[str], name: str) -> None:
    """Log it when it is over, and when it is cut short."""
    with socket.socket() as any_descriptor, Waiter(any_descriptor, hub) as waiter:
        try:
            waiter.sleep(seconds)
            log.append(name)
        except BaseException:
            log.append(f"{name} killed")
            raise


def pause(hub: Hub) -> None:
    """Let the others go on for a turn."""
    park, wake = hub.parking()
    hub.reactor.call_soon(wake)
    park()
