"""The echo server with a trio task for each connection.

Line by line that of `coroutines`: groups are trio's nurseries, from which they
have their rule that none ends before the last of its tasks has. What is
trio's own is the checkpoint. Each call that may wait lets others run, even when
it did not have to wait, so nobody can hog the loop; `send` pays a turn of it.
"""

import socket
import warnings
from typing import TYPE_CHECKING

import trio
from trio.socket import from_stdlib_socket

from concur.echo.contract import READ_BYTES, Lines, Service, Stop

if TYPE_CHECKING:
    from concurrent.futures import Future

# In the main thread trio borrows the wake-up descriptor of signals, to wake its own loop, and warns that it was taken.
# That is what we want: it gives it back, and our handlers run all the same.
WAKE_UP_WARNING = "It looks like Trio's signal handling code might have collided"


def serve(listener: socket.socket, stop: Stop, service: Service) -> None:
    """Run trio on `main`."""
    warnings.filterwarnings("ignore", WAKE_UP_WARNING, RuntimeWarning)
    trio.run(main, listener, stop, service)


async def main(listener: socket.socket, stop: Stop, service: Service) -> None:
    """Accept until the stop; then take what the backlog holds, and wait for everyone."""
    answer = work if service.is_dosed else echo
    service.notes["loop"] = f"trio on {trio.lowlevel.current_statistics().io_statistics.backend}"
    async with trio.open_nursery() as connections:
        async with trio.open_nursery() as acceptors:
            acceptors.start_soon(accept, listener, service, connections)
            await trio.lowlevel.wait_readable(stop)
            acceptors.cancel_scope.cancel()
        for connection in service.backlog(listener):
            connections.start_soon(answer, connection, service)
        listener.close()


async def accept(listener: socket.socket, service: Service, connections: trio.Nursery) -> None:
    """Take connections for ever."""
    answer = work if service.is_dosed else echo
    while True:
        await trio.lowlevel.wait_readable(listener)
        if connection := service.accept(listener):
            connections.start_soon(answer, connection, service)
        else:
            await trio.sleep(service.pause_s)


async def echo(connection: socket.socket, service: Service) -> None:
    """What comes in goes out, until the peer ends its side."""
    with service.attend(connection):
        stream = from_stdlib_socket(connection)
        while data := await stream.recv(READ_BYTES):
            while data:
                data = data[await stream.send(data) :]


async def work(connection: socket.socket, service: Service) -> None:
    """With a dose: for each line, compute, wait, and send it back."""
    lines, dose = Lines(), service.dose
    with service.attend(connection):
        stream = from_stdlib_socket(connection)
        while not lines.at_end:
            for line in lines.feed(await stream.recv(READ_BYTES)):
                if computing := service.compute(line):
                    await done(computing)
                if dose.wait_s:
                    await trio.sleep(dose.wait_s)
                while line:  # trio has no sendall: cancelled, it could not say how much it had sent
                    line = line[await stream.send(line) :]


async def done(computing: "Future[int]") -> None:
    """Wait for what others compute. Of their thread, trio's token is what may be called there."""
    token, event = trio.lowlevel.current_trio_token(), trio.Event()
    computing.add_done_callback(lambda _: token.run_sync_soon(event.set))
    await event.wait()
    computing.result()  # raises, if they failed
