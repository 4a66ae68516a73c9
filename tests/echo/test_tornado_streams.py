"""What Tornado's stream would do otherwise: read on and on while there is something, and let nobody else run."""

import asyncio
import socket

import pytest

from concur.echo.contract import Service

READ_BYTES = 1000
READS = 10


async def bytes_echoed_by_turn(ours: socket.socket, theirs: socket.socket) -> list[int]:
    """How many bytes came back in each turn of the loop, until all were there."""
    from concur.echo import tornado_streams

    theirs.setblocking(False)
    theirs.sendall(bytes(READ_BYTES * READS))
    theirs.shutdown(socket.SHUT_WR)
    echoing = asyncio.create_task(tornado_streams.echo(ours, Service()))
    turns: list[int] = []
    while sum(turns) < READ_BYTES * READS and not echoing.done():
        await asyncio.sleep(0)
        try:
            turns.append(len(theirs.recv(READ_BYTES * READS)))
        except BlockingIOError:
            turns.append(0)
    await echoing
    return turns


def test_who_always_has_something_gets_one_read_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("tornado")
    monkeypatch.setattr("concur.echo.tornado_streams.READ_BYTES", READ_BYTES)
    ours, theirs = socket.socketpair()
    with theirs:
        turns = asyncio.run(bytes_echoed_by_turn(ours, theirs))
    assert [came for came in turns if came] == [READ_BYTES] * READS
