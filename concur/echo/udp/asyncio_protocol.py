"""The datagram server as an asyncio protocol: the loop reads, and calls us with each datagram.

`callbacks` with the standard library's reactor. Its transport keeps what the
kernel did not take, and says when that is over a bound: then replies are
dropped, as datagrams may be. Each of its reads makes a buffer of 256 KiB; what
that costs is the allocator's to say, in page faults.
"""

import asyncio
import socket
from typing import Any

from concur.echo.contract import Service, Stop
from concur.echo.udp.contract import Datagrams


def serve(bound: socket.socket, stop: Stop, service: Service) -> None:
    """Run the standard library's loop on `main`."""
    asyncio.run(main(bound, stop, service))


async def main(bound: socket.socket, stop: Stop, service: Service) -> None:
    """Serve until the stop; then answer what is there, and wait for every reply."""
    loop = asyncio.get_running_loop()
    service.notes["loop"] = f"{type(loop).__module__}.{type(loop).__qualname__}"
    stopped, own = asyncio.Event(), Datagrams(bound, service)
    loop.add_reader(stop, stopped.set)
    protocol = Work if service.is_dosed else Echo
    _, echo = await loop.create_datagram_endpoint(lambda: protocol(own), sock=bound.dup())
    await stopped.wait()
    loop.remove_reader(stop)
    echo.finish()
    await echo.ended.wait()
    own.tell()


class Echo(asyncio.DatagramProtocol):
    """What comes goes back to where it came from."""

    transport: Any

    def __init__(self, own: Datagrams) -> None:
        self.own = own
        self.waiting = 0  # datagrams that timers hold
        self.is_full = self.is_finishing = False
        self.ended = asyncio.Event()

    def connection_made(self, transport: Any) -> None:
        """The socket is the loop's."""
        self.transport = transport

    def datagram_received(self, data: bytes, address: Any) -> None:
        """Something came. After the stop, while timers are waited for, that is lost: a loop cannot be told to pause."""
        self.own.received += 1
        if self.is_finishing:
            self.own.dropped += 1
        else:
            self.answer(data, address)

    def answer(self, data: bytes, address: Any) -> None:
        """Send it back, or drop it where others are in front already."""
        if self.is_full:
            self.own.dropped += 1
        elif data:
            self.own.echoed += 1
            self.transport.sendto(data, address)
        else:  # asyncio before 3.13, and uvloop, take an empty datagram for nothing to send
            self.own.give((data, address))

    def error_received(self, error: Exception) -> None:
        """A reply could not be sent, after it was counted. Nothing else is reported of a socket without a peer."""
        self.own.echoed -= 1
        self.own.dropped += 1

    def pause_writing(self) -> None:
        """The transport's buffer is full."""
        self.is_full = True

    def resume_writing(self) -> None:
        """There is room again."""
        self.is_full = False

    def finish(self) -> None:
        """The stop: answer what is there yet."""
        for data, address in self.own.remaining():
            self.answer(data, address)
        self.is_finishing = True
        self.end()

    def end(self) -> None:
        """The last reply closes the transport, which sends what it holds first."""
        if self.is_finishing and not self.waiting:
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        """The transport is closed."""
        self.ended.set()


class Work(Echo):
    """With a dose: compute, wait, and send it back. The wait is a timer."""

    def answer(self, data: bytes, address: Any) -> None:
        """Begin with the computing."""
        dose = self.own.service.dose
        dose.compute(data)
        if dose.wait_s:
            self.waiting += 1
            asyncio.get_running_loop().call_later(dose.wait_s, self.reply, data, address)
        else:
            super().answer(data, address)

    def reply(self, data: bytes, address: Any) -> None:
        """Its wait is over."""
        self.waiting -= 1
        super().answer(data, address)
        self.end()
