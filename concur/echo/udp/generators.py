"""The datagram server in generators: one reads, and with a dose there is one for each datagram.

By streams, a generator's place in its code says how far its connection has come.
Here each datagram is all there is to know of it, so without a dose one will do.
"""

import socket
from collections.abc import Generator
from typing import Any

from concur.echo.contract import Service, Stop
from concur.echo.udp.contract import Datagram, Datagrams
from concur.kernel.streams import Channel
from concur.kernel.trampoline import Trampoline, Trap, sleep

Waits = Generator[Trap, Any, None]


def serve(bound: socket.socket, stop: Stop, service: Service) -> None:
    """Run one generator that reads, and one that waits for the stop."""
    trampoline = Trampoline()
    service.notes["poller"] = trampoline.reactor.poller
    own = Datagrams(bound, service)
    reader = read(own, trampoline)
    trampoline.spawn(reader)
    trampoline.spawn(finish(own, stop, trampoline, reader))
    trampoline.run()
    own.tell()


def read(own: Datagrams, trampoline: Trampoline) -> Waits:
    """Answer for ever. It waits first: after a read there is most likely nothing more."""
    is_dosed = own.service.is_dosed
    with Channel(own.socket) as channel:
        while True:
            yield from channel.readable
            if not (datagram := own.take()):
                continue
            if is_dosed:
                trampoline.spawn(work(own, datagram))
            else:
                own.give(datagram)


def work(own: Datagrams, datagram: Datagram) -> Waits:
    """With a dose: compute, wait, and send it back."""
    dose = own.service.dose
    dose.compute(datagram[0])
    if dose.wait_s:
        yield from sleep(dose.wait_s)
    own.give(datagram)


def finish(own: Datagrams, stop: Stop, trampoline: Trampoline, reader: Waits) -> Waits:
    """At the stop: read no more, but what is there."""
    yield from Channel(stop).readable
    trampoline.kill(reader)
    for datagram in own.remaining():
        trampoline.spawn(work(own, datagram))
