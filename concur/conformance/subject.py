"""What is under check: started afresh for each promise, looked at from outside, and ended. Tier 1.

A process is looked at with all its descendants: a model may be several.
"""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, NamedTuple

import psutil

from concur import catalog
from concur.bench.launch import Launch
from concur.bench.plan import Target
from concur.bench.target import AFTER_GRACE_S, RunningTarget, launch
from concur.conformance.peers import Patience, Peer
from concur.conformance.results import NotCheckable
from concur.errors import TargetError

SHORT_CONNECTIONS = 10_000
SETTLED_S = 2.0  # what has not gone so long after its connections stays
LOOK_S = 0.05  # between two looks at whether it has
DYING_S = 0.2  # from the end of its connections to that of the process


class Subject:
    """A target, and what may be asked of it.

    has_dose is false for a command, which knows of none, and for a server that
    is to be checked without; has_report is false for a command, which has no
    control pipe; short_connections is how many promise 8 takes.
    """

    def __init__(self, target: Target, *, dosed: bool = True, short_connections: int = SHORT_CONNECTIONS) -> None:
        self.target, self.short_connections = target, short_connections
        self.is_command = target.kind == "command"
        self.has_dose = dosed and not self.is_command
        self.has_report = not self.is_command
        self.row = catalog.model(target.name) if target.kind == "model" else None
        self._last: Server | None = None

    @contextmanager
    def start(self, **how: Any) -> Iterator["Server"]:
        """A fresh process of it, that serves; how is what `Launch` takes. Raises TargetError if there is none."""
        with launch(self.target, Launch(**how)) as running, ExitStack() as peers:
            self._last = Server(running, peers)
            try:
                yield self._last
            finally:
                self._last = None

    @contextmanager
    def start_observable(self, **how: Any) -> Iterator["Server"]:
        """The same, where its own processes have to be looked at. Raises NotCheckable if others serve in its name."""
        with self.start(**how) as server:
            if self.is_command and not server.holds_its_port():
                raise NotCheckable("its port is served by a process that the command did not start")
            yield server

    def how_it_died(self) -> str:
        """How the server that is being looked at has ended by itself; empty if it lives, or there is none."""
        return self._last.how_it_died() if self._last else ""


class Census(NamedTuple):
    """How much there is of a process and its descendants."""

    processes: int
    threads: int
    descriptors: int

    def __str__(self) -> str:
        return ", ".join(f"{name} {count}" for name, count in zip(self._fields, self, strict=True))

    def is_within(self, other: "Census") -> bool:
        """Whether nothing is more than there."""
        return all(mine <= theirs for mine, theirs in zip(self, other, strict=True))


class Ending(NamedTuple):
    """How it ended: status is None for one that did not, below 0 for one that a signal killed."""

    status: int | None
    report: dict[str, Any]
    words: str


class Server:
    """A running subject."""

    def __init__(self, running: RunningTarget, peers: ExitStack) -> None:
        self._running, self._peers = running, peers
        self.patience = Patience()
        self.address = running.host, running.port

    # Its connections

    def peer(self, receive_buffer_bytes: int = 0) -> Peer:
        """A new connection to it, closed at the end."""
        return self._peers.enter_context(Peer(self.address, self.patience, receive_buffer_bytes))

    def peers(self, count: int, receive_buffer_bytes: int = 0) -> list[Peer]:
        """So many."""
        return [self.peer(receive_buffer_bytes) for _ in range(count)]

    # Its process

    @property
    def is_alive(self) -> bool:
        """Whether it has not ended."""
        return self._running.is_alive()

    def how_it_ended(self) -> str:
        """In words, or that it has not."""
        return self._running.how_it_ended()

    def how_it_died(self) -> str:
        """The same, empty if it has not. It is given a moment: its sockets are closed before it is gone."""
        with suppress(subprocess.TimeoutExpired):
            self._running.process.wait(DYING_S)
        return "" if self.is_alive else self.how_it_ended()

    def complaints(self) -> str:
        """What it wrote to standard error since it was ready."""
        return self._running.complaints()

    def holds_its_port(self) -> bool:
        """Whether one of its own processes listens there."""
        return any(
            connection.status == psutil.CONN_LISTEN and connection.laddr.port == self.address[1]
            for process in self._tree()
            for connection in _asked(process.net_connections, [], "tcp")
        )

    def census(self) -> Census:
        """What there is of it now."""
        tree = self._tree()
        threads = sum(_asked(process.num_threads, 0) for process in tree)
        return Census(len(tree), threads, sum(_asked(process.num_fds, 0) for process in tree))

    def census_at_rest(self) -> Census:
        """What there is of it as soon as that stays the same from one look to the next, or after a while."""
        return self._census_when(lambda before, now: now == before)

    def census_within(self, limit: Census) -> Census:
        """What there is of it as soon as it is no more than that, or after a while."""
        return self._census_when(lambda _, now: now.is_within(limit))

    def _census_when(self, is_it: Callable[[Census, Census], bool]) -> Census:
        ends_at = time.monotonic() + SETTLED_S
        now = self.census()
        while time.monotonic() < ends_at:
            time.sleep(LOOK_S)
            before, now = now, self.census()
            if is_it(before, now):
                break
        return now

    def cpu_s(self) -> float:
        """CPU time that it has used, its descendants included, in seconds."""
        return sum(sum(_asked(process.cpu_times, (0.0, 0.0))[:4]) for process in self._tree())

    def memory_bytes(self) -> int:
        """The memory it occupies; shared pages are divided among their users where the system can, else left out."""
        return sum(_memory_bytes(process) for process in self._tree())

    def _tree(self) -> list[psutil.Process]:
        try:
            root = psutil.Process(self._running.pid)
            return [root, *root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    # Its end

    @contextmanager
    def paused(self) -> Iterator[None]:
        """All of its processes stopped: what is done meanwhile comes to them at once.

        A process that is being forked just then may miss the signal to go on, so that it is repeated.
        """
        self.census_at_rest()
        os.killpg(self._running.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(self._running.pid, signal.SIGCONT)
            while any(_asked(process.status, "") == psutil.STATUS_STOPPED for process in self._tree()):
                os.killpg(self._running.pid, signal.SIGCONT)

    def ask_to_stop(self) -> None:
        """SIGTERM."""
        self._running.process.terminate()
        self.patience.renew()

    def ending(self) -> Ending:
        """How it ends, at the latest a while after its grace period."""
        running = self._running
        try:
            status = running.process.wait(running.grace_s + AFTER_GRACE_S)
        except subprocess.TimeoutExpired:
            words = f"it was running still, {running.grace_s + AFTER_GRACE_S:g} s after SIGTERM"
            return Ending(None, {}, words)
        try:
            return Ending(status, running.last_report(), running.how_it_ended())
        except TargetError as error:
            return Ending(status, {}, str(error))


def why_it_does_not_start(subject: Subject) -> str:
    """In one line; empty if it does."""
    try:
        with subject.start():
            return ""
    except TargetError as error:
        return str(error)


def _asked(ask: Any, otherwise: Any, *arguments: Any) -> Any:
    """An answer about a process, or what stands for one that has ended meanwhile or is not to be looked into."""
    try:
        return ask(*arguments)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return otherwise


def _memory_bytes(process: psutil.Process) -> int:
    memory = _asked(process.memory_full_info, None)
    return int(getattr(memory, "pss", 0) or memory.uss) if memory else 0
