"""A fixed set of processes that wait for one listener by epoll, each with an epoll of its own: `prefork`, but polling.

It shows how accepts are spread then (benchmarks/accept_spread.py). EPOLLEXCLUSIVE has the
kernel wake one of them and not all; it is the one that began to wait last, again and again.
"""

import select

from concur.echo.contract import Service, Stop
from concur.echo.forked import Children
from concur.echo.sequential import echo


def serve(listener, stop: Stop, service: Service) -> None:
    children = Children(stop, service)
    children.fork_all([lambda service: accept(listener, stop, service)] * min(service.pool, 3))
    children.watch()
    listener.close()
    children.wait()


def accept(listener, stop: Stop, service: Service) -> None:
    with select.epoll() as ready:
        ready.register(listener, select.EPOLLIN | select.EPOLLEXCLUSIVE)
        ready.register(stop, select.EPOLLIN)
        while not stop.is_requested:
            ready.poll()
            if connection := service.accept(listener):
                connection.setblocking(True)
                echo(connection, service)
    for connection in service.backlog(listener):
        connection.setblocking(True)
        echo(connection, service)
