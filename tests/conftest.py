"""What tests of several packages share: a target, run as the process that it is."""

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import IO, Any

import pytest

from concur import catalog
from concur.interpreters.describe import Interpreter
from concur.interpreters.find import find

ROOT = Path(__file__).resolve().parents[1]
HANG_S = 12  # longer than anything takes; what is slower hangs
SOCKETS = Path("/proc/net/tcp")


@dataclass
class Target:
    """A server in a process of its own. `ready` is what it said when it was."""

    process: subprocess.Popen[bytes]
    control: IO[str]
    stderr: IO[bytes]
    ready: dict[str, Any]

    @property
    def address(self) -> tuple[str, int]:
        return self.ready["host"], self.ready["port"]

    def connect(self, receive_buffer_bytes: int = 0) -> socket.socket:
        """A connection to it, whose blocking calls fail before the test hangs."""
        connection = socket.socket()
        connection.settimeout(HANG_S)
        if receive_buffer_bytes:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
        connection.connect(self.address)
        return connection

    def said(self) -> str:
        """What it wrote to standard error so far."""
        self.stderr.seek(0)
        return self.stderr.read().decode()

    def end(self) -> dict[str, Any]:
        """Ask it to stop. Its last words, after it has exited with status 0 and without a word to people."""
        self.process.send_signal(signal.SIGTERM)
        return self.last_words()

    def last_words(self) -> dict[str, Any]:
        """What it says before it exits, with status 0 and silent."""
        line = self.control.readline()
        status = self.process.wait(HANG_S)
        assert (status, self.said()) == (0, "")
        words: dict[str, Any] = json.loads(line)
        return words


StartTarget = Callable[..., Target]


@contextmanager
def running_target(
    *arguments: object, python: Sequence[str] = (sys.executable,), pythonpath: Path = ROOT, **env: str
) -> Iterator[Target]:
    """A target started with these arguments of `concur.serve`; killed in the end, if it lives still."""
    reading, writing = os.pipe()
    command = [*python, "-m", "concur.serve", *map(str, arguments), "--control", str(writing)]
    environment = os.environ | {"PYTHONPATH": str(pythonpath)} | env
    with ExitStack() as stack:
        control = stack.enter_context(open(reading))
        stderr = stack.enter_context(tempfile.TemporaryFile())
        process = subprocess.Popen(command, env=environment, pass_fds=[writing], stderr=stderr, cwd=pythonpath)
        stack.callback(process.wait)
        stack.callback(process.kill)
        os.close(writing)
        target = Target(process, control, stderr, {})
        line = control.readline()
        assert line, target.said()
        target.ready = json.loads(line)
        yield target


@pytest.fixture
def start_target() -> Iterator[StartTarget]:
    """Start targets, which end with the test."""
    with ExitStack() as stack:
        yield lambda *arguments, **options: stack.enter_context(running_target(*arguments, **options))


@pytest.fixture(scope="module")
def start_shared_target() -> Iterator[StartTarget]:
    """Start targets, which end with the file."""
    with ExitStack() as stack:
        yield lambda *arguments, **options: stack.enter_context(running_target(*arguments, **options))


@pytest.fixture(scope="module", params=[row.id for row in catalog.MODELS])
def model(request: pytest.FixtureRequest) -> catalog.Model:
    """Each model in turn. What this interpreter cannot run is skipped here, and fails where CI is to have it."""
    row = catalog.model(request.param)
    if reason := catalog.missing(row):
        is_to_be_had = os.environ.get("CI") and row.minimum_python <= sys.version_info
        (pytest.fail if is_to_be_had else pytest.skip)(reason)
    return row


@pytest.fixture(scope="session")
def newest() -> Interpreter:
    """The newest CPython with subinterpreters for which `concur interpreters prepare` has made an environment.

    Without one a test is skipped; where CI is to have it, it fails.
    """
    able = [one for one in find() if one.environment and one.implementation == "CPython" and not one.free_threaded]
    able = [one for one in able if one.jit != "on" and version_of(one) >= catalog.INTERPRETERS_PYTHON]
    if not able:
        reason = "needs a prepared CPython 3.14 or newer: concur interpreters prepare"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    return max(able, key=version_of)


def version_of(interpreter: Interpreter) -> tuple[int, ...]:
    return tuple(map(int, interpreter.version.split(".")[:2]))


Exchange = Callable[[socket.socket, Sequence[bytes]], bytes]


@pytest.fixture(scope="session")
def exchange() -> Exchange:
    """Send pieces while reading what comes back, as many bytes as were sent or up to the end."""
    return _exchange


def _exchange(connection: socket.socket, pieces: Sequence[bytes]) -> bytes:
    expected, came, unsent = sum(map(len, pieces)), bytearray(), [memoryview(piece) for piece in reversed(pieces)]
    connection.setblocking(False)
    while len(came) < expected:
        readable, writable, _ = select.select([connection], [connection] if unsent else [], [], HANG_S)
        assert readable or writable, f"stands still after {len(came)} of {expected} bytes"
        if readable:
            data = connection.recv(65536)
            if not data:
                break
            came += data
        if writable:
            rest = unsent.pop()
            if rest := rest[connection.send(rest) :]:
                unsent.append(rest)
    connection.settimeout(HANG_S)
    return bytes(came)


@pytest.fixture(scope="session")
def hear_out() -> Callable[[socket.socket], bytes]:
    """Read up to the peer's end; a reset is an end too."""
    return _hear_out


def _hear_out(connection: socket.socket) -> bytes:
    came = bytearray()
    try:
        while data := connection.recv(65536):
            came += data
    except ConnectionError:
        pass
    return bytes(came)


@pytest.fixture(scope="session")
def fill() -> Callable[[socket.socket, bytes], int]:
    """Send and never read, until the server reads no more, or 64 MiB were taken. How many bytes were."""
    if not SOCKETS.exists():
        pytest.skip(f"looks at the kernel's buffers in {SOCKETS}")
    return _fill


def _fill(connection: socket.socket, data: bytes) -> int:
    taken, before, now = 0, "", ""
    connection.setblocking(False)
    while taken < 64 * 2**20 and not (now == before and unread_bytes(now)):
        if select.select([], [connection], [], 0.1)[1]:
            taken += connection.send(data)
        else:  # TCP may pause by itself, for longer than that: so ask whether there is something to read
            before, now = now, queues(connection)
    connection.settimeout(HANG_S)
    return taken


def queues(connection: socket.socket) -> str:
    """What the kernel holds for the other end of a connection, here: "unsent:unread", in hexadecimal."""
    local, remote = (f":{end[1]:04X}" for end in (connection.getsockname(), connection.getpeername()))
    rows = [line.split() for line in SOCKETS.read_text().splitlines()]
    return next(row[4] for row in rows if row[1].endswith(remote) and row[2].endswith(local))


def unread_bytes(queues: str) -> int:
    return int(queues.partition(":")[2] or "0", 16)


@pytest.fixture(scope="session")
def runs() -> ModuleType:
    """The builders of runs in `tests/runs.py`, which are no test and so not to be imported by name."""
    spec = spec_from_file_location("runs", Path(__file__).with_name("runs.py"))
    assert spec
    assert spec.loader
    builders = module_from_spec(spec)
    spec.loader.exec_module(builders)
    return builders
