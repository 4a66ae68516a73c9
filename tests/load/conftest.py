"""What the load generator's tests share: its two kinds, and a server that misbehaves by plan."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

FAULTY = Path(__file__).with_name("faulty.py")


@dataclass
class FaultyServer:
    """A server of faulty.py's, in a process of its own."""

    process: subprocess.Popen[bytes]
    port: int

    def log(self) -> dict[str, int]:
        """End it; what it did, and how often."""
        out, _ = self.process.communicate()
        did: dict[str, int] = json.loads(out)
        return did


StartFaulty = Callable[..., FaultyServer]


@pytest.fixture
def start_faulty() -> Iterator[StartFaulty]:
    """Start servers that follow a plan, with 64-byte messages if it names no size; they end with the test."""
    with ExitStack() as stack:

        def start(**plan: Any) -> FaultyServer:
            command = [sys.executable, str(FAULTY), json.dumps({"payload_bytes": 64} | plan)]
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            stack.enter_context(process)
            stack.callback(process.kill)
            assert process.stdout is not None
            return FaultyServer(process, json.loads(process.stdout.readline())["port"])

        yield start


@pytest.fixture(params=["native", "python"])
def kind(request: pytest.FixtureRequest) -> str:
    """Each engine in turn."""
    if request.param == "native" and (sys.platform != "linux" or shutil.which("cc") is None):
        is_to_be_had = os.environ.get("CI") and sys.platform == "linux"
        (pytest.fail if is_to_be_had else pytest.skip)("the native engine needs Linux and a C compiler")
    return str(request.param)


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that is taken and that nobody listens on: connecting to it is refused."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]
