"""The eight models by datagrams, over real sockets: exact bytes, many peers, a peer that is gone, draining, doses."""

import json
import os
import signal
import socket
import subprocess
import sys
from typing import Any

import pytest

from concur import catalog

MODELS = [row.id for row in catalog.MODELS if row.by_udp and not catalog.missing(row)]
PATIENCE_S = 10.0


class Server:
    """One of them, started as a user would, with what it said at its end."""

    def __init__(self, model: str, *options: str) -> None:
        self._reading, writing = os.pipe()
        words = [sys.executable, "-m", "concur.serve", model, "--udp", "--control", str(writing), *options]
        self.process = subprocess.Popen(words, pass_fds=[writing], stderr=subprocess.PIPE)
        os.close(writing)
        self._words = os.fdopen(self._reading)
        self.ready = json.loads(self._words.readline())
        self.address = self.ready["host"], self.ready["port"]

    def peer(self) -> socket.socket:
        own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        own.connect(self.address)
        own.settimeout(PATIENCE_S)
        return own

    def stop(self) -> dict[str, Any]:
        self.process.send_signal(signal.SIGTERM)
        end: dict[str, Any] = json.loads(self._words.readline())
        assert self.process.wait(PATIENCE_S) == 0
        return end

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        assert self.process.stderr is not None
        said = self.process.stderr.read()
        self.process.stderr.close()
        self._words.close()
        assert said == b""  # silence is part of the contract


@pytest.mark.parametrize("model", MODELS)
def test_datagrams_return_whole_to_who_sent_them(model):
    with Server(model) as server:
        peers = [server.peer() for _ in range(5)]
        for size in (0, 1, 1024, 60_000):
            for number, peer in enumerate(peers):
                peer.send(bytes([number]) * size)
            for number, peer in enumerate(peers):
                assert peer.recv(65_536) == bytes([number]) * size
        for peer in peers:
            peer.close()
        end = server.stop()
    counts = end["observed"]["datagrams"]
    assert counts == {"received": 20, "echoed": 20, "dropped": 0}
    if 8 not in catalog.model(model).unmet:
        assert end["left"] == {"threads": 0, "children": 0, "descriptors": 0, "connections": 0}


@pytest.mark.parametrize("model", MODELS)
def test_a_peer_that_has_gone_harms_nobody(model):
    with Server(model) as server:
        with server.peer() as gone:
            for _ in range(50):
                gone.send(b"nobody will be there")
        with server.peer() as other:
            other.send(b"x")
            assert other.recv(10) == b"x"
        server.stop()


@pytest.mark.parametrize("model", MODELS)
def test_what_has_come_is_answered_before_the_end(model):
    with Server(model, "--wait", "0.05") as server, server.peer() as peer:
        for number in range(20):
            peer.send(b"%d" % number)
        server.stop()
        came = {peer.recv(10) for _ in range(20)}
    assert came == {b"%d" % number for number in range(20)}


@pytest.mark.parametrize("model", MODELS)
def test_a_wait_of_one_delays_no_other(model):
    """Forty waits of 0.1 s, one after the other, would outlast the peer's patience of a second for each reply."""
    with Server(model, "--cpu", "1", "--wait", "0.1") as server, server.peer() as peer:
        for number in range(8 if model == "threads" else 40):
            peer.send(b"%d" % number)
        peer.settimeout(1.0)
        for _ in range(8 if model == "threads" else 40):
            peer.recv(10)
        server.stop()


def refused(*words: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "concur.serve", *words], capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )
    return done.returncode, done.stderr


def test_an_address_in_use_is_one_line():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        status, said = refused("threads", "--udp", "--port", str(taken.getsockname()[1]))
    assert status == 2
    assert said.count("\n") == 1
    assert "in use" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["trio_tasks", "--udp"], "trio_tasks cannot serve datagrams: threads, callbacks"),
        (["threads", "--udp", "--workers", "2:threads"], "datagrams are served by one copy"),
        (["threads", "--udp", "--offload", "2:threads"], "computing for datagrams is done inline"),
    ],
)
def test_what_datagrams_cannot_have_is_one_line(words, said):
    status, line = refused(*words)
    assert status == 2
    assert said in line
    assert line.count("\n") == 1
