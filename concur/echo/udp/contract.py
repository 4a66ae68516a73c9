"""All that is not a model's own business: the socket, what becomes of a datagram, draining. Tier 0.

A datagram may be lost by right. One that cannot be sent at once is dropped and
counted, never queued: a server that kept them for a slow peer would keep them
for all. What must not live here: waiting, which is the model's.
"""

import errno
import socket
from collections.abc import Iterator
from typing import Any

from concur.echo.contract import Service, resolve
from concur.errors import MachineError

DATAGRAM_BYTES = 65_536  # asked of each read; the largest by IPv4 has 65,507
BUFFER_BYTES = 4 * 1024 * 1024  # asked of the kernel, which grants at most net.core.rmem_max, and says the double
OVERHEAD_BYTES = 256  # what the kernel counts for the smallest datagram is more (its struct sk_buff)
# sendto(2), recvfrom(2), udp(7): nothing there now; or what a peer that has gone, a full kernel, a firewall or a
# route can do to one datagram. It is lost, and nothing else is.
_LOST = {
    errno.EAGAIN,
    errno.ENOBUFS,
    errno.ECONNREFUSED,
    errno.EHOSTUNREACH,
    errno.ENETUNREACH,
    errno.ENETDOWN,
    errno.EPERM,
    errno.EMSGSIZE,
}
Datagram = tuple[bytes, Any]  # what came, and from where


def bind(host: str, port: int) -> socket.socket:
    """A bound, non-blocking UDP socket with a large buffer. Raises as `contract.listen` does."""
    family, _, _, _, address = resolve(host, port)
    bound = socket.socket(family, socket.SOCK_DGRAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        bound.bind(address)
        bound.setblocking(False)
    except OSError as error:
        bound.close()
        raise MachineError(
            f"cannot bind {host}:{port} for datagrams",
            why=error.strerror or str(error),
            do="Choose another port with --port, or 0 for any that is free.",
        ) from None
    return bound


class Datagrams:
    """The service's socket, as a model sees it: take a datagram, give it back; and what became of all.

    One for each thread that serves, since nothing here is locked. The loop that
    a library brings may do the reading and sending; then its model counts.
    """

    def __init__(self, bound: socket.socket, service: Service) -> None:
        self.socket, self.service = bound, service
        self._recvfrom, self._sendto = bound.recvfrom, bound.sendto
        self.received = self.echoed = self.dropped = 0

    def take(self) -> Datagram | None:
        """The next datagram; None if there is none now, or if reading was shut and none is left. May be empty."""
        try:
            datagram: Datagram = self._recvfrom(DATAGRAM_BYTES)
        except OSError as error:
            if not is_loss(error):
                raise
            return None
        if not datagram[1]:
            return None  # from nobody: that is the end
        self.received += 1
        return datagram

    def give(self, datagram: Datagram) -> None:
        """Send it back to where it came from; dropped where that cannot be done at once."""
        try:
            self._sendto(*datagram)
            self.echoed += 1
        except OSError as error:
            if not is_loss(error):
                raise
            self.dropped += 1

    def remaining(self) -> Iterator[Datagram]:
        """What the kernel has taken in for us and we have not taken yet. The last step of reading.

        So many as its buffer can hold at most, and none after the grace period:
        who goes on sending cannot put the end off for ever.
        """
        for _ in range(granted_bytes(self.socket) // OVERHEAD_BYTES):
            if self.service.is_forcing or not (datagram := self.take()):
                return
            yield datagram

    def tell(self) -> None:
        """The last step: what became of all, added up in the service's notes, and how large the buffer was."""
        counts = {"received": self.received, "echoed": self.echoed, "dropped": self.dropped}
        before: Any = self.service.notes.get("datagrams", {})
        self.service.notes["datagrams"] = {name: count + before.get(name, 0) for name, count in counts.items()}
        self.service.notes["receive_buffer_bytes"] = granted_bytes(self.socket)
        self.service.notes["receive_buffer_asked_bytes"] = BUFFER_BYTES


def is_loss(error: OSError) -> bool:
    """Whether an error of reading or sending is the loss of one datagram, or of nothing."""
    return error.errno in _LOST


def granted_bytes(bound: socket.socket) -> int:
    """The receive buffer that the kernel granted, its own overhead for each datagram included: socket(7), SO_RCVBUF."""
    return bound.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)


def shut_reading(bound: socket.socket) -> None:
    """Whoever blocks in reading gets what is left, and then a datagram from nobody.

    Linux does that for a socket without a peer, too, and says ENOTCONN all the
    same (net/ipv4/af_inet.c, inet_shutdown).
    """
    try:
        bound.shutdown(socket.SHUT_RD)
    except OSError as error:
        if error.errno != errno.ENOTCONN:
            raise
