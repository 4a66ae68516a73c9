"""The crawler in subinterpreters: a few, threads inside, each with a GIL of its own.

What `prefork` does with processes, in one: the frontier is here, pages are fetched
and parsed in the other interpreters at the same time, and jobs and links pass
through sockets, copied, since no object is common to two interpreters.
"""

import os
import pickle
import socket
import threading
from concurrent import interpreters  # type: ignore[attr-defined] # of 3.14
from functools import partial
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

from concur.crawl import workers
from concur.crawl.blocking import Lines
from concur.crawl.contract import Crawl
from concur.echo.stop import Stop
from concur.errors import TargetError

POOL = 2  # interpreters: as the echo server has
GRACE_OVER = b"g"


def crawl(crawl: Crawl, stop: Stop) -> None:
    """Until nothing is left, or the stop is requested: requests under way then still end."""
    pool = Interpreters(crawl, stop)
    threads = crawl.plan.connections
    shares = [threads // POOL + (number < threads % POOL) for number in range(POOL)]
    lines = [line for share in shares if share for line in pool.add(share)]
    pool.start()
    try:
        workers.carry_out(crawl, stop, lines[::-1])
    finally:
        pool.end(lines)


class Interpreters:
    """The interpreters of one crawl, each run by a thread of its own. Made and ended one after the other."""

    def __init__(self, crawl: Crawl, stop: Stop) -> None:
        self._order = pickle.dumps(crawl)
        self._interpreters: list[Any] = []
        self._threads: list[threading.Thread] = []
        self._words: list[socket.socket] = []
        self._errors: list[Exception] = []
        stop.on_grace_over(self._force)

    def add(self, share: int) -> list[Connection]:
        """Another one, with so many threads: the lines to them."""
        lines, word = [Pipe() for _ in range(share)], socket.socketpair()
        self._words.append(word[0])
        self._interpreters.append(made := interpreters.create())
        theirs = tuple(os.dup(line.fileno()) for _, line in lines)
        for _, line in lines:
            line.close()
        call = partial(self._run, made, theirs, word[1].detach())
        self._threads.append(threading.Thread(target=call))
        return [line for line, _ in lines]

    def start(self) -> None:
        """Let them work."""
        for thread in self._threads:
            thread.start()

    def _run(self, interpreter: Any, lines: tuple[int, ...], word: int) -> None:
        try:
            interpreter.call(work, self._order, lines, word)
        except Exception as error:
            self._errors.append(error)

    def _force(self) -> None:
        for word in self._words:
            try:
                word.send(GRACE_OVER)
            except OSError:
                pass  # that one has ended

    def end(self, lines: list[Connection]) -> None:
        """Wait for all, and leave none. Raises TargetError if one failed."""
        for line in lines:
            line.close()
        for thread in self._threads:
            thread.join()
        for each in (*self._interpreters, *self._words):
            each.close()
        if self._errors:
            raise TargetError("a subinterpreter failed", why=str(self._errors[0]).partition("\n")[0])


# In the other interpreter


def work(order: bytes, descriptors: tuple[int, ...], word: int) -> None:
    """Fetch what comes on each line, in a thread of its own, until they end."""
    crawl = pickle.loads(order)
    lines = [Lines(crawl) for _ in descriptors]
    each = [(Connection(fd), own) for fd, own in zip(descriptors, lines, strict=True)]
    threads = [threading.Thread(target=workers.work_on, args=arguments) for arguments in each]
    with socket.socket(fileno=word) as told:
        follower = threading.Thread(target=follow, args=(told, lines))
        for thread in (*threads, follower):
            thread.start()
        for thread in threads:
            thread.join()
        told.shutdown(socket.SHUT_RD)
        follower.join()


def follow(told: socket.socket, lines: list[Lines]) -> None:
    """End what is under way when the grace period is over."""
    while told.recv(1):
        for each in lines:
            each.end()
