"""The datagram server with threads that block on one socket.

A thread for each connection has no meaning where there are none. So there is a
fixed number of them, and each datagram wakes one of those that block in
`recvfrom`; which one is the kernel's choice. While it computes or sleeps,
another takes what comes next.
"""

import socket
import threading
import time

from concur.echo.contract import Service, Stop
from concur.echo.udp.contract import Datagram, Datagrams, shut_reading


def serve(bound: socket.socket, stop: Stop, service: Service) -> None:
    """Let a pool of threads answer until the stop, and what is left then."""
    bound.setblocking(True)
    shares = [Datagrams(bound, service) for _ in range(service.pool)]
    threads = [threading.Thread(target=answer, args=(own, stop)) for own in shares]
    for thread in threads:
        thread.start()
    stop.wait()
    shut_reading(bound)
    for thread in threads:
        thread.join()
    for own in shares:
        own.tell()


def answer(own: Datagrams, stop: Stop) -> None:
    """One thread's life. Two calls of the system for a datagram, and the GIL is let go of in both."""
    reply = work if own.service.is_dosed else Datagrams.give
    while not stop.is_requested and (datagram := own.take()):
        reply(own, datagram)
    for datagram in own.remaining():
        reply(own, datagram)


def work(own: Datagrams, datagram: Datagram) -> None:
    """With a dose: compute, wait, and send it back."""
    dose = own.service.dose
    dose.compute(datagram[0])
    if dose.wait_s:
        time.sleep(dose.wait_s)
    own.give(datagram)
