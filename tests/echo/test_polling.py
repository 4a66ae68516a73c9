"""What is particular to select: its list ends at 1,024 descriptors, where accepting pauses."""

import resource
import select
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import psutil
import pytest

from concur.echo.contract import Service, Stop, listen
from concur.echo.polling import FD_SETSIZE, Server

if TYPE_CHECKING:
    from tests.conftest import StartTarget, Target

PEERS = FD_SETSIZE + 100


@pytest.fixture
def crowd() -> Iterator[ExitStack]:
    """Closes what enters it. Meanwhile this process may have descriptors enough for all."""
    before, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2 * PEERS:
        pytest.skip(f"may have {hard} descriptors only")
    resource.setrlimit(resource.RLIMIT_NOFILE, (2 * PEERS, hard))
    with ExitStack() as stack:
        yield stack
    resource.setrlimit(resource.RLIMIT_NOFILE, (before, hard))


def connect_all(target: "Target", crowd: ExitStack) -> list[socket.socket]:
    """More peers than descriptors, each of which has sent two bytes, when the server has taken as many as it can."""
    peers = [crowd.enter_context(target.connect()) for _ in range(PEERS)]
    for peer in peers:
        peer.sendall(b"hi")
    process = psutil.Process(target.process.pid)
    while process.num_fds() < FD_SETSIZE:
        time.sleep(0.001)
    return peers


@pytest.fixture
def stop() -> Iterator[Stop]:
    made = Stop()
    yield made
    made.close()


def test_over_its_limit_it_pauses_accepting_and_goes_on_when_some_have_left(
    start_target: "StartTarget", crowd: ExitStack
) -> None:
    target = start_target("polling")
    peers = connect_all(target, crowd)
    first, last = peers[:1000], peers[1000:]
    assert [peer.recv(100) for peer in first] == [b"hi"] * len(first)
    unserved = select.poll()
    unserved.register(peers[-1], select.POLLIN)
    assert not unserved.poll(300)
    for peer in first[: len(last)]:
        peer.close()
    assert [peer.recv(100) for peer in last] == [b"hi"] * len(last)
    words = target.end()
    assert (words["accepted"], words["left"]["descriptors"]) == (PEERS, 0)


def test_at_the_stop_it_serves_the_backlog_though_it_exceeds_its_limit(
    start_target: "StartTarget", crowd: ExitStack
) -> None:
    target = start_target("polling")
    peers = connect_all(target, crowd)
    words = target.end()
    assert [peer.recv(100) for peer in peers] == [b"hi"] * PEERS
    assert (words["accepted"], words["forced"]) == (PEERS, 0)


def test_paused_it_uses_next_to_no_cpu(start_target: "StartTarget", crowd: ExitStack) -> None:
    target = start_target("polling")
    peers = connect_all(target, crowd)
    assert [peer.recv(100) for peer in peers[:1000]] == [b"hi"] * 1000
    process = psutil.Process(target.process.pid)
    before = process.cpu_times()
    time.sleep(1)
    after = process.cpu_times()
    assert after.user + after.system - before.user - before.system < 0.3, "CPU time, of 1 s with nothing to do"


def test_a_stop_that_comes_in_one_turn_with_a_peer_takes_both_in(stop: Stop) -> None:
    service = Service()
    stop.on_request(service.drain)
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname(), 10) as peer:
        server = Server(listener, stop, service)
        del server.readers[listener.fileno()]
        server.resume()  # as after a pause: the listener stands behind the stop
        peer.sendall(b"hi")
        stop.request()
        while server.is_listening or service.open:
            server.turn()
        assert peer.recv(100) == b"hi"
