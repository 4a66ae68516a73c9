"""One socket of the datagrams' Python twin: its places in flight, and the bytes of what it sends. Tier 1.

What becomes of a datagram, and what that counts as, is `datagrams_twin.py`'s business.
"""

import socket
import struct
from typing import Any

from concur.load.datagrams import HEADER_BYTES, DatagramLoad
from concur.load.payload import PERIOD, start_of

HEADER = struct.Struct("<IQ")
OVERHEAD_BYTES = 540  # what the kernel charges a socket for a datagram is under 2 * (its bytes + this)
LARGEST_BUFFER_BYTES = 2**31 - 1


class Place:
    """One of a socket's places in flight: its n-th datagram bears the number n * in_flight + place."""

    def __init__(self, index: int) -> None:
        self.index = index
        self.is_taken = False
        self.turns = 0  # datagrams begun here; the one in flight is the last
        self.order = 0  # when it was sent, among all of its socket
        self.sent_ns = 0
        self.lost: set[int] = set()  # turns counted as lost, and not back since


class Channel:
    """One connected socket."""

    def __init__(self, number: int, load: DatagramLoad, table: bytes) -> None:
        self.number, self.load, self.table = number, load, table
        self.places = [Place(index) for index in range(load.in_flight)]
        self.start = start_of(load.seed, number)
        self.sent = 0  # in its life
        self.behind = 0  # a datagram that returns with a lower order was overtaken
        self.socket: socket.socket

    def datagram(self, number: int) -> bytes:
        """All its bytes."""
        at = (self.start + number * self.load.payload_bytes) % PERIOD
        return HEADER.pack(self.number, number) + self.table[at : at + self.load.payload_bytes - HEADER_BYTES]

    def named_by(self, data: bytes) -> tuple[Place, int] | None:
        """The place whose datagram a reply says it is, and its number; None where it is none of this socket's."""
        if len(data) < HEADER_BYTES:
            return None
        whose, number = HEADER.unpack_from(data)
        return (self.places[number % self.load.in_flight], number) if whose == self.number else None

    def open(self, address: tuple[int, Any]) -> None:
        """Make it, and ask for room for all that may return at once."""
        family, where = address
        self.socket = socket.socket(family, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.connect(where)
        needed = asked_bytes(self.load)
        if (
            self.receive_buffer_bytes() < needed
        ):  # the kernel doubles what it is asked for, and says the double: socket(7)
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, min(needed, LARGEST_BUFFER_BYTES) // 2)

    def receive_buffer_bytes(self) -> int:
        """What it was granted."""
        return self.socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)


def asked_bytes(load: DatagramLoad) -> int:
    """What the replies in flight on one socket may need."""
    return 2 * load.in_flight * (load.payload_bytes + OVERHEAD_BYTES)
