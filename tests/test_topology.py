"""Several copies of a model: each takes its share, all drain, and what cannot be had fails as the catalogue says."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concur import catalog, topology
from concur.accounting import descriptors
from concur.catalog import COPIES, INTERPRETERS, MODELS, PROCESSES, THREADS, Model
from concur.echo import callbacks
from concur.echo.contract import Service, Stop
from concur.errors import MachineError, UsageError
from concur.interpreters.tree import tier0_tree
from concur.topology import Topology, parse

if TYPE_CHECKING:
    from concur.interpreters.describe import Interpreter
    from tests.conftest import Exchange, StartTarget, Target

NOTHING = {"threads": 0, "connections": 0, "descriptors": 0, "children": 0}
HERE = [(row, kind) for row in MODELS for kind in (PROCESSES, THREADS) if kind in row.topologies]
THERE = [row for row in MODELS if INTERPRETERS in row.topologies]
REFUSED = [(row, kind) for row in MODELS for kind in row.not_as]
# What an interpreter itself says, for each reason of the catalogue: a declaration that nothing bears out is wrong.
SAID = {
    "its C code does not load in a subinterpreter": "does not support loading in subinterpreters",
    "a subinterpreter may not fork": "fork not supported for isolated subinterpreters",
    "a fork in a process of several threads copies one of them, and the locks of all": "is multi-threaded",
    "its reactor is one for the whole process": "ReactorAlreadyInstalledError",
}
FORCED = """import sys, concur.topology, concur.serve
concur.topology.check = lambda *_: None
sys.exit(concur.serve.main(sys.argv[1:]))"""


def name(case: Any) -> str:
    return case.id if isinstance(case, Model) else str(case)


@given(st.integers(1, topology.MOST), st.sampled_from(COPIES))
def test_what_is_written_is_read(count: int, kind: str) -> None:
    assert parse(f"{count}:{kind}") == Topology(count, kind)


@given(st.text().filter(lambda text: not re.fullmatch(r"\d+:(processes|threads|interpreters)", text)))
def test_anything_else_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(UsageError) as refusal:
        parse(text)
    assert refusal.value.do


@pytest.mark.parametrize(
    "text", ["", "2", "processes", "0:processes", "-1:threads", "2:", "1025:threads", "2.5:threads"]
)
def test_no_topology_at_all_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"workers"):
        parse(text)


def test_an_unknown_kind_is_answered_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"unknown kind of workers 'thread'. Did you mean threads"):
        parse("2:thread")


def test_a_port_in_use_is_not_shared() -> None:
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as taken, pytest.raises(MachineError, match="in use"):
        topology.listeners(Topology(2, PROCESSES), "127.0.0.1", taken.getsockname()[1])


@contextmanager
def some_peers(target: "Target", exchange: "Exchange", count: int) -> Iterator[list[socket.socket]]:
    with ExitStack() as stack:
        peers = [stack.enter_context(target.connect()) for _ in range(count)]
        for number, peer in enumerate(peers):
            assert exchange(peer, [b"hello %d\n" % number]) == b"hello %d\n" % number
        yield peers


def assert_drains(target: "Target", peers: list[socket.socket], hear_out: Callable[..., bytes], row: Model) -> None:
    for peer in peers:
        peer.sendall(b"last words\n")
    words = target.end()
    assert [hear_out(peer) for peer in peers] == [b"last words\n"] * len(peers)
    assert (words["accepted"], words["forced"]) == (len(peers), 0)
    assert (len(words["shares"]), sum(words["shares"])) == (2, len(peers))
    assert words["left"] == NOTHING or 8 in row.unmet


@pytest.mark.parametrize(("row", "kind"), HERE, ids=name)
def test_two_copies_share_the_connections_and_drain(
    row: Model, kind: str, start_target: "StartTarget", exchange: "Exchange", hear_out: Callable[..., bytes]
) -> None:
    if reason := catalog.missing(row):
        pytest.skip(reason)
    target = start_target(row.id, "--workers", f"2:{kind}")
    with some_peers(target, exchange, (row.max_active and min(row.max_active, 8)) or 8) as peers:
        assert_drains(target, peers, hear_out, row)


@pytest.mark.parametrize("row", THERE, ids=name)
def test_two_interpreters_share_the_connections_and_drain(
    row: Model, newest: "Interpreter", start_target: "StartTarget", exchange: "Exchange", hear_out: Callable[..., bytes]
) -> None:
    python = {"python": [newest.python], "pythonpath": tier0_tree()}
    target = start_target(row.id, "--workers", "2:interpreters", **python)
    with some_peers(target, exchange, (row.max_active and min(row.max_active, 8)) or 8) as peers:
        assert_drains(target, peers, hear_out, row)


@pytest.mark.parametrize(("row", "kind"), REFUSED, ids=name)
def test_what_the_catalogue_refuses_is_refused_with_its_reason(
    row: Model, kind: str, capfd: pytest.CaptureFixture[str]
) -> None:
    from concur import serve

    if not catalog.missing(row):
        assert serve.main([row.id, "--workers", f"2:{kind}"]) == 2
        said = capfd.readouterr().err
        assert said.startswith(f"concur: {row.id} cannot be had as 2 {kind}: ")
        assert len(said.splitlines()) == 1


@pytest.mark.parametrize(("row", "kind"), REFUSED, ids=name)
def test_what_the_catalogue_refuses_does_fail_and_says_so(row: Model, kind: str, newest: "Interpreter") -> None:
    words = [newest.python, "-W", "error::DeprecationWarning", "-P", "-c", FORCED]
    words += [row.id, "--workers", f"2:{kind}", "--pool", "2"]
    environment = os.environ | {"PYTHONPATH": str(tier0_tree())}
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout
        with process.stdout:
            ready = process.stdout.readline()
            if row.id == "processes" and ready.startswith(b"{"):  # it forks when somebody comes
                port = int(re.findall(rb'"port": (\d+)', ready)[0])
                for _ in range(8):
                    socket.create_connection(("127.0.0.1", port)).close()
            try:
                said = ready + process.communicate(timeout=8)[0]
            finally:
                process.send_signal(signal.SIGKILL)
    assert SAID[row.not_as[kind]] in said.decode()


# Claim 19: how accepts are spread over workers (Cloudflare, «sad state of Linux socket balancing»)


def test_workers_that_block_in_accept_take_turns(start_target: "StartTarget", exchange: "Exchange") -> None:
    """As long as all of them wait: one that comes late to the line, on a busy machine, has missed its turn."""
    target = start_target("prefork", "--pool", 3)
    assert shares_of_thirty(target, exchange, wait=lambda: wait_for_all_in_accept(target)) == [10, 10, 10]


def test_listeners_of_their_own_get_what_the_hash_gives_them(start_target: "StartTarget", exchange: "Exchange") -> None:
    shares = shares_of_thirty(start_target("sequential", "--workers", "3:processes"), exchange)
    assert max(shares) < 30, shares  # all to one: 3 in 3 ** 30


def wait_for_all_in_accept(target: "Target") -> None:
    """Until the kernel says so of each worker (proc(5), wchan)."""
    children = Path(f"/proc/{target.process.pid}/task/{target.process.pid}/children")
    if not children.exists():
        pytest.skip("looks at where workers wait in /proc")
    while True:
        pids = children.read_text().split()
        if len(pids) == 3 and all("accept" in Path(f"/proc/{pid}/wchan").read_text() for pid in pids):
            return
        time.sleep(0.001)


def shares_of_thirty(target: "Target", exchange: "Exchange", wait: Callable[[], object] = lambda: None) -> list[int]:
    for _ in range(30):
        wait()
        with target.connect() as connection:
            assert exchange(connection, [b"hello"]) == b"hello"
    shares: list[int] = target.end()["shares"]
    assert (len(shares), sum(shares)) == (3, 30)
    return shares


def test_a_worker_that_is_killed_ends_the_service(start_target: "StartTarget") -> None:
    target = start_target("threads", "--workers", "2:processes")
    children = Path(f"/proc/{target.process.pid}/task/{target.process.pid}/children")
    while len(pids := children.read_text().split()) < 2:
        pass
    os.kill(int(pids[0]), signal.SIGKILL)
    assert target.process.wait(10) == 1
    assert f"worker {pids[0]} has ended before it was asked to" in target.said()
    assert not Path(f"/proc/{pids[1]}").exists()


@pytest.mark.skipif(not hasattr(os, "setuid") or os.geteuid() != 0, reason="gives up root's rights to be refused")
@pytest.mark.parametrize("words", [["prefork"], ["threads", "--workers", "2:processes"]], ids=" ".join)
def test_a_fork_that_is_refused_is_said_and_leaves_nobody(words: list[str]) -> None:
    done = refused_to_fork(words)
    assert done.returncode == 2
    assert re.fullmatch(
        rb"concur: cannot fork worker 1 of \d+: Resource temporarily unavailable. Ask .*\n", done.stderr
    )


def refused_to_fork(words: list[str]) -> "subprocess.CompletedProcess[bytes]":
    """Run as nobody, who may have no more processes than this one."""
    program = """import os, resource, sys, sysconfig, encodings.idna
import concur.serve, concur.echo.threads, concur.echo.prefork
sysconfig.get_config_vars()
resource.setrlimit(resource.RLIMIT_NPROC, (0, 0)); os.setgid(65534); os.setuid(65534)
sys.exit(concur.serve.main(sys.argv[1:]))"""
    environment = os.environ | {"PYTHONPATH": str(Path(catalog.__file__).parents[1])}
    return subprocess.run(
        [sys.executable, "-P", "-c", program, *words], env=environment, capture_output=True, timeout=15
    )


def test_where_not_all_threads_start_the_others_end_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[threading.Thread] = []
    start = threading.Thread.start

    def start_two(thread: threading.Thread) -> None:
        if len(started) == 2:
            raise RuntimeError("can't start new thread")
        start(thread)
        started.append(thread)

    monkeypatch.setattr(threading.Thread, "start", start_two)
    copies, stop, before = Topology(3, THREADS), Stop(), descriptors()
    with pytest.raises(MachineError, match=r"cannot start 3 threads: can't start new thread\. Ask for fewer"):
        topology.serve(copies, "callbacks", callbacks, topology.listeners(copies, "127.0.0.1", 0), stop, Service())
    assert [thread.is_alive() for thread in started] == [False, False]
    assert descriptors() == before
    stop.close()
