"""The echo server in coroutines, which our kernel runs as tasks.

`await` where `generators` says `yield from`: underneath it is the same, a frame
that stands still and a trap that comes up to the loop. What is new is the task.
It can be cancelled, it is joined, and it belongs to a group, which does not end
before the last of its tasks has.
"""

import socket

from concur.echo.contract import READ_BYTES, Lines, Service, Stop
from concur.kernel.streams import Channel, Stream
from concur.kernel.tasks import Group, Kernel
from concur.kernel.trampoline import done, sleep


def serve(listener: socket.socket, stop: Stop, service: Service) -> None:
    """Run the kernel on `main`."""
    kernel = Kernel()
    service.notes["poller"] = kernel.reactor.poller
    kernel.run(main(listener, stop, service))


async def main(listener: socket.socket, stop: Stop, service: Service) -> None:
    """Accept until the stop; then take what the backlog holds, and wait for everyone."""
    answer = work if service.is_dosed else echo
    async with Group() as connections:
        async with Group() as acceptors:
            await acceptors.spawn(accept(listener, service, connections))
            await Channel(stop).readable
            acceptors.cancel()
        for connection in service.backlog(listener):
            await connections.spawn(answer(connection, service))
        listener.close()


async def accept(listener: socket.socket, service: Service, connections: Group) -> None:
    """Take connections for ever."""
    answer = work if service.is_dosed else echo
    with Channel(listener) as channel:
        while True:
            await channel.readable
            if connection := service.accept(listener):
                await connections.spawn(answer(connection, service))
            else:
                await sleep(service.pause_s)


async def echo(connection: socket.socket, service: Service) -> None:
    """What comes in goes out, until the peer ends its side."""
    with service.attend(connection), Stream(connection) as stream:
        while True:
            await stream.readable
            data = connection.recv(READ_BYTES)
            if not data:
                return
            await stream.write(data)


async def work(connection: socket.socket, service: Service) -> None:
    """With a dose: for each line, compute, wait, and send it back."""
    lines, dose = Lines(), service.dose
    with service.attend(connection), Stream(connection) as stream:
        while not lines.at_end:
            await stream.readable
            for line in lines.feed(connection.recv(READ_BYTES)):
                if computing := service.compute(line):
                    await done(computing)
                if dose.wait_s:
                    await sleep(dose.wait_s)
                await stream.write(line)
