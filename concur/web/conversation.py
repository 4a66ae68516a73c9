"""One connection to the web's server: its requests, answered one after another. Tier 1.

A connection is answered in order, also if many requests were sent at once. What
is said is `answers.py`' business; here it is sent: after the page's latency, in
pieces where it has some, and as its fault wants the connection to end.

/.well-known/concur-log answers with the log; with ?clear the log begins anew.
Those requests are not in it. What must not live here: listening, and the loop (`serving.py`).
"""

import asyncio
import socket
import struct
import time
from collections.abc import Sequence
from typing import Any

import msgspec

from concur.web import answers, heads, log, misbehaving
from concur.web.addresses import Addresses
from concur.web.answers import Request
from concur.web.misbehaving import CLOSE, RESET, Answer

LOG_PATH = "/.well-known/concur-log"
CLEAR = "?clear"
_RST_AT_CLOSE = struct.pack("ii", 1, 0)  # socket(7), SO_LINGER: on, for 0 s


class Site:
    """What all connections share: the web, the log, and who is connected."""

    def __init__(self, addresses: Addresses) -> None:
        self.addresses = addresses
        self.log = log.of(addresses.bases)
        self.hosts = {base.partition("//")[2]: host for host, base in enumerate(addresses.bases)}
        self.open: set[Conversation] = set()
        self.all_gone = asyncio.Event()

    def control(self, target: str) -> bytes:
        """The log as JSON, as it was before it is cleared, if it is to be."""
        document = msgspec.json.encode(self.log)
        if target.endswith(CLEAR):
            self.log.clear()
        return document

    def left(self, conversation: "Conversation") -> None:
        """A connection has ended."""
        self.open.discard(conversation)
        if not self.open:
            self.all_gone.set()

    async def abort_all(self) -> None:
        """Cut everybody off, and wait until they are gone."""
        self.all_gone.clear()
        for conversation in list(self.open):
            conversation.transport.abort()
        if self.open:
            await self.all_gone.wait()


class Conversation(asyncio.Protocol):
    """One connection: what came and is unanswered, and the answer under way."""

    transport: asyncio.Transport

    def __init__(self, site: Site) -> None:
        self.site = site
        self.unread = b""
        self.base = ""  # of the origin that this connection is counted for, from its first request on
        self.asked = ""  # the base of the request under way
        self.pieces: Sequence[bytes] = ()
        self.answer = Answer(())
        self.timer: asyncio.TimerHandle | None = None
        self.is_busy = self.is_full = self.is_last = False

    # What the loop tells

    def connection_made(self, transport: Any) -> None:
        """Somebody has come."""
        self.transport = transport
        self.site.open.add(self)

    def data_received(self, data: bytes) -> None:
        """Something came; it is looked at once what came before is answered."""
        self.unread += data
        self._proceed()

    def eof_received(self) -> bool:
        """The peer has ended its side: it has left, and waits for nothing; what is written goes out yet."""
        if self.is_busy:
            self.transport.abort()
        return False

    def pause_writing(self) -> None:
        """The peer does not read as fast as we write."""
        self.is_full = True

    def resume_writing(self) -> None:
        """It has read."""
        self.is_full = False
        if self.is_busy and self.timer is None:
            self._go_on()

    def connection_lost(self, error: Exception | None) -> None:
        """The end, whoever caused it."""
        self.site.left(self)
        if self.timer:
            self.timer.cancel()
        if self.is_busy:
            self._count_answered()
        if self.base:
            self.site.log.disconnected(self.base)

    # Requests

    def _proceed(self) -> None:
        """Answer what can be answered at once, one after another, in a loop: calls would nest."""
        while not self.is_busy and not self.transport.is_closing():
            head, end, rest = self.unread.partition(heads.END)
            if not end:
                if len(head) > heads.HEAD_BYTES:
                    self._refuse()
                return
            self.unread = rest
            self._begin(heads.parse(head))

    def _begin(self, head: heads.Head | None) -> None:
        if head is None:
            self._refuse()
        elif head.target.startswith(LOG_PATH):
            self.transport.write(misbehaving.reply("200 OK", self.site.control(head.target), "application/json"))
            if head.closes:
                self.transport.close()
        else:
            self._answer(head)

    def _refuse(self) -> None:
        self.site.log.refused += 1
        self.transport.write(misbehaving.reply("400 Bad Request", b"", more="Connection: close\r\n"))
        self.transport.close()

    def _answer(self, head: heads.Head) -> None:
        """Count the request, and send its answer, now or later."""
        site = self.site
        base = f"http://{head.authority}"
        time_ns = time.monotonic_ns()
        if not self.base:
            self.base = base
            site.log.connected(base)
        nth = site.log.arrived(base, head.target, time_ns)
        host = site.hosts.get(head.authority, 0)
        self.answer, wait_s = answers.answer(site.addresses, Request(host, head.target, nth, head.accepts_gzip))
        self.pieces, self.is_busy, self.asked, self.is_last = self.answer.pieces, True, base, head.closes
        if self.answer.retry_after_s:
            site.log.not_before(base, head.target, time_ns + self.answer.retry_after_s * 1_000_000_000)
        if wait_s:
            self._later(wait_s)
        else:
            self._send()

    def _later(self, wait_s: float) -> None:
        self.timer = asyncio.get_running_loop().call_later(wait_s, self._go_on)

    def _go_on(self) -> None:
        self.timer = None
        self._send()
        self._proceed()

    def _send(self) -> None:
        """Write pieces as long as the peer takes them; pauses and its slowness end in a call of this again."""
        while self.pieces:
            if self.is_full:
                return
            piece, *self.pieces = self.pieces
            self.transport.write(piece)
            if self.answer.pause_s and self.pieces:
                self._later(self.answer.pause_s)
                return
        self._finish()

    def _finish(self) -> None:
        self._count_answered()
        self.is_busy = False
        if self.answer.then == RESET:
            connection = self.transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RST_AT_CLOSE)
            self.transport.abort()
        elif self.answer.then == CLOSE or self.is_last:
            self.transport.close()

    def _count_answered(self) -> None:
        self.site.log.answered(self.asked)
