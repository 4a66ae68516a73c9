"""What every model promises of its connections, over a real socket: bytes, half-close, faults, stuck peers, memory."""

import random
import select
import socket
import struct
from collections.abc import Callable
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from concur.catalog import Model

if TYPE_CHECKING:
    from tests.conftest import Exchange, StartTarget, Target

MIB = 2**20
DOSES: dict[str, list[object]] = {"plain": [], "dosed": ["--cpu", 1]}
ALLOWED_GROWTH_KIB = 8 * 1024  # of a server one of whose peers never reads


@pytest.fixture(scope="module")
def plain_or_dosed(model: Model, start_shared_target: "StartTarget") -> Callable[[str], "Target"]:
    return cache(lambda dose: start_shared_target(model.id, *DOSES[dose]))


@pytest.fixture
def target(plain_or_dosed: Callable[[str], "Target"]) -> "Target":
    return plain_or_dosed("plain")


@pytest.fixture
def dosed(plain_or_dosed: Callable[[str], "Target"]) -> "Target":
    return plain_or_dosed("dosed")


def pieces_of(data: bytes, seed: int) -> list[bytes]:
    """The data cut at random places: mostly small pieces, some large."""
    rng, pieces, at = random.Random(seed), [], 0
    while at < len(data):
        size = rng.choice([1, 2, 7, 100, 1460, 4096, 65536, 65537, 200_000])
        pieces.append(data[at : at + size])
        at += size
    return pieces


def reset(connection: socket.socket) -> None:
    """Close with a RST in place of a FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def rss_kib(target: "Target") -> int:
    status = Path(f"/proc/{target.process.pid}/status")
    if not status.exists():
        pytest.skip("reads memory from /proc")
    return int(status.read_text().split("VmRSS:")[1].split()[0])


def assert_serves(target: "Target", exchange: "Exchange") -> None:
    with target.connect() as connection:
        assert exchange(connection, [b"are you there?\n"]) == b"are you there?\n"


def test_bytes_return_exactly_whatever_their_split(target: "Target", exchange: "Exchange") -> None:
    data = random.Random(1).randbytes(MIB)
    with target.connect() as connection:
        assert exchange(connection, pieces_of(data, 2)) == data


def test_several_peers_get_their_own_bytes(target: "Target", model: Model, exchange: "Exchange") -> None:
    with ExitStack() as stack:
        peers = [stack.enter_context(target.connect()) for _ in range(model.max_active or 20)]
        for number, peer in enumerate(peers):
            peer.sendall(b"%d" % number * 100)
        for number, peer in enumerate(peers):
            assert exchange(peer, [b"."]).startswith(b"%d" % number)


def test_a_half_closed_peer_gets_everything_before_the_close(
    target: "Target", hear_out: Callable[[socket.socket], bytes]
) -> None:
    data = random.Random(3).randbytes(100_000)
    with target.connect() as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        assert hear_out(connection) == data


def test_a_peer_that_leaves_without_a_word_is_no_news(target: "Target", exchange: "Exchange") -> None:
    for _ in range(5):
        target.connect().close()
    assert_serves(target, exchange)
    assert target.said() == ""


@pytest.mark.parametrize("sent", [b"", b"x" * 100_000, b"line\n" * 5000], ids=["nothing", "bytes", "lines"])
@pytest.mark.parametrize("dose", DOSES)
def test_a_reset_ends_its_own_connection_alone(
    plain_or_dosed: Callable[[str], "Target"], model: Model, exchange: "Exchange", dose: str, sent: bytes
) -> None:
    target = plain_or_dosed(dose)
    with ExitStack() as stack:
        bystanders = [] if model.max_active == 1 else [stack.enter_context(target.connect())]
        for _ in range(10):
            peer = target.connect()
            peer.sendall(sent)
            reset(peer)
        for bystander in bystanders:
            assert exchange(bystander, [b"still here\n"]) == b"still here\n"
    assert_serves(target, exchange)
    assert target.said() == ""


def test_a_stuck_peer_delays_nobody_else(
    target: "Target", model: Model, exchange: "Exchange", fill: Callable[[socket.socket, bytes], int]
) -> None:
    with target.connect(4096) as stuck, target.connect() as other:
        fill(stuck, bytes(65536))
        if 4 not in model.unmet:
            assert exchange(other, [b"other"]) == b"other"
            return
        other.sendall(b"other")
        assert not select.select([other], [], [], 0.3)[0], "keeps promise 4: the declaration is out of date"
    assert_serves(target, exchange)


@pytest.mark.parametrize("dose", DOSES)
def test_a_peer_that_never_reads_does_not_grow_the_server(
    plain_or_dosed: Callable[[str], "Target"],
    exchange: "Exchange",
    fill: Callable[[socket.socket, bytes], int],
    dose: str,
) -> None:
    target = plain_or_dosed(dose)
    with target.connect() as usual:
        exchange(usual, [b"x" * 65535 + b"\n"] * 16)
    before_kib = rss_kib(target)
    with target.connect(4096) as greedy:
        taken = fill(greedy, (b"x" * 1023 + b"\n") * 64)
        assert taken < 64 * MIB
        assert rss_kib(target) - before_kib < ALLOWED_GROWTH_KIB


def test_lines_return_in_order_and_an_unterminated_last_one_counts(
    dosed: "Target", exchange: "Exchange", hear_out: Callable[[socket.socket], bytes]
) -> None:
    rng = random.Random(4)
    data = b"".join(b"%d " % number + b"x" * rng.choice([0, 5, 300, 70_000]) + b"\n" for number in range(100))
    with dosed.connect() as connection:
        assert exchange(connection, pieces_of(data, 5)) == data
        connection.sendall(b"one more\nunterminated")
        connection.shutdown(socket.SHUT_WR)
        assert hear_out(connection) == b"one more\nunterminated"


def test_thousands_of_lines_in_one_read_are_all_answered(dosed: "Target", exchange: "Exchange") -> None:
    data = b"\n" * 5000
    with dosed.connect() as connection:
        assert exchange(connection, [data]) == data


def test_a_line_of_the_limit_is_echoed_and_a_longer_one_ends_its_connection(
    dosed: "Target", model: Model, exchange: "Exchange", hear_out: Callable[[socket.socket], bytes]
) -> None:
    longest = b"x" * MIB + b"\n"
    with dosed.connect() as polite:
        assert exchange(polite, [longest]) == longest
        if model.max_active == 1:
            polite.close()
        with dosed.connect() as rude:
            try:
                rude.sendall(b"x" * 3 * MIB)
            except ConnectionError:
                pass  # cut off while it talked
            assert hear_out(rude) == b""
        if model.max_active != 1:
            assert exchange(polite, [b"polite\n"]) == b"polite\n"
    assert_serves(dosed, exchange)
    assert dosed.said() == ""


def test_each_line_waits_its_turn(model: Model, start_target: "StartTarget", exchange: "Exchange") -> None:
    target = start_target(model.id, "--cpu", 1, "--wait", 0.002)
    data = b"".join(b"line %d\n" % number for number in range(50))
    with target.connect() as connection:
        assert exchange(connection, pieces_of(data, 6)) == data
        connection.sendall(b"a\nb\nlast")
        connection.shutdown(socket.SHUT_WR)
        assert exchange(connection, []) == b""
        assert connection.makefile("rb").read() == b"a\nb\nlast"
    assert target.ready["observed"]["dose_unit_ns"] > 0
    assert target.end()["accepted"] == 1
