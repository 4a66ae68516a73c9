"""Connecting a socket that does not block."""

import select
import socket

import pytest

from concur.kernel import connecting


def connect(client: socket.socket, address: tuple[str, int]) -> None:
    """The beginning and, when it is writable, the end."""
    if connecting.begin(client, address):
        select.select([], [client], [])
        connecting.finish(client)


def test_a_connection_is_there_when_it_is_writable():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
        client.setblocking(False)
        connect(client, server.getsockname())
        assert client.getpeername() == server.getsockname()


def test_nobody_there_is_an_error_at_once_or_at_the_end():
    with socket.create_server(("127.0.0.1", 0)) as server:
        nobody = server.getsockname()
    with socket.socket() as client:
        client.setblocking(False)
        with pytest.raises(ConnectionRefusedError):
            connect(client, nobody)
