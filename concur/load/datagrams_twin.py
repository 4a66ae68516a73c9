"""The Python twin of datagrams.c: `python -m concur.load.datagrams_twin`. Tier 1.

It runs where there is no C compiler or no epoll: same line in and out, same
counts, function by function. `datagrams.py` says what a datagram holds and what
is counted.
"""

import errno
import gc
import os
import socket
import sys
import time
from collections.abc import Iterator
from typing import Any, NoReturn

import msgspec

from concur.load.channel import Channel, Place, asked_bytes
from concur.load.datagrams import DatagramLoad
from concur.load.histogram import Histogram
from concur.load.payload import make_table
from concur.load.poller import READ, make_poller
from concur.load.schedule import NEVER
from concur.load.spans import say

MS = 1_000_000
COMMANDS = 0  # standard input
PASSING = (errno.EAGAIN, errno.EINTR, errno.ENOBUFS)  # then a place stays free, and the next sweep tries again
COUNTS = ("sent", "verified", "lost", "wrong", "late", "duplicated", "reordered", "stray")


def give_up(what: str, why: str, do: str) -> NoReturn:
    """Say why the load cannot go on, and end."""
    say("error", what=what, why=why, do=do)
    sys.exit(1)


class Twin:
    """The whole program: one load, its sockets, its window."""

    def __init__(self, load: DatagramLoad) -> None:
        self.load = load
        table = make_table(load.seed, load.payload_bytes)
        self.channels = [Channel(number, load, table) for number in range(load.sockets)]
        self.by_descriptor: dict[int, Channel] = {}
        self.poller = make_poller(precise=False)
        self.counts = dict.fromkeys(COUNTS, 0)
        self.latency = Histogram()
        self.begun = self.outstanding = self.carried = 0
        self.is_open = self.is_settled = False
        self.opened_ns = self.window_ns = self.started_cpu_ns = self.sweep_ns = 0
        self.now_ns = time.monotonic_ns()
        self.edge_ns = NEVER  # when the window opens, or ends

    # ---- windows

    def open_window(self) -> None:
        """Count from now on."""
        self.counts, self.latency = dict.fromkeys(COUNTS, 0), Histogram()
        self.is_open, self.carried = True, self.outstanding
        self.opened_ns, self.window_ns = self.now_ns, self.load.window_ns
        self.edge_ns = self.now_ns + self.load.window_ns if self.load.messages is None else NEVER
        self.started_cpu_ns = time.process_time_ns()
        self.note_settled()

    def refresh(self) -> None:
        """Called before anything that happened now is counted, so that it is counted where it belongs."""
        self.now_ns = time.monotonic_ns()
        if self.now_ns < self.edge_ns:
            return
        if self.is_open:
            self.finish()
        self.open_window()

    def may_begin(self) -> bool:
        """Whether there is a datagram to send."""
        return self.load.messages is None or self.begun < self.load.messages

    def note_settled(self) -> None:
        """Of a given number, the window ends with the last one; what is late or doubled has a time-out more."""
        if self.may_begin() or self.outstanding or self.is_settled or not self.is_open:
            return
        self.is_settled = True
        self.window_ns = self.now_ns - self.opened_ns
        self.edge_ns = self.now_ns + self.load.timeout_ns

    def finish(self) -> NoReturn:
        """Say what was counted, and end."""
        say(
            "result",
            engine="python",
            opened_ns=self.opened_ns,
            window_ns=self.window_ns,
            **self.counts,
            in_flight_at_start=self.carried,
            in_flight_at_end=self.outstanding,
            rate_per_s=self.counts["verified"] / max(self.window_ns, 1) * 1e9,
            latency_ns=self.latency.quantiles(),
            engine_cpu_ns=time.process_time_ns() - self.started_cpu_ns,
            receive_buffer_bytes=min(channel.receive_buffer_bytes() for channel in self.channels),
            asked_bytes=asked_bytes(self.load),
        )
        sys.exit(0)

    # ---- sending

    def give_up_on_peer(self, error: OSError) -> NoReturn:
        """The kernel says that it cannot be done."""
        what = f"datagrams to {self.load.host}:{self.load.port} cannot be exchanged"
        do = "See that a server listens there, and that its datagrams may be that long."
        give_up(what, error.strerror or str(error), do)

    def fill(self, channel: Channel, place: Place) -> None:
        """Send the next datagram of a free place."""
        if place.is_taken or not self.may_begin():
            return
        place.sent_ns = self.now_ns
        try:
            channel.socket.send(channel.datagram(place.turns * self.load.in_flight + place.index))
        except OSError as error:
            if error.errno not in PASSING:
                self.give_up_on_peer(error)
            self.sweep_ns = min(self.sweep_ns, self.now_ns + MS)
            return
        place.is_taken, place.order = True, channel.sent
        place.turns += 1
        channel.sent += 1
        self.begun += 1
        self.outstanding += 1
        self.counts["sent"] += 1

    def vacate(self, channel: Channel, place: Place) -> None:
        """What was in flight there is settled, one way or the other."""
        place.is_taken = False
        self.outstanding -= 1
        self.fill(channel, place)
        self.note_settled()

    # ---- receiving

    def returned(self, channel: Channel, place: Place) -> None:
        """It is back, and right."""
        self.counts["verified"] += 1
        self.latency.record(self.now_ns - place.sent_ns)
        self.counts["reordered"] += place.order < channel.behind
        channel.behind = max(channel.behind, place.order + 1)

    def take(self, channel: Channel, data: bytes) -> None:
        """Compare every byte with what was sent, and count it as what it is."""
        named = channel.named_by(data)
        if named is None:
            self.counts["stray"] += 1
            return
        place, number = named
        turn, is_right = number // self.load.in_flight, data == channel.datagram(number)
        if place.is_taken and turn == place.turns - 1:
            if is_right:
                self.returned(channel, place)
            else:
                self.counts["wrong"] += 1
            self.vacate(channel, place)
        elif not is_right:
            self.counts["stray"] += 1
        elif turn in place.lost:
            place.lost.remove(turn)
            self.counts["late"] += 1
        else:
            self.counts["duplicated"] += 1

    def receive(self, channel: Channel) -> bool:
        """One datagram, if there is one. A byte more is asked for than there should be: a longer one shows."""
        try:
            data = channel.socket.recv(self.load.payload_bytes + 1)
        except OSError as error:
            self.refresh()
            if error.errno not in PASSING:
                self.give_up_on_peer(error)
            return False
        self.refresh()
        self.take(channel, data)
        return True

    # ---- time-outs

    def is_overdue(self, place: Place) -> bool:
        """Whether what is in flight there has taken longer than the time-out."""
        return place.is_taken and self.now_ns - place.sent_ns > self.load.timeout_ns

    def judge(self, channel: Channel, place: Place) -> None:
        """A reply that waits in the socket is the engine's delay, not the server's: look before judging."""
        while self.is_overdue(place) and self.receive(channel):
            pass
        if not self.is_overdue(place):
            return
        self.counts["lost"] += 1
        place.lost.add(place.turns - 1)
        self.vacate(channel, place)

    def sweep(self) -> None:
        """Give up what is overdue, and fill what is free."""
        self.sweep_ns = self.now_ns + min(max(self.load.timeout_ns // 20, MS), 100 * MS)
        for channel, place in self.places():
            self.judge(channel, place)
            self.fill(channel, place)

    def places(self) -> Iterator[tuple[Channel, Place]]:
        """Each place of each socket."""
        return ((channel, place) for channel in self.channels for place in channel.places)

    # ---- the loop

    def prepare(self) -> None:
        """Make all sockets."""
        address = self.resolve()
        self.poller.watch(COMMANDS, READ)
        try:
            for channel in self.channels:
                channel.open(address)
                self.poller.watch(channel.socket.fileno(), READ)
                self.by_descriptor[channel.socket.fileno()] = channel
        except OSError as error:
            self.give_up_on_peer(error)

    def resolve(self) -> tuple[int, Any]:
        """(family, address) of the server."""
        try:
            found = socket.getaddrinfo(self.load.host, self.load.port, type=socket.SOCK_DGRAM)[0]
        except socket.gaierror as error:
            give_up(f"the host {self.load.host} is not known", error.strerror or str(error), "Name one that is.")
        return int(found[0]), found[4]

    def handle(self, descriptor: int) -> None:
        """Something came."""
        channel = self.by_descriptor.get(descriptor)
        if channel is not None:
            self.receive(channel)
        elif not os.read(COMMANDS, 1):
            sys.exit(1)  # whoever asked is gone

    def run(self) -> NoReturn:
        """Send and count until the window ends."""
        self.edge_ns = time.monotonic_ns() + self.load.warmup_ns
        self.refresh()
        self.sweep()  # fills all places
        while True:
            ready = self.poller.wait(min(self.sweep_ns, self.edge_ns) - time.monotonic_ns())
            self.refresh()
            for descriptor, _ in ready:
                self.handle(descriptor)
            if self.now_ns >= self.sweep_ns:
                self.sweep()


def main() -> None:
    """Read the load, and run it."""
    line = b""
    while not line.endswith(b"\n"):
        line += os.read(COMMANDS, 1) or sys.exit(1)
    twin = Twin(msgspec.json.decode(line, type=DatagramLoad))
    twin.prepare()
    gc.disable()  # nothing here makes cycles while the load runs, and a collection is a pause
    twin.run()


if __name__ == "__main__":
    main()
