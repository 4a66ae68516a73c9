"""Forked workers: what they report is absorbed, nobody stays as a zombie, and the stop reaches all of them."""

import os
import select
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from concur.echo.contract import Service, Stop
from concur.echo.forked import Children
from concur.errors import TargetError

if TYPE_CHECKING:
    from tests.conftest import Exchange, StartTarget

# Forking within pytest's own process: a child runs only what is here, and leaves by os._exit.
pytestmark = pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")


@pytest.fixture
def stop() -> Iterator[Stop]:
    stop = Stop()
    yield stop
    stop.close()


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def children(stop: Stop, service: Service) -> Children:
    return Children(stop, service)


def accept_some(count: int) -> object:
    def work(service: Service) -> None:
        service.accepted = count
        service.notes["worker"] = count

    return work


def test_what_workers_did_is_added_up(children: Children, service: Service) -> None:
    children.fork_all([accept_some(3), accept_some(4)])  # type: ignore[list-item]
    children.wait()
    assert (service.accepted, service.shares) == (7, {0: 3, 1: 4})
    assert service.notes["worker"] in (3, 4)


def test_what_work_returns_is_in_the_report(children: Children, service: Service) -> None:
    children.fork(lambda _: {"left": {"threads": 2, "connections": 1}})
    children.fork(lambda _: {"left": {"threads": 1, "connections": 0}})
    children.wait()
    assert service.left == {"threads": 3, "connections": 1}


def test_who_has_reported_is_buried_at_the_next_look(children: Children) -> None:
    children.fork(lambda _: None)
    assert select.select([children], [], [], 10)[0]
    children.collect()
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
    children.wait()


def test_a_worker_has_a_stop_of_its_own(children: Children, stop: Stop) -> None:
    def work(_: Service) -> None:
        stop.request()

    children.fork(work)
    children.wait()
    assert not stop.is_requested
    assert not stop.wait(0)


def test_a_worker_that_fails_says_why_and_is_waited_for(children: Children, capfd: pytest.CaptureFixture[str]) -> None:
    def work(_: Service) -> None:
        raise LookupError("lost in the fork")

    children.fork(work)
    children.wait()
    assert "LookupError: lost in the fork" in capfd.readouterr().err


def test_one_of_a_fixed_set_that_ends_early_ends_all(children: Children) -> None:
    children.fork_all([lambda _: time.sleep(60), lambda _: None])
    with pytest.raises(TargetError, match=r"worker \d+ has ended before it was asked to"):
        children.watch()
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


@pytest.mark.parametrize("words", [["prefork"], ["threads", "--workers", "2:processes"], ["processes"]], ids=" ".join)
def test_a_second_signal_takes_the_children_along(
    words: list[str], start_target: "StartTarget", exchange: "Exchange"
) -> None:
    target = start_target(*words, "--wait", 0.01, "--grace", 60)
    with target.connect(4096) as connection:
        assert exchange(connection, [b"hello\n"]) == b"hello\n"
        connection.sendall(b"again\n" * 100_000)
        children = Path(f"/proc/{target.process.pid}/task/{target.process.pid}/children").read_text().split()
        assert children
        while target.process.poll() is None:
            target.process.send_signal(signal.SIGTERM)
            time.sleep(0.05)
    for pid in children:
        while Path(f"/proc/{pid}").exists():  # killed, but perhaps not yet gone
            time.sleep(0.01)
    assert target.process.returncode == 128 + signal.SIGTERM


@pytest.mark.parametrize("words", [["prefork"], ["threads", "--workers", "2:processes"]], ids=" ".join)
def test_children_do_not_outlive_a_parent_that_is_killed(words: list[str], start_target: "StartTarget") -> None:
    target = start_target(*words)
    listing = Path(f"/proc/{target.process.pid}/task/{target.process.pid}/children")
    while len(children := listing.read_text().split()) < 2:
        time.sleep(0.01)
    target.process.kill()
    target.process.wait()
    for pid in children:
        while Path(f"/proc/{pid}").exists():
            time.sleep(0.01)


@pytest.mark.skipif(os.geteuid() != 0, reason="gives up root's rights to be refused a fork")
def test_a_refused_fork_ends_that_connection_alone(tmp_path: Path) -> None:
    script = tmp_path / "refused.py"
    script.write_text(
        """import encodings.idna, os, resource, socket
from concur.echo import processes
from concur.echo.contract import Service, Stop, listen
listener, stop, service = listen("127.0.0.1", 0), Stop(), Service()
stop.handle_signals()
print(listener.getsockname()[1], flush=True)
os.setgid(65534); os.setuid(65534)
most = resource.getrlimit(resource.RLIMIT_NPROC)[1]
resource.setrlimit(resource.RLIMIT_NPROC, (0, most))
processes.serve(listener, stop, service)
print(service.accepted)
"""
    )
    import subprocess

    root = Path(__file__).resolve().parents[2]
    environment = os.environ | {"PYTHONPATH": str(root)}
    with subprocess.Popen([sys.executable, str(script)], env=environment, stdout=subprocess.PIPE) as server:
        assert server.stdout
        port = int(server.stdout.readline())
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
                assert connection.recv(1) == b""
        server.send_signal(signal.SIGTERM)
        assert server.stdout.read() == b"0\n"
    assert server.returncode == 0
