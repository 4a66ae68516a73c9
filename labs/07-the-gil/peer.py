"""The peer of this lab: a process of its own, which answers after 2 ms and needs nobody's GIL.

Run as a program it serves until its standard input ends. It has one thread, so
that all that it is told and all that it answers stands in one order: hence it can
count, without a clock, how many messages it answered while a piece was crunched.
"""

import heapq
import json
import selectors
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

AFTER_S = 0.002
PING, PONG, NOTED = b"ping\n", b"pong\n", b"!"
TELL = b"tell\n"


class Peer:
    """The process, as a context manager. address: where it is; exchange: one message and its answer."""

    def __enter__(self) -> "Peer":
        command = [sys.executable, str(Path(__file__).resolve())]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self._process.stdout is not None
        self.address = ("127.0.0.1", int(self._process.stdout.readline()))
        self._line = socket.create_connection(self.address)
        self._line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self

    def exchange(self) -> None:
        """Send a message, and sleep in the kernel until the answer is there."""
        self._line.sendall(PING)
        self._line.recv(len(PONG))

    def told(self) -> list[dict[str, Any]]:
        """All that it was told, in order; `answered` is how many messages it had answered by then."""
        with socket.create_connection(self.address) as line, line.makefile("rb") as answers:
            line.sendall(TELL)
            found: list[dict[str, Any]] = json.loads(answers.readline())
        return found

    def __exit__(self, *_: object) -> None:
        self._line.close()
        self._process.kill()
        self._process.communicate()


class Answering:
    """The program: one loop over selectors, and a heap of answers that are due."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.answered = 0
        self.due: list[tuple[float, int, socket.socket]] = []
        self.pending: dict[socket.socket, bytes] = {}
        self.selector = selectors.DefaultSelector()

    def run(self) -> None:
        """Serve until standard input ends."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.selector.register(listener, selectors.EVENT_READ)
        self.selector.register(sys.stdin, selectors.EVENT_READ)
        sys.stdout.write(f"{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        while True:
            for key, _ in self.selector.select(self.wait_s()):
                if key.fileobj is sys.stdin:
                    return
                self.accept(listener) if key.fileobj is listener else self.read(key.fileobj)
            self.answer()

    def wait_s(self) -> float | None:
        """Until the next answer is due."""
        return max(0.0, self.due[0][0] - time.monotonic()) if self.due else None

    def answer(self) -> None:
        """Send all answers that are due."""
        while self.due and self.due[0][0] <= time.monotonic():
            self.send(heapq.heappop(self.due)[2], PONG)
            self.answered += 1

    def accept(self, listener: socket.socket) -> None:
        """Take a connection."""
        connection = listener.accept()[0]
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.pending[connection] = b""
        self.selector.register(connection, selectors.EVENT_READ)

    def read(self, connection: Any) -> None:
        """Take what came, line by line."""
        try:
            data = connection.recv(65536)
        except OSError:
            data = b""
        if not data:
            self.selector.unregister(connection)
            connection.close()
            return
        *lines, self.pending[connection] = (self.pending[connection] + data).split(b"\n")
        for line in lines:
            self.take(connection, line + b"\n")

    def take(self, connection: socket.socket, line: bytes) -> None:
        """A message is answered later; what it is told is noted, with how many it has answered so far."""
        if line == PING:
            heapq.heappush(self.due, (time.monotonic() + AFTER_S, id(connection), connection))
        elif line == TELL:
            self.send(connection, json.dumps(self.told).encode() + b"\n")
        else:
            self.told.append(json.loads(line) | {"answered": self.answered})
            self.send(connection, NOTED)

    def send(self, connection: socket.socket, data: bytes) -> None:
        """To a connection that may be gone."""
        try:
            connection.sendall(data)
        except OSError:
            pass


if __name__ == "__main__":
    Answering().run()
