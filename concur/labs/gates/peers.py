"""The other end of a connection, as awkward as a check needs it: real sockets on loopback. Tier 0.

    with StuckPeer() as stuck, EchoPeer() as echo:
        answers = work.ask_all([stuck.address, echo.address], within_s=0.2)
    require(answers == [None, b"hello"], "a stuck peer delays nobody", f"{answers}")

Each is a context manager with `address`, the host and port to connect to, and
`accepted`, how many connections it took. It has a thread that accepts and one for
each connection; they end, and the connections close, with the block. Where the
peer must not share the program's GIL, `apart(SlowPeer, 0.002)` is one in a process
of its own, with `address` alone.
"""

import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Self

from concur.labs.gates.outside import OwnThread, answers

Address = tuple[str, int]

LOOPBACK = "127.0.0.1"
SIZE_BYTES = 65536
RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER for 0 seconds: to close is to send RST (socket(7))
HANG_S = 10.0  # longer than anything takes
ROOT = Path(__file__).resolve().parents[3]


class Peer:
    """What the peers that are connected to have in common. They differ in `serve`."""

    def __init__(self) -> None:
        self._listener = socket.create_server((LOOPBACK, 0), backlog=1024)
        self.address: Address = self._listener.getsockname()[:2]
        self.accepted = 0
        self.received_bytes = 0
        self.is_over = threading.Event()
        self._connections: list[socket.socket] = []
        self._threads: list[OwnThread] = []
        self._change = threading.Condition()
        self._thread = OwnThread(self._accept, f"{type(self).__name__} accepts")

    def serve(self, connection: socket.socket) -> None:
        """One connection, from its beginning to its end."""
        raise NotImplementedError

    def wait_accepted(self, number: int) -> bool:
        """Wait until so many connections were taken; False if that takes for ever."""
        with self._change:
            return self._change.wait_for(lambda: self.accepted >= number, HANG_S)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.is_over.set()
        socket.create_connection(self.address).close()  # so that it looks up
        self._thread.join()
        self._listener.close()
        for connection in self._connections:
            hang_up(connection)
        for thread in self._threads:
            thread.join()
        for connection in self._connections:
            connection.close()

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self.is_over.is_set():
                return connection.close()
            thread = OwnThread(partial(self._serve, connection), type(self).__name__)
            self._connections.append(connection)
            self._threads.append(thread)
            with self._change:
                self.accepted += 1
                self._change.notify_all()
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            self.serve(connection)
        except OSError:
            pass  # the other side went away, or the block is over

    def receive(self, connection: socket.socket) -> bytes:
        data = connection.recv(SIZE_BYTES)
        with self._change:
            self.received_bytes += len(data)
        return data


class EchoPeer(Peer):
    """Sends back what comes, at once; ends when the other side does."""

    def serve(self, connection: socket.socket) -> None:
        while data := self.receive(connection):
            self.answer(connection, data)
        connection.shutdown(socket.SHUT_WR)

    def answer(self, connection: socket.socket, data: bytes) -> None:
        connection.sendall(data)


class SlowPeer(EchoPeer):
    """Sends back what comes, so many seconds after it came. A virtual clock stands still meanwhile."""

    def __init__(self, after_s: float) -> None:
        super().__init__()
        self.after_s = after_s

    def answer(self, connection: socket.socket, data: bytes) -> None:
        answers.begin()
        try:
            self.is_over.wait(self.after_s)
            connection.sendall(data)
        finally:
            answers.end()


class StuckPeer(Peer):
    """Accepts, and neither reads nor answers nor closes while the block lasts."""

    def serve(self, connection: socket.socket) -> None:
        self.is_over.wait()


class ResettingPeer(Peer):
    """Resets the connection (RST) once so many bytes came: the other side's next call fails with ECONNRESET."""

    def __init__(self, after_bytes: int = 1) -> None:
        super().__init__()
        self.after_bytes = after_bytes
        self.resets = 0

    def serve(self, connection: socket.socket) -> None:
        came_bytes = 0
        while came_bytes < self.after_bytes:
            data = self.receive(connection)
            if not data:
                return
            came_bytes += len(data)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
        self.resets += 1
        connection.close()


class SlowReader:
    """A client of a server under test, which sends at once and reads a little at a time.

        with SlowReader(server_address) as reader:
            reader.send(b"x" * 2**20)        # in a thread: it does not wait for the server
            ...                              # what the server does with others meanwhile
            echoed = reader.read_all(2**20)  # from here on it reads as fast as it can

    size_bytes are read every every_s seconds. received: what was read so far.
    """

    def __init__(
        self, address: Address, *, size_bytes: int = 1, every_s: float = 0.01, receive_buffer_bytes: int = 4096
    ) -> None:
        self.address = address
        self.size_bytes, self.every_s = size_bytes, every_s
        self.received = bytearray()
        self._is_over, self._is_hurrying = threading.Event(), threading.Event()
        self._change = threading.Condition()
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)  # before it connects
        self._threads = [OwnThread(self._read, "SlowReader reads")]

    def __enter__(self) -> Self:
        self._socket.connect(self.address)
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._is_hurrying.set()
        hang_up(self._socket)
        for thread in self._threads:
            thread.join()
        self._socket.close()

    def send(self, data: bytes) -> None:
        """Begin to send it all; another thread does."""
        thread = OwnThread(lambda: self._send(data), "SlowReader sends")
        self._threads.append(thread)
        thread.start()

    def read_all(self, size_bytes: int) -> bytes:
        """Stop being slow until so many bytes have come since the start, or the end; all of them."""
        self._is_hurrying.set()
        with self._change:
            self._change.wait_for(lambda: len(self.received) >= size_bytes or not self._threads[0].is_alive(), HANG_S)
            return bytes(self.received)

    def _send(self, data: bytes) -> None:
        try:
            self._socket.sendall(data)
        except OSError:
            pass  # the server went away, or the block is over

    def _read(self) -> None:
        while not self._is_over.is_set():
            try:
                data = self._socket.recv(SIZE_BYTES if self._is_hurrying.is_set() else self.size_bytes)
            except OSError:
                data = b""
            with self._change:
                self.received += data
                self._change.notify_all()
            if not data:
                return
            answers.begin()  # it will read on: a virtual clock stands still meanwhile
            self._is_hurrying.wait(self.every_s)
            answers.end()


def hang_up(connection: socket.socket) -> None:
    """End both directions, which wakes whoever is blocked in a call."""
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it had ended


@contextmanager
def apart(kind: type[Peer], *arguments: float) -> Iterator[Address]:
    """A peer in a process of its own: its address. `with apart(SlowPeer, 0.002) as address:`"""
    command = [sys.executable, "-m", __name__, kind.__name__, *map(str, arguments)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, cwd=ROOT, text=True) as process:
        assert process.stdin
        assert process.stdout
        with process.stdin:  # its end ends the peer
            yield LOOPBACK, int(process.stdout.readline())


def main(name: str, *arguments: str) -> None:
    """Be a peer until standard input ends; says its port."""
    kind: type[Peer] = globals()[name]
    with kind(*map(float, arguments)) as peer:
        sys.stdout.write(f"{peer.address[1]}\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
