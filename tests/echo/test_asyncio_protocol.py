"""How the models on asyncio's loops end: `attend`, which they share."""

import asyncio
import socket
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from concur.echo import asyncio_protocol, asyncio_streams
from concur.echo.contract import Service, Stop, listen
from concur.echo.dose import Dose
from concur.echo.offload import Offload

Main = Callable[[socket.socket, Stop, Service], Coroutine[Any, Any, None]]


@pytest.fixture
def stop() -> Iterator[Stop]:
    made = Stop()
    yield made
    made.close()


@pytest.mark.parametrize("main", [asyncio_protocol.main, asyncio_streams.main], ids=["protocol", "streams"])
def test_who_comes_last_is_answered_though_everyone_else_has_gone(main: Main, stop: Stop) -> None:
    service = Service(Dose(wait_s=0.05))
    stop.on_request(service.drain)
    with listen("127.0.0.1", 0) as listener, socket.socket() as idle, socket.socket() as late:
        for peer in (idle, late):
            peer.settimeout(10)
        address = listener.getsockname()

        def come_and_stop() -> None:
            """In one turn of the loop, so that it sees all at once: the stop, the idle peer's end, and the late one."""
            if not service.open:
                asyncio.get_running_loop().call_later(0.001, come_and_stop)
                return
            late.connect(address)
            late.sendall(b"late\n")
            stop.request()

        async def run() -> None:
            idle.connect(address)
            asyncio.get_running_loop().call_soon(come_and_stop)
            await main(listener, stop, service)

        asyncio.run(run())
        assert late.recv(100) == b"late\n"
    assert not service.open


class Transport(asyncio.Transport):
    """A connection that takes down what is written to it."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__({"socket": connection})
        self.written: list[object] = []

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...

    def pause_reading(self) -> None: ...

    def write(self, data: object) -> None:
        self.written.append(data)

    def is_closing(self) -> bool:
        return False


def test_nothing_follows_what_is_computed_for_a_peer_that_has_gone() -> None:
    service = Service(Dose(1), offload=Offload(1, "threads"))
    service.start_offload()

    async def run(connection: socket.socket) -> list[object]:
        transport = Transport(connection)
        protocol = asyncio_protocol.Work(service, asyncio.Event())
        protocol.connection_made(transport)
        protocol.data_received(b"line\n")
        protocol.connection_lost(ConnectionResetError())
        assert service.offload
        await asyncio.wrap_future(service.offload.submit(service.dose, b""))  # the only worker has done both by then
        await asyncio.sleep(0)
        return transport.written

    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert asyncio.run(run(ours)) == []
    service.end_offload()
