"""The eight models by datagrams, as processes: what they count, whom a wait delays, and what they cannot have.

What they promise a peer is proved in `tests/conformance/test_datagrams.py`.
"""

import select
import socket
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from concur import catalog

if TYPE_CHECKING:
    from tests.conftest import StartTarget, Target

MODELS = [row.id for row in catalog.MODELS if row.by_udp and not catalog.missing(row)]
PATIENCE_S = 10.0
WAITS, WAIT_S = 60, 0.5  # one after the other they would outlast the test


def peer_of(target: "Target") -> socket.socket:
    peer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    peer.connect(target.address)
    peer.settimeout(PATIENCE_S)
    return peer


@pytest.mark.parametrize("model", MODELS)
def test_every_datagram_is_accounted_for(model: str, start_target: "StartTarget") -> None:
    target = start_target(model, "--udp")
    with peer_of(target) as peer:
        for size in (0, 1, 60_000):
            peer.send(b"x" * size)
            assert peer.recv(65_536) == b"x" * size
    end = target.end()
    assert end["observed"]["datagrams"] == {"received": 3, "echoed": 3, "dropped": 0}
    assert end["observed"]["receive_buffer_bytes"] > 0
    if 8 not in catalog.model(model).unmet:
        assert not any(end["left"].values())


@pytest.mark.parametrize("model", MODELS)
def test_while_one_waits_others_are_served(model: str, start_target: "StartTarget") -> None:
    target = start_target(model, "--udp", "--cpu", 1, "--wait", WAIT_S, "--pool", WAITS)
    with peer_of(target) as peer:
        for number in range(WAITS):
            peer.send(b"%d" % number)
        assert {peer.recv(10) for _ in range(WAITS)} == {b"%d" % number for number in range(WAITS)}
    target.end()


@pytest.mark.parametrize("model", MODELS)
def test_who_never_stops_sending_does_not_keep_it_from_ending(model: str, start_target: "StartTarget") -> None:
    """More than it can answer: the last words are there, with status 0, and much was sent meanwhile."""
    target = start_target(model, "--udp", "--grace", 1)
    with peer_of(target) as peer:
        peer.setblocking(False)
        for _ in range(1000):
            send(peer)
        target.process.terminate()
        while not select.select([target.control], [], [], 0)[0]:
            send(peer)
    counts = target.last_words()["observed"]["datagrams"]
    assert counts["received"] == counts["echoed"] + counts["dropped"] > 0


def send(peer: socket.socket) -> None:
    try:
        peer.send(b"x")
    except (BlockingIOError, ConnectionRefusedError):  # its own buffer is full; nobody is there any more
        pass


Refused = Callable[..., tuple[int, str]]


@pytest.fixture
def refused() -> Refused:
    """The status and the words of one that does not start."""

    def run(*words: str) -> tuple[int, str]:
        command = [sys.executable, "-m", "concur.serve", *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE_S)
        return done.returncode, done.stderr

    return run


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["trio_tasks", "--udp"], "trio_tasks cannot serve datagrams: threads, callbacks"),
        (["threads", "--udp", "--workers", "2:threads"], "datagrams are served by one copy"),
        (["threads", "--udp", "--offload", "2:threads"], "computing for datagrams is done inline"),
        (["threads", "--udp", "--port", "65536"], "there is no port 65536"),
    ],
)
def test_what_datagrams_cannot_have_is_one_line(words: list[str], said: str, refused: Refused) -> None:
    status, line = refused(*words)
    assert (status, line.count("\n")) == (2, 1)
    assert said in line
