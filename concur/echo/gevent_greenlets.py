"""The echo server with a greenlet for each connection, switched by gevent.

Blocking code again, to the letter that of `threads`. But gevent's `recv` does
not block the thread: it switches to another greenlet's stack, and back when
libev says that there is something to read. Any function may switch, however
deep, and none shows it; that is what greenlets give and what they cost.
"""

import socket
from typing import TYPE_CHECKING

import gevent
from gevent.event import Event
from gevent.pool import Group
from gevent.socket import socket as gevent_socket
from gevent.socket import wait_read

from concur.echo.contract import READ_BYTES, Lines, Service, Stop

if TYPE_CHECKING:
    from concurrent.futures import Future


def serve(listener: socket.socket, stop: Stop, service: Service) -> None:
    """Spawn a greenlet that accepts; at the stop take what the backlog holds, and wait for everyone."""
    loop = gevent.get_hub().loop
    service.notes["loop"] = f"{type(loop).__module__}.{type(loop).__qualname__}"
    connections = Group()
    acceptor = gevent.spawn(accept, listener, service, connections)
    wait_read(stop.fileno())
    acceptor.kill()
    for connection in service.backlog(listener):
        spawn(connection, service, connections)
    listener.close()
    connections.join()
    gevent.get_hub().destroy(destroy_loop=True)


def accept(listener: socket.socket, service: Service, connections: Group) -> None:
    """Take connections for ever."""
    while True:
        wait_read(listener.fileno())
        if connection := service.accept(listener):
            spawn(connection, service, connections)
        else:
            gevent.sleep(service.pause_s)


def spawn(connection: socket.socket, service: Service, connections: Group) -> None:
    """A greenlet for a connection, whose socket becomes gevent's."""
    answer = work if service.is_dosed else echo
    connections.spawn(answer, gevent_socket(fileno=connection.detach()), service)


def echo(connection: gevent_socket, service: Service) -> None:
    """What comes in goes out, until the peer ends its side."""
    with service.attend(connection):
        while data := connection.recv(READ_BYTES):
            connection.sendall(data)


def work(connection: gevent_socket, service: Service) -> None:
    """With a dose: for each line, compute, wait, and send it back."""
    lines, dose = Lines(), service.dose
    with service.attend(connection):
        while not lines.at_end:
            for line in lines.feed(connection.recv(READ_BYTES)):
                if computing := service.compute(line):
                    wait_done(computing)
                if dose.wait_s:
                    gevent.sleep(dose.wait_s)
                connection.sendall(line)


def wait_done(computing: "Future[int]") -> None:
    """Wait for what others compute. Their `result` would block the thread, and so all of us."""
    done = Event()
    with gevent.get_hub().loop.async_() as watcher:  # what another thread may wake the loop by
        watcher.start(done.set)
        computing.add_done_callback(lambda _: watcher.send())
        done.wait()
    computing.result()  # raises, if they failed
