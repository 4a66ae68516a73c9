"""The echo server in generators, which our trampoline runs.

A generator keeps its place, its variables and its `with` blocks while it stands
still. So a connection reads like the blocking one again, but that each wait is
marked with `yield from`, where the generator lets go and the trampoline waits
for all of them at once. No thread, no callback.
"""

import socket
from collections.abc import Generator
from typing import Any

from concur.echo.contract import READ_BYTES, Lines, Service, Stop
from concur.kernel.streams import Channel, Stream
from concur.kernel.trampoline import Trampoline, Trap, done, sleep

Waits = Generator[Trap, Any, None]


def serve(listener: socket.socket, stop: Stop, service: Service) -> None:
    """Run one generator that accepts, one that waits for the stop, and one for each connection."""
    trampoline = Trampoline()
    service.notes["poller"] = trampoline.reactor.poller
    acceptor = accept(listener, service, trampoline)
    trampoline.spawn(acceptor)
    trampoline.spawn(finish(listener, stop, service, trampoline, acceptor))
    trampoline.run()


def accept(listener: socket.socket, service: Service, trampoline: Trampoline) -> Waits:
    """Take connections for ever."""
    answer = work if service.is_dosed else echo
    with Channel(listener) as channel:
        while True:
            yield from channel.readable
            if connection := service.accept(listener):
                trampoline.spawn(answer(connection, service))
            else:
                yield from sleep(service.pause_s)


def finish(listener: socket.socket, stop: Stop, service: Service, trampoline: Trampoline, acceptor: Waits) -> Waits:
    """At the stop: accept no more, but what the backlog holds."""
    yield from Channel(stop).readable
    trampoline.kill(acceptor)
    answer = work if service.is_dosed else echo
    for connection in service.backlog(listener):
        trampoline.spawn(answer(connection, service))
    listener.close()


def echo(connection: socket.socket, service: Service) -> Waits:
    """What comes in goes out, until the peer ends its side."""
    with service.attend(connection), Stream(connection) as stream:
        while True:
            yield from stream.readable
            data = connection.recv(READ_BYTES)
            if not data:
                return
            yield from stream.write(data)


def work(connection: socket.socket, service: Service) -> Waits:
    """With a dose: for each line, compute, wait, and send it back."""
    lines, dose = Lines(), service.dose
    with service.attend(connection), Stream(connection) as stream:
        while not lines.at_end:
            yield from stream.readable
            for line in lines.feed(connection.recv(READ_BYTES)):
                if computing := service.compute(line):
                    yield from done(computing)
                if dose.wait_s:
                    yield from sleep(dose.wait_s)
                yield from stream.write(line)
