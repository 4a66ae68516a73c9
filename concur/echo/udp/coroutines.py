"""The datagram server in coroutines: a task reads, and with a dose there is one for each datagram.

`await` where `generators` says `yield from`; and those who wait are a group,
which does not end before the last of them has.
"""

import socket

from concur.echo.contract import Service, Stop
from concur.echo.udp.contract import Datagram, Datagrams
from concur.kernel.streams import Channel
from concur.kernel.tasks import Group, Kernel
from concur.kernel.trampoline import sleep


def serve(bound: socket.socket, stop: Stop, service: Service) -> None:
    """Run the kernel on `main`."""
    kernel = Kernel()
    service.notes["poller"] = kernel.reactor.poller
    own = Datagrams(bound, service)
    kernel.run(main(own, stop))
    own.tell()


async def main(own: Datagrams, stop: Stop) -> None:
    """Read until the stop; then what is there, and wait for every reply."""
    async with Group() as replies:
        async with Group() as readers:
            await readers.spawn(read(own, replies))
            await Channel(stop).readable
            readers.cancel()
        for datagram in own.remaining():
            await replies.spawn(work(own, datagram))


async def read(own: Datagrams, replies: Group) -> None:
    """Answer for ever. It waits first: after a read there is most likely nothing more."""
    is_dosed = own.service.is_dosed
    with Channel(own.socket) as channel:
        while True:
            await channel.readable
            if not (datagram := own.take()):
                continue
            if is_dosed:
                await replies.spawn(work(own, datagram))
            else:
                own.give(datagram)


async def work(own: Datagrams, datagram: Datagram) -> None:
    """With a dose: compute, wait, and send it back."""
    dose = own.service.dose
    dose.compute(datagram[0])
    if dose.wait_s:
        await sleep(dose.wait_s)
    own.give(datagram)
