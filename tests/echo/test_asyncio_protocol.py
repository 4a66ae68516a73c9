"""How the models on asyncio's loops end: `attend`, which they share."""

import asyncio
import socket
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from concur.echo import asyncio_protocol, asyncio_streams
from concur.echo.contract import Service, Stop, listen
from concur.echo.dose import Dose

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
