"""The datagram server with gevent: a greenlet reads, and with a dose there is one for each datagram.

Blocking code again: `hub.wait` switches to another greenlet's stack, and back
when libev says that there is something to read.
"""

import socket

import gevent
from gevent.pool import Group
from gevent.socket import wait_read

from concur.echo.contract import Service, Stop
from concur.echo.udp.contract import Datagram, Datagrams

READ = 1  # libev's EV_READ


def serve(bound: socket.socket, stop: Stop, service: Service) -> None:
    """Spawn the greenlet that reads; at the stop what is there, and wait for every reply."""
    loop = gevent.get_hub().loop
    service.notes["loop"] = f"{type(loop).__module__}.{type(loop).__qualname__}"
    own, replies = Datagrams(bound, service), Group()
    reader = gevent.spawn(read, own, replies)
    wait_read(stop.fileno())
    reader.kill()
    for datagram in own.remaining():
        replies.spawn(work, own, datagram)
    replies.join()
    own.tell()
    gevent.get_hub().destroy(destroy_loop=True)


def read(own: Datagrams, replies: Group) -> None:
    """Answer for ever, with one watcher: gevent's own `recvfrom` tries in vain first, then waits."""
    hub, is_dosed = gevent.get_hub(), own.service.is_dosed
    with hub.loop.io(own.socket.fileno(), READ) as readable:
        while True:
            hub.wait(readable)
            if not (datagram := own.take()):
                continue
            if is_dosed:
                replies.spawn(work, own, datagram)
            else:
                own.give(datagram)


def work(own: Datagrams, datagram: Datagram) -> None:
    """With a dose: compute, wait, and send it back."""
    dose = own.service.dose
    dose.compute(datagram[0])
    if dose.wait_s:
        gevent.sleep(dose.wait_s)
    own.give(datagram)
