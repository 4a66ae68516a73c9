"""What is particular to a bounded pool: its queue is bounded too, and nothing in it is lost."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from socket import socket
from typing import TYPE_CHECKING

import psutil
import pytest

from concur.echo import threadpool
from concur.echo.contract import Service, Stop, listen
from concur.errors import MachineError

if TYPE_CHECKING:
    from tests.conftest import StartTarget

POOL = 2
PEERS = 12  # far more than are served, queued, and held by who waits to put one into the queue
HearOut = Callable[[socket], bytes]


@pytest.fixture
def stop() -> Iterator[Stop]:
    made = Stop()
    yield made
    made.close()


def test_where_the_queue_is_full_nothing_is_accepted_and_all_are_served_in_the_end(
    start_target: "StartTarget", hear_out: HearOut
) -> None:
    target = start_target("threadpool", "--pool", POOL)
    process = psutil.Process(target.process.pid)
    before = process.num_fds()
    with ExitStack() as stack:
        peers = [stack.enter_context(target.connect()) for _ in range(PEERS)]
        for peer in peers:
            peer.sendall(b"hello")
        for peer in peers[:POOL]:
            assert peer.recv(100) == b"hello"
        while process.num_fds() < before + POOL + POOL + 1:
            time.sleep(0.001)
        time.sleep(0.05)  # would it accept more, it had the time to
        assert process.num_fds() == before + POOL + POOL + 1
        words = target.end()
        assert [hear_out(peer) for peer in peers] == [b""] * POOL + [b"hello"] * (PEERS - POOL)
    assert (words["accepted"], words["forced"]) == (PEERS, 0)


def test_who_stands_in_the_queue_is_cut_off_with_the_others(start_target: "StartTarget", hear_out: HearOut) -> None:
    target = start_target("threadpool", "--pool", POOL, "--wait", 0.3, "--grace", 0.1)
    with ExitStack() as stack:
        peers = [stack.enter_context(target.connect()) for _ in range(PEERS)]
        for peer in peers:
            peer.sendall(b"first\nlong\n")
        assert peers[0].recv(100) == b"first\n"
        words = target.end()
        assert [hear_out(peer) for peer in peers[POOL:]] == [b""] * (PEERS - POOL)
    assert (words["accepted"], words["forced"]) == (PEERS, PEERS)


def test_where_no_more_threads_are_to_be_had_none_is_left(stop: Stop, monkeypatch: pytest.MonkeyPatch) -> None:
    before, start = threading.active_count(), threading.Thread.start

    def start_two(thread: threading.Thread) -> None:
        if threading.active_count() >= before + 2:
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", start_two)
    with pytest.raises(MachineError, match=r"pool's threads: can't start new thread\. .*--pool"):
        threadpool.serve(listen("127.0.0.1", 0), stop, Service(pool=5))
    assert threading.active_count() == before
