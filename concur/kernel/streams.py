"""Sockets for generators and coroutines: wait, read, write.

Tier 0. The methods are generators marked as coroutines, so the same stream
serves `yield from stream.read(n)` on the trampoline and `await stream.read(n)`
on the kernel. A stream belongs to one task, or to one that reads and one that
writes; the socket stays its owner's to close, after the stream's context.
"""

import socket
import types
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, Self

from concur.kernel import connecting
from concur.kernel.trampoline import Runner, Trap, Undo

if TYPE_CHECKING:
    from typing import AwaitableGenerator

    from _typeshed import HasFileno

    Writing = AwaitableGenerator[Trap, Any, None, Generator[Trap, Any, None]]


@types.coroutine
def _nothing() -> Generator[Trap, Any, None]:
    """Wait for nothing."""
    return
    yield


DONE = _nothing()  # what `write` returns when the kernel took everything: already exhausted, and so reusable
list(DONE)


class Wait(list[Trap]):
    """A trap to wait by: `await wait`, or `yield from wait`, hands it to the runner; again and again, if need be.

    It is a list of one because a list's iterators are C code. A generator that yields the trap would do the same,
    in one more frame for every wait. (`__reversed__` is a plain method, and so called faster than `__iter__`.)
    """

    __slots__ = ()
    if TYPE_CHECKING:

        def __await__(self) -> Generator[Trap, Any, None]: ...
    else:
        __await__ = list.__reversed__


class Channel:
    """One descriptor as tasks see it: who waits to read from it, who waits to write.

    The reactor's registration outlives the wait. If an event comes while nobody
    waits (the task computes, sleeps, or writes), the channel stops listening.

    readable: to be awaited; over when there is something to read: bytes, a connection, the end.
    writable: likewise, when there is room to write.
    """

    __slots__ = ("_fd", "_is_listening", "_reader", "_runner", "_writer", "readable", "send", "trap_read", "writable")

    def __init__(self, descriptor: "HasFileno") -> None:
        self._fd = descriptor.fileno()
        self._runner: Runner | None = None
        self._reader: Any = None  # the task that waits to read
        self.send: Callable[[Any], Trap] | None = None  # and its `send`, looked up once
        self._writer: Any = None
        self._is_listening = False
        self.trap_read: Trap = self._wait_to_read  # bound once, so that it is the same trap each time
        self.readable, self.writable = Wait([self.trap_read]), Wait([self._wait_to_write])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._runner:
            self._runner.channels.pop(self._fd, None)
            self._runner.reactor.forget(self._fd)

    # In the kernel: the two traps, and what the reactor calls.

    def _wait_to_read(self, runner: Runner, task: Any) -> Undo:
        if not self._is_listening:
            runner.reactor.on_readable(self._fd, self._resume_reader)
            self._is_listening, self._runner = True, runner
            runner.channels[self._fd] = self
        self._reader, self.send = task, task.send
        return self.leave_reading

    def _resume_reader(self) -> None:
        task = self.leave_reading()
        if task is not None:
            self._runner.resume(task)  # type: ignore[union-attr] # it called us
        else:
            self._is_listening = False
            self._runner.reactor.on_readable(self._fd, None)  # type: ignore[union-attr] # likewise

    def leave_reading(self) -> Any:
        """Nobody waits to read any more; returns who did."""
        task, self._reader, self.send = self._reader, None, None
        return task

    def _wait_to_write(self, runner: Runner, task: Any) -> Undo:
        self._writer, self._runner = task, runner
        runner.reactor.on_writable(self._fd, self._resume_writer)
        return self._leave_writing

    def _resume_writer(self) -> None:
        task = self._writer
        self._leave_writing()
        self._runner.resume(task)  # type: ignore[union-attr] # likewise

    def _leave_writing(self) -> None:
        self._writer = None
        self._runner.reactor.on_writable(self._fd, None)  # type: ignore[union-attr] # it was waited for


class Stream(Channel):
    """A connected socket, made non-blocking, to be read from and written to."""

    __slots__ = ("_recv", "_send", "_socket")

    def __init__(self, connection: socket.socket) -> None:
        super().__init__(connection)
        connection.setblocking(False)
        self._socket = connection
        self._recv, self._send = connection.recv, connection.send

    @types.coroutine
    def connect(self, address: tuple[Any, ...]) -> Generator[Trap, Any, None]:
        """Connect a socket that is not connected yet. Raises OSError."""
        if connecting.begin(self._socket, address):
            yield from self.writable
            connecting.finish(self._socket)

    @types.coroutine
    def read(self, size: int) -> Generator[Trap, Any, bytes]:
        """Some bytes, at most `size`; none at the peer's end. Raises OSError."""
        while True:
            yield from self.readable
            try:
                return self._recv(size)
            except BlockingIOError:
                pass  # the event was another's, on a number used again

    def write(self, data: bytes) -> "Writing":
        """Write all of it. The call itself sends what the kernel takes at once; wait for the rest. Raises OSError."""
        try:
            sent = self._send(data)
        except BlockingIOError:
            sent = 0
        return DONE if sent == len(data) else self._write_rest(memoryview(data)[sent:])

    @types.coroutine
    def _write_rest(self, data: memoryview) -> Generator[Trap, Any, None]:
        while data:
            yield from self.writable
            try:
                data = data[self._send(data) :]
            except BlockingIOError:
                pass  # the event was another's, on a number used again
