"""The echo server with a thread for each connection.

The code of a connection is that of `sequential`: it blocks, and says so. What
changes is who is blocked. The kernel puts one thread to sleep and lets another
run; under the GIL, one at a time, and each `recv` or `send` that returns has to
get hold of the GIL again. Hence the `futex` calls that a trace shows.
"""

import socket
import threading
import time

from concur.echo.contract import READ_BYTES, Lines, Service, Stop


def serve(listener: socket.socket, stop: Stop, service: Service) -> None:
    """Start a thread for each connection; at the end, wait for all of them."""
    answer = work if service.is_dosed else echo
    threads: set[threading.Thread] = set()

    def run(connection: socket.socket) -> None:
        answer(connection, service)
        threads.discard(threading.current_thread())

    for connection in service.connections(listener, stop):
        thread = threading.Thread(target=run, args=(connection,))
        threads.add(thread)
        try:
            thread.start()
        except RuntimeError:  # no more threads to be had: this peer has to go, the others stay
            threads.discard(thread)
            connection.close()
    listener.close()
    for thread in list(threads):
        thread.join()


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
