"""The Python twin of engine.c: `python -m concur.load.twin`. Tier 1.

It runs where there is no C compiler or no epoll. Same lines in and out, same
counts, function by function; about a third of the native engine's speed, which
is why every result names its engine. plan.py says what the counts mean.
"""

import errno
import gc
import os
import resource
import socket
import sys
import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from concur.load.connection import CLOSED, CONNECTING, LIVE, Connection
from concur.load.payload import make_table, start_of
from concur.load.plan import Load
from concur.load.poller import READ, WRITE, make_poller
from concur.load.schedule import NEVER, Schedule
from concur.load.spans import Spans, say

MS = 1_000_000
REOPEN_NS = 10 * MS  # a connection that failed is made anew after this pause
ON_TIME_NS = 1 * MS
DUE_BATCH = 64  # due messages sent before replies are looked at again
CONNECTING_MAX = 128  # connections being made at a time, before the load starts
SPARE_DESCRIPTORS = 16
SOURCES = 64  # loopback addresses that churn connects from: one has 28,232 ports, and half are slow to find
LEAVING_BATCH = 64  # connections closed at a time in the end: 5,000 at once are a stampede to a threaded server
LEAVING_PAUSE_S = 0.005
COMMANDS = 0  # standard input
RAISING, WAITING, RUNNING, FINISHING = range(4)  # RAISING: making the first connections
REASONS = {
    "wrong": "the server sent bytes unasked",
    "short": "the server closed a connection",
    "reset": "the server reset a connection",
    "timed_out": "connecting timed out",
    "refused": "refused",
}


def give_up(what: str, why: str, do: str) -> NoReturn:
    """Say why the load cannot go on, and end."""
    say("error", what=what, why=why, do=do)
    sys.exit(1)


class Twin:
    """The whole engine: one load, its connections, its timers."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.is_open_loop = load.rate_per_s is not None
        table = make_table(load.seed, load.payload_bytes)
        self.connections = [Connection(slot, load, table) for slot in range(load.connections + load.idle)]
        self.by_descriptor: dict[int, Connection] = {}
        self.poller = make_poller(precise=self.is_open_loop or load.think_ns > 0)
        self.poller.watch(COMMANDS, READ)
        self.spans = Spans(load, self.connections, self.settle)
        self.phase = RAISING
        self.raised = self.connecting = self.live = self.openings = self.turn = 0
        self.taken = self.outstanding = 0  # messages begun of load.messages; in flight on all connections
        self.left = NEVER if load.messages is None else load.messages
        self.schedule: Schedule | None = None
        self.due_ns = NEVER
        self.thinking: deque[tuple[int, Connection, int]] = deque()
        self.reopening: deque[tuple[int, Connection, int]] = deque()
        self.sweep_ns = 0
        self.is_exhausted = self.is_out_of_ports = False
        self.input = b""
        self.now_ns = time.monotonic_ns()

    def refresh(self) -> None:
        """Read the clock, and end what has ended by now."""
        self.now_ns = time.monotonic_ns()
        if self.now_ns >= self.spans.tick_ns:
            self.spans.tick(self.now_ns)

    # ---- connections

    def resolve(self) -> None:
        """Find the server's address."""
        try:
            found = socket.getaddrinfo(self.load.host, self.load.port, type=socket.SOCK_STREAM)
        except OSError as error:
            give_up(f"the host {self.load.host} is not known", error.strerror or str(error), "Name one that is.")
        self.address: tuple[int, Any] = (found[0][0], found[0][4])

    def open_more(self) -> None:
        """Make the first connections, some at a time: kind to a short backlog."""
        while self.raised < len(self.connections) and self.connecting < CONNECTING_MAX:
            self.raised += 1
            self.open(self.connections[self.raised - 1])
        if self.raised == len(self.connections) and self.connecting == 0:
            self.phase = WAITING
            say("connected", connections=len(self.connections))

    def source(self) -> str:
        """Churn on Linux's loopback spreads over 127.0.0.2 and up; else the kernel chooses."""
        family, where = self.address
        if not self.load.churn or sys.platform != "linux" or family != socket.AF_INET or where[0][:4] != "127.":
            return ""
        return f"127.0.0.{2 + self.openings % SOURCES}"

    def open(self, c: Connection) -> None:
        """Begin to make a connection."""
        start = start_of(self.load.seed, self.openings)
        error = c.open(self.address, self.openings, start, self.now_ns, self.source())
        self.openings += 1
        self.connecting += 1
        self.by_descriptor[c.socket.fileno()] = c
        self.poller.watch(c.socket.fileno(), WRITE)
        if error:
            self.connect_failed(c, error)

    def connected(self, c: Connection) -> None:
        """A connection was made, or could not be."""
        self.refresh()
        error = c.socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            return self.connect_failed(c, error)
        self.connecting -= 1
        c.state = LIVE
        self.poller.change(c.socket.fileno(), READ)
        self.live += c.is_active
        if self.load.churn and c.is_active:
            self.spans.current.connect.record(self.now_ns - c.since_ns)
        if self.phase == RAISING:
            self.open_more()
        if self.phase == RUNNING and not self.is_open_loop:
            self.begin_messages(c)

    def connect_failed(self, c: Connection, error: int) -> None:
        """Count it as what it is; out of local ports is this machine's limit, and tried again."""
        if error == errno.EADDRNOTAVAIL:
            return self.lack_port(c)
        self.fail(c, {errno.ETIMEDOUT: "timed_out", errno.ECONNRESET: "reset"}.get(error, "refused"))

    def lack_port(self, c: Connection) -> None:
        """Say once that no local port is left, and try again."""
        do = "Widen net.ipv4.ip_local_port_range."
        if self.phase == RAISING:
            give_up("could not make all connections", "no local port is left", do)
        if not self.is_out_of_ports:
            say("warning", what=f"no local port was left for a new connection. {do}")
        self.is_out_of_ports = True
        self.close(c)
        self.reopen_later(c)

    def close(self, c: Connection) -> None:
        """Close a connection and take it out of the accounts."""
        if c.state == CLOSED:
            return
        self.connecting -= c.state == CONNECTING
        self.live -= c.state == LIVE and c.is_active
        self.outstanding -= len(c.in_flight)
        del self.by_descriptor[c.socket.fileno()]
        self.poller.forget(c.socket.fileno())
        c.close()

    def reopen_later(self, c: Connection) -> None:
        """Make a connection anew after a pause."""
        if self.phase != FINISHING:
            self.reopening.append((self.now_ns + REOPEN_NS, c, c.serial))

    def fail(self, c: Connection, kind: str) -> None:
        """The one place where a connection ends other than by plan."""
        if self.phase == RAISING:
            what = f"could not make {len(self.connections)} connections to {self.load.host}:{self.load.port}"
            give_up(what, REASONS[kind], "See that a server listens there and takes that many.")
        self.spans.current.failed[kind] += 1
        self.spans.current.lost += max(len(c.in_flight) - 1, 0)
        self.close(c)
        self.reopen_later(c)

    # ---- sending

    def may_begin(self) -> bool:
        """Whether there is a message to send."""
        return self.phase == RUNNING and self.taken < self.left

    def begin_message(self, c: Connection, from_ns: int) -> None:
        """Put one message in flight on a connection; its latency counts from `from_ns`."""
        self.taken += 1
        self.outstanding += 1
        self.spans.current.sent += 1
        c.begin(from_ns)

    def begin_messages(self, c: Connection) -> None:
        """Closed loop: fill an empty connection to its depth."""
        if not c.is_active:
            return
        for _ in range(1 if self.load.churn else self.load.pipeline):
            if self.may_begin():
                self.begin_message(c, self.now_ns)
        self.send_unsent(c)

    def send_unsent(self, c: Connection) -> None:
        """Write what is unsent, and wait for room where there is none."""
        was_blocked = c.blocked
        c.send()
        if c.blocked != was_blocked:
            self.poller.change(c.socket.fileno(), READ | (WRITE if c.blocked else 0))

    def next_live(self) -> Connection | None:
        """The next live connection in turn."""
        for _ in range(self.load.connections if self.live else 0):
            self.turn = (self.turn + 1) % self.load.connections
            if self.connections[self.turn].state == LIVE:
                return self.connections[self.turn]
        return None

    def send_one_due(self, schedule: Schedule) -> None:
        """Open loop: the message that is due goes out now, on the next live connection in turn."""
        tally, lag_ns = self.spans.current, self.now_ns - self.due_ns
        if not schedule.was_counted():
            tally.due += 1
            tally.on_time += lag_ns <= ON_TIME_NS
            tally.lag.record(lag_ns)
        c = self.next_live()
        if c is None:
            self.taken += 1
            tally.lost += 1
            return
        self.begin_message(c, self.due_ns)
        if not c.blocked:
            self.send_unsent(c)

    def send_due(self, until_ns: int) -> None:
        """Send what is due until then, a bounded number at a time."""
        schedule = self.schedule
        for _ in range(DUE_BATCH):
            if schedule is None or self.due_ns > until_ns:
                return
            self.now_ns = time.monotonic_ns()
            self.send_one_due(schedule)
            schedule.advance()
            self.due_ns = schedule.next_ns if self.may_begin() else NEVER

    def settle(self, until_ns: int) -> int:
        """Send and count what is due before a window's edge; returns how many of those are still unsent."""
        self.send_due(until_ns - 1)
        if self.schedule is None or self.due_ns == NEVER:
            return 0
        unsent, uncounted = self.schedule.count_until(until_ns)
        self.spans.current.due += uncounted
        return unsent

    # ---- receiving

    def receive(self, c: Connection) -> None:
        """One read an event: what is left is reported again."""
        try:
            data = c.receive()
        except BlockingIOError:
            return self.refresh()
        except OSError as error:
            self.refresh()
            return self.fail(c, "timed_out" if error.errno == errno.ETIMEDOUT else "reset")
        self.refresh()
        if data:
            self.verify(c, data)
        else:
            self.fail(c, "reset" if c.broken == "reset" else "short")

    def verify(self, c: Connection, data: bytes) -> None:
        """Compare every byte with what was sent."""
        at, payload_bytes = 0, self.load.payload_bytes
        while at < len(data) and c.state == LIVE:
            part = data[at : at + payload_bytes - c.in_bytes]
            is_unasked = self.load.churn and at + len(part) < len(data)  # it would close, and nobody see it
            if not c.in_flight or is_unasked or not c.matches(part):
                return self.fail(c, "wrong")
            c.in_bytes += len(part)
            at += len(part)
            if c.in_bytes == payload_bytes:
                self.answered(c)
        if c.state == LIVE and c.unsent and not c.blocked:
            self.send_unsent(c)

    def answered(self, c: Connection) -> None:
        """A whole reply came back as it should. Closed loop: its next message is begun, and written after this read."""
        spans, now_ns = self.spans, self.now_ns
        spans.current.latency.record(now_ns - c.in_flight.popleft())
        spans.current.verified += 1
        spans.slice_verified += 1
        self.outstanding -= 1
        c.verified += 1
        c.next_reply()
        if self.is_open_loop:
            return
        if self.load.churn:
            self.churned(c)
        elif self.load.think_ns:
            self.thinking.append((now_ns + self.load.think_ns, c, c.serial))
        elif self.may_begin():
            self.begin_message(c, now_ns)

    def churned(self, c: Connection) -> None:
        """A connection has done its one message: the next one, if there is a message left."""
        self.close(c)
        if not self.may_begin():
            return
        if self.load.think_ns:
            self.thinking.append((self.now_ns + self.load.think_ns, c, c.serial))
        else:
            self.open(c)

    # ---- timers

    def stop_thinking(self, c: Connection, serial: int) -> None:
        """Think time is over: the next message, unless its connection has ended."""
        if c.serial != serial or not self.may_begin():
            return
        self.refresh()
        if self.load.churn and c.state == CLOSED:
            self.open(c)
        elif c.state == LIVE:
            self.begin_message(c, self.now_ns)
            if not c.blocked:
                self.send_unsent(c)

    def is_overdue(self, c: Connection) -> bool:
        """Whether a connection, or its oldest message, has taken longer than the time-out."""
        if c.state == CONNECTING:
            return self.now_ns - c.since_ns > self.load.timeout_ns
        return c.state == LIVE and bool(c.in_flight) and self.now_ns - c.in_flight[0] > self.load.timeout_ns

    def sweep(self) -> None:
        """Close what is overdue; a reply that waits in the socket is the engine's delay, so look before judging."""
        for c in self.connections:
            if self.is_overdue(c) and c.state == LIVE:
                self.receive(c)
            if self.is_overdue(c):
                self.fail(c, "timed_out")
        self.sweep_ns = self.now_ns + min(max(self.load.timeout_ns // 20, MS), 100 * MS)

    def run_timers(self) -> None:
        """Do what the time has come for."""
        if self.spans.wanted_ns and self.now_ns >= self.spans.started_ns + self.ramp_ns():
            self.spans.open_window(self.now_ns)
        while self.thinking and self.thinking[0][0] <= self.now_ns:
            self.stop_thinking(*self.thinking.popleft()[1:])
        while self.reopening and self.reopening[0][0] <= self.now_ns:
            _, c, serial = self.reopening.popleft()
            if c.state == CLOSED and c.serial == serial and self.phase != FINISHING:
                self.open(c)
        if self.now_ns >= self.sweep_ns:
            self.sweep()

    def ramp_ns(self) -> int:
        """How long the rate rises; no window opens before its end."""
        return self.load.ramp_ns if self.is_open_loop else 0

    def next_timer_ns(self) -> int:
        """When there is something to do, even if nothing comes."""
        at = min(self.due_ns, self.spans.tick_ns, self.sweep_ns)
        if self.thinking:
            at = min(at, self.thinking[0][0])
        if self.reopening:
            at = min(at, self.reopening[0][0])
        if self.spans.wanted_ns:
            at = min(at, self.spans.started_ns + self.ramp_ns())
        return at

    # ---- commands

    def read_commands(self) -> None:
        """Obey each whole line that has come; end with whoever asked."""
        data = os.read(COMMANDS, 8192)
        if not data:
            sys.exit(1)
        *lines, self.input = (self.input + data).split(b"\n")
        for line in lines:
            self.obey(msgspec.json.decode(line))

    def obey(self, command: dict[str, Any]) -> None:
        """Start, open a window, or finish."""
        match command["do"]:
            case "start" if self.phase == WAITING:
                self.start()
            case "open" if self.phase == RUNNING and not self.spans.is_open:
                self.spans.wanted_ns = command["window_ns"]
            case "finish":
                self.stop_sending()
            case verb:
                give_up("the engine cannot do that now", verb, "Start it once, and open one window at a time.")

    def start(self) -> None:
        """Begin to send."""
        self.phase = RUNNING
        self.now_ns = time.monotonic_ns()
        self.spans.start(self.now_ns)
        if self.is_open_loop:
            self.schedule = Schedule(self.load, self.now_ns)
            self.due_ns = self.schedule.next_ns if self.may_begin() else NEVER
            return
        for c in self.connections[: self.load.connections]:
            self.refresh()
            if c.state == LIVE:
                self.begin_messages(c)

    def stop_sending(self) -> None:
        """Send no more, and wait for what is in flight."""
        self.phase = FINISHING
        self.due_ns = NEVER
        for c in self.connections:
            if c.state == CONNECTING:
                self.close(c)

    # ---- the loop

    def handle(self, descriptor: int, events: int) -> None:
        """Something happened on a descriptor."""
        c = self.by_descriptor.get(descriptor)
        if c is None:
            if descriptor == COMMANDS:
                self.read_commands()
        elif c.state == CONNECTING:
            self.connected(c)
        else:
            if events & ~WRITE:
                self.receive(c)
            if c.state == LIVE and c.blocked and events & WRITE:
                self.send_unsent(c)

    def turn_once(self) -> None:
        """Wait for what comes next, and do it. Timers run last: what they close has no event left in the batch."""
        ready = self.poller.wait(self.next_timer_ns() - time.monotonic_ns())
        self.refresh()
        if self.now_ns >= self.due_ns:
            self.send_due(self.now_ns)
        for descriptor, events in ready:
            self.handle(descriptor, events)
            if self.now_ns >= self.due_ns:
                self.send_due(self.now_ns)
        self.run_timers()

    def say_exhausted(self) -> None:
        """Say once that all of the load's messages were sent, and each answered or failed."""
        if not self.is_exhausted and self.taken >= self.left and self.outstanding == 0:
            self.is_exhausted = True
            say("exhausted")

    def run(self) -> None:
        """Connect, and run until told to finish."""
        self.resolve()
        self.open_more()
        while self.phase != FINISHING or self.outstanding:
            self.turn_once()
            self.say_exhausted()
        self.spans.finish(self.now_ns)
        self.leave()

    def leave(self) -> None:
        """Close what is open, by and by."""
        for number, c in enumerate(self.connections, 1):
            if c.state != CLOSED:
                c.close()
            if number % LEAVING_BATCH == 0:
                time.sleep(LEAVING_PAUSE_S)


def raise_descriptor_limit(count: int) -> None:
    """Take all the descriptors that there may be; end if they are too few."""
    needed = count + SPARE_DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard == resource.RLIM_INFINITY:
        hard = max(soft, needed)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    if hard < needed:
        why = f"they need {needed} descriptors and the limit is {hard}"
        do = f"Raise it (ulimit -Hn {needed}, as root), or ask for fewer."
        give_up(f"{count} connections cannot be held", why, do)


def main() -> None:
    """Read the load, and run it."""
    line = b""
    while not line.endswith(b"\n"):
        line += os.read(COMMANDS, 1) or sys.exit(1)
    load = msgspec.json.decode(line, type=Load)
    raise_descriptor_limit(load.connections + load.idle)
    with suppress(OSError):  # not on every Unix; then sleeps end up to 50 µs late
        Path("/proc/self/timerslack_ns").write_bytes(b"1")
    twin = Twin(load)
    gc.disable()  # nothing here makes cycles while the load runs, and a collection is a pause
    twin.run()


if __name__ == "__main__":
    main()
