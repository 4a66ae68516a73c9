"""The server under check: started afresh for each promise, with the peers that connect to it. Tier 1.

What must not live here: how its process is looked at, and how it ends (`process.py`).
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import psutil

from concur import catalog
from concur.bench.launch import Launch
from concur.bench.plan import Target
from concur.bench.target import RunningTarget, launch
from concur.conformance.peers import Patience, Peer
from concur.conformance.process import Process, asked
from concur.conformance.results import NotCheckable
from concur.errors import TargetError

SHORT_CONNECTIONS = 10_000


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


class Server(Process):
    """A running subject."""

    def __init__(self, running: RunningTarget, peers: ExitStack) -> None:
        super().__init__(running)
        self._peers = peers
        self.patience = Patience()
        self.address = running.host, running.port

    # Its connections

    def peer(self, receive_buffer_bytes: int = 0) -> Peer:
        """A new connection to it, closed at the end."""
        return self._peers.enter_context(Peer(self.address, self.patience, receive_buffer_bytes))

    def peers(self, count: int, receive_buffer_bytes: int = 0) -> list[Peer]:
        """So many."""
        return [self.peer(receive_buffer_bytes) for _ in range(count)]

    def holds_its_port(self) -> bool:
        """Whether one of its own processes listens there."""
        return any(
            connection.status == psutil.CONN_LISTEN and connection.laddr.port == self.address[1]
            for process in self.tree()
            for connection in asked(process.net_connections, [], "tcp")
        )

    def ask_to_stop(self) -> None:
        """SIGTERM."""
        super().ask_to_stop()
        self.patience.renew()


def why_it_does_not_start(subject: Subject) -> str:
    """In one line; empty if it does."""
    try:
        with subject.start():
            return ""
    except TargetError as error:
        return str(error)
