"""A web in a process of its own, for whoever crawls it: started, asked for its log, ended. Tier 1."""

import http.client
import json
import os
import select
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import urlsplit

from concur.errors import MachineError, TargetError
from concur.web import log
from concur.web.addresses import Addresses, Origin
from concur.web.conversation import CLEAR, LOG_PATH
from concur.web.graph import Web

PATIENCE_S = 20
_READ_BYTES = 1 << 16


@dataclass
class Running:
    """A web that is being served. `ready` is what its process said when it was; `addresses` is for the oracle."""

    ready: dict[str, Any]
    addresses: Addresses

    @property
    def pid(self) -> int:
        """Of the server."""
        return int(self.ready["pid"])

    @property
    def seed(self) -> str:
        """The URL to start from."""
        return self.addresses.seed

    def log(self) -> log.Log:
        """What it was asked so far."""
        return log.decode(self._control(LOG_PATH))

    def clear(self) -> None:
        """Begin anew: nothing was asked yet, and what fails once will fail again."""
        self._control(LOG_PATH + CLEAR)

    def _control(self, target: str) -> bytes:
        connection = http.client.HTTPConnection(self.ready["host"], self.ready["port"], timeout=PATIENCE_S)
        try:
            connection.request("GET", target)
            return connection.getresponse().read()
        except (OSError, http.client.HTTPException) as error:
            raise TargetError("the web does not answer", why=str(error)) from None
        finally:
            connection.close()


@contextmanager
def running(web: Web, host: str = "127.0.0.1", port: int = 0) -> Iterator[Running]:
    """Serve a web in another process as long as the context lasts. Raises MachineError where it does not start."""
    command = [sys.executable, "-m", "concur.web.program", f"--host={host}", f"--port={port}", "--until-eof=0"]
    for name in Web.__dataclass_fields__:
        if (value := getattr(web, name)) is not None:
            command.append(f"--{name.replace('_', '-')}={value}")
    with ExitStack() as stack:
        stderr = stack.enter_context(tempfile.TemporaryFile())
        process = _start(command, stderr)
        stack.callback(_end, process)
        line = _first_line(process, time.monotonic() + PATIENCE_S)
        if not line:
            raise _failure(stderr)
        ready = json.loads(line)
        yield Running(ready, Addresses(web, map(_origin, ready["origins"])))


def _start(command: list[str], stderr: IO[bytes]) -> "subprocess.Popen[bytes]":
    """Its standard input is a pipe that ends with us, however we end: so it does not outlive us."""
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
        env=_environment(),
        start_new_session=True,
    )


def _environment() -> dict[str, str]:
    """Ours, in which the child finds the same package, wherever it is run from."""
    return os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def _origin(base: str) -> Origin:
    parts = urlsplit(base)
    return Origin(parts.scheme, parts.hostname or "", parts.port or 80)


def _first_line(process: "subprocess.Popen[bytes]", deadline: float) -> bytes:
    """What it says first, empty if it ends or hangs before."""
    assert process.stdout is not None
    line = b""
    while not line.endswith(b"\n"):
        if not select.select([process.stdout], [], [], max(deadline - time.monotonic(), 0))[0]:
            return b""
        data = os.read(process.stdout.fileno(), _READ_BYTES)
        if not data:
            return b""
        line += data
    return line


def _failure(stderr: IO[bytes]) -> MachineError:
    stderr.seek(0)
    said = stderr.read().decode(errors="replace").strip().removeprefix("concur: ")
    return MachineError("the web does not start", why=said.splitlines()[-1] if said else "it says nothing")


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End it, and leave nothing of it."""
    process.terminate()
    try:
        process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()
