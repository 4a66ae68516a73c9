"""The servers that models are compared with echo as models do, and end when told to."""

import importlib.util
import os
import random
import select
import socket
import struct
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.conftest import Exchange, StartTarget, Target

BASELINES = Path(__file__).resolve().parents[2] / "benchmarks" / "baselines"
NAMES = sorted(path.stem for path in BASELINES.glob("*.py"))


@pytest.fixture(scope="module", params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    """Each baseline that can run here."""
    library = str(request.param).partition("_")[0]
    if library in ("uvloop", "gevent") and not importlib.util.find_spec(library):
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"needs {library}")
    if request.param == "bare_epoll" and not hasattr(select, "epoll"):
        pytest.skip("needs epoll")
    return str(request.param)


@pytest.fixture
def target(name: str, start_target: "StartTarget") -> "Target":
    return start_target(BASELINES / f"{name}.py")


def test_there_are_baselines() -> None:
    assert "bare_epoll" in NAMES


def test_bytes_return_exactly_and_it_ends_while_a_peer_is_connected(target: "Target", exchange: "Exchange") -> None:
    data = random.Random(1).randbytes(500_000)
    with target.connect() as first, target.connect() as second:
        assert exchange(first, [data[:10], data[10:]]) == data
        assert exchange(second, [b"second"]) == b"second"
        target.end()


def test_a_half_closed_peer_gets_everything(target: "Target", hear_out: Callable[[socket.socket], bytes]) -> None:
    with target.connect() as connection:
        connection.sendall(b"x" * 50_000)
        connection.shutdown(socket.SHUT_WR)
        assert hear_out(connection) == b"x" * 50_000


def test_a_reset_is_no_news(target: "Target", exchange: "Exchange") -> None:
    with target.connect() as bystander:
        peer = target.connect()
        exchange(peer, [b"hello"])
        peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        peer.close()
        assert exchange(bystander, [b"still here"]) == b"still here"
        target.end()


def test_without_a_peer_it_ends_at_once(target: "Target") -> None:
    assert target.end()["event"] == "end"
