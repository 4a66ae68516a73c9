"""The other end of a connection: peers that are polite, slow, stuck or rude. Tier 1.

A peer never raises for what a server does: what came is returned, and how the
conversation ended stands in `ended`. No verdict is given here.
"""

import errno
import os
import select
import socket
import struct
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile
from types import TracebackType
from typing import Self

PATIENCE_S = 5.0  # without a sign of life for this long, a server hangs
AT_MOST_S = 180.0  # and one that gives a sign of life now and then has this long
QUIET_S = 0.3  # a peer whose bytes nobody takes for this long is stuck
READ_BYTES = 65536

CLOSED = "it closed the connection"


class Patience:
    """How long a server may show no sign of life. Its peers share it: who hangs for one is not awaited by twenty."""

    def __init__(self, silence_s: float = PATIENCE_S) -> None:
        self._silence_s = silence_s
        self._began_at = time.monotonic()
        self.renew()

    def renew(self) -> None:
        """There was a sign of life, or something new begins."""
        self._ends_at = min(time.monotonic() + self._silence_s, self._began_at + AT_MOST_S)

    def left_s(self) -> float:
        """Seconds, 0 when it is over."""
        return max(0.0, self._ends_at - time.monotonic())

    def __str__(self) -> str:
        return f"nothing more came for {self._silence_s:g} s"


class Peer:
    """One connection. It is being made when this returns: a full backlog is no reason to block."""

    def __init__(self, address: tuple[str, int], patience: Patience, receive_buffer_bytes: int = 0) -> None:
        self.patience = patience
        self.ended = ""  # how, once it has
        self.gave_up = False  # it ended for want of patience: the connection may live
        self.socket = socket.socket()
        self.socket.setblocking(False)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if receive_buffer_bytes:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
        failed = self.socket.connect_ex(address)
        if failed not in (0, errno.EINPROGRESS):
            self.ended = os.strerror(failed).lower()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.socket.close()

    @property
    def was_closed(self) -> bool:
        """Whether the server closed it in good order."""
        return self.ended == CLOSED

    def exchange(self, pieces: Sequence[bytes], *, half_close: bool = False) -> bytes:
        """Send the pieces while reading what comes back: as many bytes as were sent, or up to the end.

        With half_close it ends its own side after the last byte, and reads to the end.
        """
        unsent, expected, came = deque(memoryview(piece) for piece in pieces), sum(map(len, pieces)), bytearray()
        if half_close and not unsent:
            unsent.append(memoryview(b""))
        while not self.ended and (unsent or half_close or len(came) < expected):
            readable, writable = self._wait(bool(unsent))
            if writable:
                self._send_some(unsent, half_close)
            if readable and not self.ended:
                came += self.at_hand()
        return bytes(came)

    def hear_out(self) -> bytes:
        """All that comes, up to the end."""
        came = bytearray()
        while not self.ended:
            if self._wait(False)[0]:
                came += self.at_hand()
        return bytes(came)

    def hear(self, size_bytes: int) -> bytes:
        """So many bytes, or fewer if it ends before."""
        came = bytearray()
        while not self.ended and len(came) < size_bytes:
            if self._wait(False)[0]:
                came += self.at_hand(size_bytes - len(came))
        return bytes(came)

    def say(self, data: bytes) -> None:
        """Send all of it, and read nothing."""
        unsent = deque([memoryview(data)])
        while not self.ended and unsent:
            if self._wait(True, to_read=False)[1]:
                self._send_some(unsent, half_close=False)

    def stuff(self, data: bytes, most_bytes: int) -> int:
        """Send it again and again and never read, until nobody takes any more. How many bytes were taken."""
        taken, view = 0, memoryview(data)
        while not self.ended and taken < most_bytes:
            if not select.select([], [self.socket], [], QUIET_S)[1]:
                return taken
            try:
                taken += self.socket.send(view[taken % len(data) :])
            except OSError as error:
                self._fail(error)
        return taken

    def end(self) -> None:
        """End its own side, and go on hearing."""
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError as error:
            self._fail(error)

    def reset(self) -> None:
        """Close with a RST in place of a FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def _wait(self, to_write: bool, to_read: bool = True) -> tuple[bool, bool]:
        """Whether it can be read from and written to now; patience is renewed by either, and may end here."""
        readable, writable, _ = select.select(
            [self.socket] if to_read else [], [self.socket] if to_write else [], [], self.patience.left_s()
        )
        if readable or writable:
            self.patience.renew()
        else:
            self.ended, self.gave_up = str(self.patience), True
        return bool(readable), bool(writable)

    def _send_some(self, unsent: deque[memoryview], half_close: bool) -> None:
        try:
            rest = unsent[0][self.socket.send(unsent[0]) :]
            unsent.popleft()
            if rest:
                unsent.appendleft(rest)
            elif half_close and not unsent:
                self.end()
        except OSError as error:
            self._fail(error)

    def at_hand(self, size_bytes: int = READ_BYTES) -> bytes:
        """What has come already, or nothing."""
        try:
            data = self.socket.recv(size_bytes)
        except OSError as error:
            self._fail(error)
            return b""
        if not data:
            self.ended = CLOSED
        return data

    def _fail(self, error: OSError) -> None:
        if not isinstance(error, BlockingIOError):  # ready a moment ago, and not any more
            self.ended = (error.strerror or str(error)).lower()


def first_with(peers: Iterable[Peer], is_right: Callable[[Peer], bool]) -> int:
    """How many come before the first with whom something is wrong: to wait for all the others would take long."""
    return sum(1 for _ in takewhile(is_right, peers))


def how_ended(peers: Iterable[Peer]) -> str:
    """The ways in which connections of these ended, each once, to follow a sentence; empty if none did."""
    return "".join(f", {ended}" for ended in sorted({peer.ended for peer in peers if peer.ended}))


class Crowd:
    """Peers that all say one thing at once, and are heard as they are answered."""

    def __init__(self, peers: Iterable[Peer], message: bytes) -> None:
        self.answered: list[Peer] = []
        self.failed: list[Peer] = []  # ended, or answered with something else
        self._message = message
        self._poll = select.poll()
        self._awaited = {peer.socket.fileno(): peer for peer in peers}
        self._came = dict.fromkeys(self._awaited, b"")
        for descriptor in self._awaited:
            self._poll.register(descriptor, select.POLLOUT)

    def hear(self, patience: Patience, *, leave: bool) -> int:
        """How many more are answered until all are, or patience ends.

        With `leave` each closes as soon as it is answered, which lets a server
        that serves few at a time come to the next.
        """
        before = len(self.answered)
        while self._awaited and (ready := self._poll.poll(patience.left_s() * 1000)):
            patience.renew()
            for descriptor, event in ready:
                self._step(descriptor, event, leave)
        return len(self.answered) - before

    def leave(self) -> None:
        """Those that were answered close their connections."""
        for peer in self.answered:
            peer.socket.close()

    def _step(self, descriptor: int, event: int, leave: bool) -> None:
        peer = self._awaited[descriptor]
        if event & select.POLLOUT and not event & select.POLLERR:
            self._poll.modify(descriptor, select.POLLIN)
            peer.say(self._message)
        else:
            self._came[descriptor] += peer.at_hand()
        if peer.ended or len(self._came[descriptor]) >= len(self._message):
            self._settle(descriptor, peer, leave)

    def _settle(self, descriptor: int, peer: Peer, leave: bool) -> None:
        self._poll.unregister(descriptor)
        del self._awaited[descriptor]
        is_answered = self._came.pop(descriptor) == self._message
        (self.answered if is_answered else self.failed).append(peer)
        if leave or not is_answered:
            peer.socket.close()
