"""The echo server with a bounded pool of threads, a queue in front.

The threads are made once and never more, so that neither a crowd nor its
comings and goings cost a thread each. But a connection keeps its thread as long
as it lives, silent or not: while all are taken, the next one waits, however
idle they are. That is what a pool bounds, and what it costs.

The queue is bounded too. Where it is full nothing is accepted, and the rest wait
in the kernel's backlog, for no descriptor and no memory of ours. An endless
queue would only hide them.
"""

import socket
import threading
import time
from collections.abc import Callable
from queue import Queue

from concur.echo.contract import READ_BYTES, Lines, Service, Stop
from concur.errors import MachineError


def serve(listener: socket.socket, stop: Stop, service: Service) -> None:
    """Start the pool and queue connections for it; at the end, wait for all of its threads."""
    answer = work if service.is_dosed else echo
    waiting: Queue[socket.socket | None] = Queue(service.pool)  # as many may wait as are served
    threads: list[threading.Thread] = []

    def run() -> None:
        while connection := waiting.get():
            answer(connection, service)

    try:
        for _ in range(service.pool):
            threads.append(start(run))
        for connection in service.connections(listener, stop):
            waiting.put(connection)
    finally:  # whatever happened: a thread that goes on waiting would keep the process
        listener.close()
        for _ in threads:
            waiting.put(None)
        for thread in threads:
            thread.join()


def start(run: Callable[[], None]) -> threading.Thread:
    """One thread of the pool. Raises MachineError where there are no more to be had."""
    thread = threading.Thread(target=run)
    try:
        thread.start()
    except RuntimeError as error:
        raise MachineError("cannot start the pool's threads", why=str(error), do="Give a smaller --pool.") from None
    return thread


def echo(connection: socket.socket, service: Service) -> None:
    """What comes in goes out, until the peer ends its side."""
    with service.attend(connection):
        while data := connection.recv(READ_BYTES):
            connection.sendall(data)


def work(connection: socket.socket, service: Service) -> None:
    """With a dose: for each line, compute, wait, and send it back."""
    lines, dose = Lines(), service.dose
    with service.attend(connection):
        while not lines.at_end:
            for line in lines.feed(connection.recv(READ_BYTES)):
                if computing := service.compute(line):
                    computing.result()
                if dose.wait_s:
                    time.sleep(dose.wait_s)
                connection.sendall(line)
