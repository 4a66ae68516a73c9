"""The crawler with a greenlet for each request that is under way, switched by gevent.

The code of a request is that of `threads`, to the letter: gevent's socket has the
same calls, and its waits let the others run. There is no lock, since nobody else
runs between two of them.
"""

import socket

import gevent
from gevent.event import Event
from gevent.pool import Group
from gevent.socket import socket as gevent_socket
from gevent.socket import wait_read

from concur.crawl.addresses import Address
from concur.crawl.blocking import Line as BlockingLine
from concur.crawl.blocking import Lines
from concur.crawl.contract import Crawl
from concur.crawl.frontier import Job
from concur.echo.stop import Stop


def crawl(crawl: Crawl, stop: Stop) -> None:
    """Begin what may begin, then wait for the end of a request, for a time, or for the stop."""

    def look_up(host: str, port: int) -> list[Address]:
        found: list[Address] = gevent.get_hub().threadpool.apply(crawl.addresses.of, (host, port))
        return found

    lines, requests, news = Lines(crawl, Line, look_up), Group(), Event()

    def work(job: Job) -> None:
        crawl.settle(job, lines.fetch(job))
        news.set()

    def hear() -> None:
        wait_read(stop.fileno())
        news.set()

    stop.on_grace_over(lines.end)
    listener = gevent.spawn(hear)
    while not (crawl.is_done or stop.is_requested):
        news.clear()
        while job := crawl.take():
            requests.spawn(work, job)
        news.wait(crawl.wait_s())
    requests.join()
    listener.kill()
    lines.close()
    gevent.get_hub().destroy(destroy_loop=True)


class Line(BlockingLine):
    """A connection by gevent's socket."""

    def connected(self, address: Address) -> socket.socket:
        """A socket that is."""
        made: socket.socket = gevent_socket(address[0], socket.SOCK_STREAM)
        self._socket = made
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.settimeout(self._timeout_s)
        made.connect(address[1])
        return made
