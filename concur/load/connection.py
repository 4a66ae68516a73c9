"""One connection of the Python twin: its socket, what is in flight, where its streams are. Tier 1.

What a failure means for the counts is twin.py's business. A write never ends a
connection: where one fails, the next read says how it ended.
"""

import errno
import socket
from collections import deque
from typing import Any

from concur.load.payload import PERIOD
from concur.load.plan import Load

CLOSED, CONNECTING, LIVE = range(3)
WRITE_BYTES = 1 << 18  # at most so much is joined for one write
READ_BYTES = 1 << 16
IP_BIND_ADDRESS_NO_PORT = 24  # <linux/in.h>: the port is chosen when connecting


class Connection:
    """One slot of the load: a connection, and the next one when it has ended."""

    def __init__(self, slot: int, load: Load, table: bytes) -> None:
        self.slot, self.load, self.table = slot, load, table
        self.is_active = slot < load.connections
        self.body_bytes = load.payload_bytes - load.lines
        self.state = CLOSED
        self.serial = -1
        self.in_flight: deque[int] = deque()  # when the latency of each counts from
        self.verified = self.verified_before = 0  # in this window; before it
        self.socket: socket.socket

    def open(self, address: tuple[int, Any], serial: int, start: int, now_ns: int, source: str = "") -> int:
        """Begin to connect, from the address `source` if it may be; returns connect's error number, 0 if under way."""
        family, where = address
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if source:
            self.socket.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
            self.socket.bind((source, 0))
        self.state, self.serial, self.since_ns = CONNECTING, serial, now_ns
        self.broken = ""
        self.blocked = False
        self.unsent = self.out_bytes = self.in_bytes = 0
        self.out_start = self.in_start = start
        error = self.socket.connect_ex(where)
        return 0 if error == errno.EINPROGRESS else error

    def close(self) -> None:
        """Close it, and forget what was in flight."""
        self.socket.close()
        self.in_flight.clear()
        self.state = CLOSED

    def begin(self, from_ns: int) -> None:
        """Put one message in flight; `send` writes it."""
        self.unsent += 1
        self.in_flight.append(from_ns)

    def send(self) -> None:
        """Write what is unsent; `blocked` says whether the kernel took less."""
        while self.unsent and not self.broken:
            batch = self._batch()
            try:
                sent = self.socket.send(batch)
            except BlockingIOError:
                sent = 0
            except OSError as error:
                self.broken = "reset" if error.errno == errno.ECONNRESET else "short"
                sent = 0
            self._advance(sent)
            if sent < len(batch):
                break
        self.blocked = self.unsent > 0 and not self.broken

    def _batch(self) -> bytes:
        if self.unsent == 1 and not self.load.lines:
            return self.table[self.out_start + self.out_bytes : self.out_start + self.load.payload_bytes]
        count = min(self.unsent, WRITE_BYTES // self.load.payload_bytes + 1)
        starts = (self.out_start + i * self.load.payload_bytes for i in range(count))
        return b"".join(map(self._message, starts))[self.out_bytes :]

    def _message(self, start: int) -> bytes:
        at = start % PERIOD
        return self.table[at : at + self.body_bytes] + (b"\n" if self.load.lines else b"")

    def _advance(self, count: int) -> None:
        done, self.out_bytes = divmod(self.out_bytes + count, self.load.payload_bytes)
        self.out_start = (self.out_start + done * self.load.payload_bytes) % PERIOD
        self.unsent -= done

    def receive(self) -> bytes:
        """What has come, b"" at the end; raises OSError as the socket does."""
        return self.socket.recv(min(READ_BYTES, len(self.in_flight) * self.load.payload_bytes + 1))

    def matches(self, part: bytes) -> bool:
        """Whether the part, which does not go beyond the reply expected, is what was sent."""
        at = self.in_bytes
        if self.load.lines and at + len(part) > self.body_bytes:
            return part[-1:] == b"\n" and self.table.startswith(part[:-1], self.in_start + at)
        return self.table.startswith(part, self.in_start + at)

    def next_reply(self) -> None:
        """Expect the next reply, the last one having come whole."""
        self.in_bytes = 0
        self.in_start = (self.in_start + self.load.payload_bytes) % PERIOD
