"""What is special where greenlets or tasklets serve, switched by our reactor."""

import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from concur.catalog import missing, model
from concur.echo.contract import Service, Stop, listen
from concur.echo.dose import Dose
from concur.interpreters.tree import tier0_tree
from concur.serve import load_model

if TYPE_CHECKING:
    from tests.conftest import Exchange, StartTarget

HANG_S = 10


class Server:
    """A model that serves in a thread of this process. `ended` is how it did."""

    def __init__(self, name: str, service: Service, pool: ThreadPoolExecutor) -> None:
        self.listener, self.stop, self.service = listen("127.0.0.1", 0), Stop(), service
        self.address = self.listener.getsockname()
        self.ended: Future[None] = pool.submit(load_model(name).serve, self.listener, self.stop, service)

    def connect(self) -> socket.socket:
        return socket.create_connection(self.address, HANG_S)


@pytest.fixture(params=["greenlets", "tasklets"])
def name(request: pytest.FixtureRequest) -> str:
    if reason := missing(model(request.param)):
        pytest.skip(reason)
    return str(request.param)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as made:
        yield made


def test_our_own_fault_comes_out_of_serve_and_leaves_no_connection(name: str, pool: ThreadPoolExecutor) -> None:
    server = Server(name, Service(Dose(1, kind="of which there is none")), pool)
    with server.connect() as idle, server.connect() as connection:
        connection.sendall(b"line\n")
        assert isinstance(server.ended.exception(HANG_S), KeyError)
        assert (connection.recv(9), idle.recv(9)) == (b"", b"")
    assert not server.service.open
    server.listener.close()
    server.stop.close()


class Exhausted(Service):
    """It runs out of descriptors after one connection."""

    def __init__(self) -> None:
        super().__init__()
        self.pausing = threading.Event()

    def accept(self, listener: socket.socket) -> socket.socket | None:
        if not self.accepted:
            return super().accept(listener)
        self.pause_s = 0.1
        self.pausing.set()
        return None


def test_a_stop_while_nobody_is_accepted_ends_the_pause(name: str, pool: ThreadPoolExecutor) -> None:
    service = Exhausted()
    server = Server(name, service, pool)
    with server.connect() as connection, server.connect():
        assert service.pausing.wait(HANG_S)
        server.stop.request()
        time.sleep(0.2)  # until the pause would have been over
        connection.sendall(b"still there")
        assert connection.recv(99) == b"still there"
    server.ended.result(HANG_S)
    server.stop.close()


@pytest.fixture
def pypy() -> str:
    """PyPy, if CONCUR_INTERPRETER_PATH knows one."""
    found = shutil.which("pypy3.11", path=os.environ.get("CONCUR_INTERPRETER_PATH") or os.devnull)
    if not found:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("pypy3.11 is not in CONCUR_INTERPRETER_PATH")
    return found


@pytest.mark.parametrize(("name", "stackless"), [("greenlets", "none"), ("tasklets", "pypy"), ("tasklets", "greenlet")])
@pytest.mark.parametrize("dose", [[], ["--cpu", 1, "--wait", 0.001]], ids=["plain", "dosed"])
def test_on_pypy_bytes_are_exact_and_it_drains(
    pypy: str, name: str, stackless: str, dose: list[object], start_target: "StartTarget", exchange: "Exchange"
) -> None:
    options = {"python": [pypy, "-P"], "pythonpath": tier0_tree(), "CONCUR_STACKLESS": stackless}
    target = start_target(name, *dose, **options)
    data = b"".join(b"%d\n" % number for number in range(20 if dose else 50_000))
    with target.connect() as idle, target.connect() as connection:
        assert exchange(connection, [data[:1], data[1:77], data[77:]]) == data
        words = target.end()
        assert (idle.recv(9), connection.recv(9)) == (b"", b"")
    assert words["observed"].get("stackless", "none") == stackless
    assert (words["accepted"], words["forced"], set(words["left"].values())) == (2, 0, {0})


THREAD = """
from concurrent.futures import ThreadPoolExecutor
from concur.echo.tasklets import Tasklets
with ThreadPoolExecutor(1) as pool:
    print(pool.submit(Tasklets).exception())
"""


def test_in_a_thread_pypys_own_tasklets_are_refused(pypy: str) -> None:
    env = os.environ | {"PYTHONPATH": str(tier0_tree()), "CONCUR_STACKLESS": "pypy"}
    done = subprocess.run([pypy, "-P", "-c", THREAD], env=env, capture_output=True, text=True, timeout=15, check=True)
    assert done.stdout.startswith("tasklets cannot run here: PyPy's stackless knows one scheduler")
