"""All that is not a model's own business, so that models differ in nothing but how they wait.

Tier 0. Here are the listening socket and its options, accepting and what to do
when descriptors run out, which errors end one connection alone, line framing,
limits, and draining; the request to stop is in `stop.py`. What must not live
here: waiting, which is the model's.

Silence is part of the contract: a server prints nothing while it serves.
"""

import errno
import select
import socket
import sys
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any

from concur.echo.dose import Dose
from concur.echo.stop import Stop as Stop  # part of the contract, for models to import from here
from concur.errors import MachineError, UsageError

if TYPE_CHECKING:
    from concurrent.futures import Future

    from _typeshed import HasFileno

    from concur.echo.forked import Children
    from concur.echo.offload import Offload

BACKLOG = 4096  # connections the kernel may hold for us; it cuts this to net.core.somaxconn
READ_BYTES = 64 * 1024  # asked of every socket-level recv, the same in all models
HIGH_WATER_BYTES = 64 * 1024  # unsent bytes at which a library's buffer stops reading (asyncio's own default)
LINE_LIMIT_BYTES = 1024 * 1024  # a longer line ends its connection
POOL = 16  # workers of a pool, where nobody says how many
ACCEPT_PAUSE_S = 0.1  # out of descriptors: not accepting for this long

# accept(2): out of descriptors, buffers or memory, for the process or the system.
_EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
# accept(2), "Error handling": the new connection's own pending errors, to be treated like EAGAIN.
_STILLBORN = {
    errno.EAGAIN,
    errno.ECONNABORTED,
    errno.EPERM,
    errno.EPROTO,
    errno.ENOPROTOOPT,
    errno.ENETDOWN,
    errno.EHOSTDOWN,
    errno.EHOSTUNREACH,
    errno.EOPNOTSUPP,
    errno.ENETUNREACH,
    errno.ETIMEDOUT,
}
# What a peer, or the network between, can do to a connection: it ends that connection alone.
_PEERS_FAULT = {errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EPROTO, errno.ENOTCONN}


class LineTooLong(Exception):
    """A peer sent more than LINE_LIMIT_BYTES without a newline; it ends that connection."""


def listen(host: str, port: int, *, reuse_port: bool = False) -> socket.socket:
    """A bound, listening, non-blocking TCP socket.

    TCP_NODELAY is set on it once: accepted sockets inherit it (Linux, BSD), so
    no model pays a system call a connection. Raises MachineError where the
    address is in use, not ours, or needs rights, UsageError where it cannot be one.
    """
    family, kind, protocol, _, address = resolve(host, port)
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if reuse_port:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise MachineError(
            f"cannot listen on {host}:{port}",
            why=error.strerror or str(error),
            do="Choose another port with --port, or 0 for any that is free.",
        ) from None
    return listener


def resolve(host: str, port: int) -> tuple[Any, ...]:
    """What getaddrinfo says of an address to listen on. Raises UsageError or MachineError where it cannot be one."""
    if port not in range(65536):  # getaddrinfo would take the remainder
        raise UsageError(f"there is no port {port}", do="Give one from 1 to 65535, or 0 for any that is free.")
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except socket.gaierror as error:
        why = error.strerror or str(error)
        raise MachineError(f"cannot listen on {host}:{port}", why=why, do="Give an address of this machine.") from None


class Service:
    """What all models share of the service: its dose, its connections, and how they end.

    Draining works alike for every model: the reading side of every connection
    is shut, so that its model sees the peer's bytes to the last and then the
    end, exactly as if the peer had half-closed. Nothing in a model knows of it.
    """

    def __init__(self, dose: Dose | None = None, pool: int | None = None, offload: "Offload | None" = None) -> None:
        self.dose = dose or Dose()
        self.offload = offload  # where the dose's computing is done; None: here
        self.is_dosed = dose is not None
        self.pool = pool or POOL  # how many workers a model with a pool has
        self.open: set[int] = set()  # descriptors of the connections being served
        self.accepted = 0
        self.forced = 0  # connections that the end of the grace period cut off
        self.left: dict[str, int] = {}  # what ended workers left behind: connections, threads, descriptors, children
        self.shares: dict[int, int] = {}  # of several workers, how many connections each accepted
        self.pause_s = 0.0  # how long to wait before accepting again
        self.notes: dict[str, object] = {}  # what a model has to say of itself: its loop, its read size
        self.is_draining = False
        self.is_forcing = False
        self._counting = threading.Lock()  # for models whose threads share the service, where there is no GIL

    # Accepting

    def accept(self, listener: socket.socket) -> socket.socket | None:
        """One connection, or None if there is none now: then wait for `pause_s`, and for the listener.

        `pause_s` is more than 0 when descriptors ran out. The listener stays
        readable then, so a loop that went on accepting would spin.
        """
        self.pause_s = 0.0
        try:
            return listener.accept()[0]
        except OSError as error:
            if error.errno in _EXHAUSTED:
                self.pause_s = ACCEPT_PAUSE_S
            elif error.errno not in _STILLBORN:
                raise
            return None

    def backlog(self, listener: socket.socket) -> Iterator[socket.socket]:
        """What the kernel has accepted for us and we have not taken yet. The last step before closing."""
        for _ in range(BACKLOG):  # who comes meanwhile cannot put the end off for ever
            if (connection := self.accept(listener)) is None:
                return
            yield connection

    def connections(
        self, listener: socket.socket, stop: Stop, children: "Children | None" = None
    ) -> Iterator[socket.socket]:
        """Blocking sockets, as they come, until the stop and the backlog's end. For models that may block.

        children that end meanwhile are collected.
        """
        wanted = select.poll()
        wanted.register(listener, select.POLLIN)
        wanted.register(stop, select.POLLIN)
        if children:
            wanted.register(children, select.POLLIN)
        is_last = False
        while not is_last:
            wanted.poll()  # not accept: it would not hear the stop
            if children:
                children.collect()
            is_last = stop.is_requested  # before the backlog is taken, or what comes in between is lost
            for connection in self.backlog(listener):
                connection.setblocking(True)
                yield connection
            if self.pause_s:
                stop.wait(self.pause_s)

    # Connections

    def attend(self, connection: socket.socket) -> "Attended":
        """A context in which a connection is served: at its end it is closed, whatever happened."""
        return Attended(self, connection)

    def opened(self, connection: "HasFileno") -> None:
        """A connection is being served. In a drain it is to end after what it has already sent."""
        descriptor = connection.fileno()
        self.open.add(descriptor)
        with self._counting:
            self.accepted += 1
        if self.is_forcing:
            self._cut(descriptor)
        elif self.is_draining:
            _shut(descriptor, socket.SHUT_RD)

    def closed(self, connection: "HasFileno") -> None:
        """A connection is about to be closed. Before it is: its number may be another's right after."""
        self.open.discard(connection.fileno())

    # The dose

    def compute(self, line: bytes) -> "Future[int] | None":
        """Do the dose's computing for a line, or have it done.

        None: it is done. A future: others do it, and the model waits for that in
        its own way, so that whoever else has something to say is served meanwhile.
        """
        if self.offload is not None:
            return self.offload.submit(self.dose, line)
        self.dose.compute(line)
        return None

    # Draining

    def drain(self) -> None:
        """Let every connection end after what its peer has already sent."""
        self.is_draining = True
        for descriptor in list(self.open):
            _shut(descriptor, socket.SHUT_RD)

    def force(self) -> None:
        """Cut off whoever is still there, or comes yet: a peer that does not read, a reply that takes too long."""
        if self.is_forcing:
            return
        self.is_forcing = True
        for descriptor in list(self.open):
            self._cut(descriptor)

    def _cut(self, descriptor: int) -> None:
        self.forced += 1
        _shut(descriptor, socket.SHUT_RDWR)

    # The stop, and workers, where a service has several: each has a Service of its own

    def follow(self, stop: Stop) -> None:
        """Drain at the stop, force at the end of the grace period. Without those who compute for us, stop."""
        stop.on_request(self.drain)
        stop.on_grace_over(self.force)
        if self.offload:
            self.offload.on_lost(stop.request)

    def another(self) -> "Service":
        """A service of the same kind, for a worker, with an account of its own, and with those who compute for it."""
        offload = self.offload.another() if self.offload else None
        return Service(self.dose if self.is_dosed else None, self.pool, offload)

    def start_offload(self) -> None:
        """Those who are to compute elsewhere exist from now on. Raises MachineError where they cannot."""
        if self.offload:
            self.offload.start()

    def end_offload(self) -> None:
        """Nobody computes elsewhere any more, and nothing is left of who did. Raises TargetError if they were lost."""
        if self.offload:
            self.offload.end()

    def report(self) -> dict[str, Any]:
        """What a worker tells of itself at its end, in JSON's types."""
        left = self.left | {"connections": len(self.open) + self.left.get("connections", 0)}
        return {"accepted": self.accepted, "forced": self.forced, "left": left, "notes": self.notes}

    def absorb(self, report: dict[str, Any]) -> None:
        """Add a worker's report to this service's own figures."""
        self.accepted += report["accepted"]
        self.forced += report["forced"]
        self.left |= {name: self.left.get(name, 0) + count for name, count in report["left"].items()}
        if "worker" in report:
            self.shares[report["worker"]] = report["accepted"]
        self.notes |= report["notes"]


class Attended:
    """The context of `Service.attend`: what the peer did wrong ends here, with its connection alone."""

    __slots__ = ("_connection", "_service")

    def __init__(self, service: Service, connection: socket.socket) -> None:
        self._service, self._connection = service, connection

    def __enter__(self) -> socket.socket:
        self._service.opened(self._connection)
        return self._connection

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        self._service.closed(self._connection)
        self._connection.close()
        return is_peers_fault(error)


def is_peers_fault(error: BaseException | None) -> bool:
    """Whether an error is something a peer can do: it is no news, and ends its own connection alone.

    So does the loss of whoever computed for it: of that the Offload tells, once for all connections.
    """
    if isinstance(error, OSError):
        return isinstance(error, ConnectionError) or error.errno in _PEERS_FAULT
    return isinstance(error, LineTooLong) or _is_loss(error)


def _is_loss(error: BaseException | None) -> bool:
    """Whether a pool has broken. Where nothing is offloaded, the slow import of its module is saved."""
    futures = sys.modules.get("concurrent.futures")
    return futures is not None and isinstance(error, futures.BrokenExecutor)


def _shut(descriptor: int, how: int) -> None:
    """Shut a descriptor's socket down; the socket stays its owner's to close."""
    try:
        borrowed = socket.socket(fileno=descriptor)
        try:
            borrowed.shutdown(how)
        finally:
            borrowed.detach()
    except OSError as error:
        if error.errno not in (errno.ENOTCONN, errno.EBADF, errno.ENOTSOCK):  # it ended meanwhile
            raise


class Lines:
    """Framing for a dosed service: bytes in, whole lines out. Sans-I/O; one for each connection.

    while not lines.at_end:
        for line in lines.feed(connection.recv(READ_BYTES)):
            …
    """

    __slots__ = ("_held", "at_end")

    def __init__(self) -> None:
        self._held = b""
        self.at_end = False

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that these bytes complete, newline included. Raises LineTooLong.

        No bytes mean the end of the stream: then an unterminated last line counts too.
        """
        if not data:
            self.at_end = True
            return [self._held] if self._held else []
        *lines, self._held = (self._held + data).split(b"\n")
        if len(self._held) > LINE_LIMIT_BYTES or any(len(line) > LINE_LIMIT_BYTES for line in lines):
            raise LineTooLong
        return [line + b"\n" for line in lines]
