"""Both engines of datagrams against a peer that misbehaves by plan: each fault is counted, exactly, by its name."""

import socket
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from concur.errors import LoadError, UsageError
from concur.load import datagrams
from concur.load.build import native_datagrams
from concur.load.channel import Channel
from concur.load.datagrams import (
    HEADER_BYTES,
    DatagramLoad,
    DatagramResult,
    check_datagrams,
    exchange,
    longest_s,
    too_small,
)
from concur.load.payload import make_table, payload
from concur.load.plan import LATENCY_QUANTILES
from concur.load.program import Program

MS = 1_000_000
TIMEOUT_NS = 500 * MS  # longer than the peer, a thread of this process, is ever held up
KINDS = ("verified", "lost", "wrong", "late", "duplicated", "reordered", "stray")


class Peer:
    """An echo server of datagrams in a thread. plan: what to do with the 7th instead of echoing it."""

    def __init__(self, plan: Mapping[int, str]) -> None:
        self.plan = plan
        self.seen: list[bytes] = []
        self.held: list[bytes] = []
        self.socket = socket.socket(type=socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.05)
        self.port: int = self.socket.getsockname()[1]
        self.is_ending = False
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self) -> None:
        while not self.is_ending:
            try:
                data, address = self.socket.recvfrom(65536)
            except TimeoutError:
                continue
            self.seen.append(data)
            action = self.plan.get(len(self.seen), "echo")
            if action == "hold too":  # until the reply to the next one goes out
                self.held.append(data)
                continue
            held, self.held = self.held, []
            for reply in [*self.replies(action, data), *held]:
                self.socket.sendto(reply, address)

    def replies(self, action: str, data: bytes) -> list[bytes]:
        """What goes back at once; what is held goes back behind the reply to the next datagram."""
        altered = data[:-1] + bytes([data[-1] ^ 1])
        if action.startswith("hold"):
            self.held = {"hold": [data], "hold twice": [data, data], "hold altered": [altered]}[action]
            return []
        return {
            "echo": [data],
            "drop": [],
            "alter": [altered],
            "truncate": [data[:-1]],
            "lengthen": [data + b"x"],
            "double": [data, data],
            "double altered": [data, altered],
            "stranger": [bytes([data[0] ^ 1]) + data[1:]],
            "future": [data[:4] + bytes([data[4] ^ 128]) + data[5:]],
            "scrap": [data[: HEADER_BYTES - 1]],
        }[action]

    def end(self) -> None:
        self.is_ending = True
        self.thread.join()
        self.socket.close()


StartPeer = Callable[..., Peer]


@pytest.fixture
def start_peer() -> Iterator[StartPeer]:
    with ExitStack() as stack:

        def start(plan: Mapping[int, str] | None = None) -> Peer:
            peer = Peer(plan or {})
            stack.callback(peer.end)
            return peer

        yield start


def exhaust(kind: str, peer: Peer, messages: int, **options: Any) -> DatagramResult:
    """What was counted when so many were settled."""
    options = {"sockets": 1, "payload_bytes": 64, "timeout_ns": TIMEOUT_NS} | options
    return exchange(DatagramLoad(port=peer.port, messages=messages, **options), kind=kind)


def counted(result: DatagramResult) -> dict[str, int]:
    return {name: getattr(result, name) for name in KINDS if getattr(result, name)}


def assert_accounts_balance(result: DatagramResult) -> None:
    before, after = result.in_flight_at_start, result.in_flight_at_end
    assert before + result.sent == result.verified + result.lost + result.wrong + after
    assert result.reordered <= result.verified


def test_each_lost_one_is_counted_and_its_place_used_again(kind: str, start_peer: StartPeer) -> None:
    peer = start_peer({n: "drop" for n in range(100, 301, 100)})
    result = exhaust(kind, peer, 350, in_flight=4)
    assert counted(result) == {"verified": 347, "lost": 3}
    assert len(peer.seen) == result.sent == 350
    assert_accounts_balance(result)


def test_each_overtaken_one_is_reordered_and_verified_still(kind: str, start_peer: StartPeer) -> None:
    """Of two in flight, every tenth waits for the reply to the other."""
    result = exhaust(kind, start_peer({n: "hold" for n in range(10, 101, 10)}), 105, in_flight=2)
    assert counted(result) == {"verified": 105, "reordered": 10}


def test_all_that_one_overtakes_are_reordered(kind: str, start_peer: StartPeer) -> None:
    """Of three in flight, two wait for the reply to the third, and then come in the order in which they were sent."""
    result = exhaust(kind, start_peer({10: "hold", 11: "hold too", 20: "hold", 21: "hold too"}), 30, in_flight=3)
    assert counted(result) == {"verified": 30, "reordered": 4}


def test_one_that_returns_after_its_time_is_late_once_and_then_a_duplicate(kind: str, start_peer: StartPeer) -> None:
    """With one in flight, the next is sent only when this one was given up."""
    result = exhaust(kind, start_peer({5: "hold", 9: "hold twice"}), 12)
    assert counted(result) == {"verified": 10, "lost": 2, "late": 2, "duplicated": 1}


@pytest.mark.parametrize("action", ["alter", "truncate", "lengthen"])
def test_one_that_returns_otherwise_than_sent_is_wrong(kind: str, start_peer: StartPeer, action: str) -> None:
    result = exhaust(kind, start_peer({n: action for n in range(10, 101, 10)}), 100, in_flight=2)
    assert counted(result) == {"verified": 90, "wrong": 10}


def test_replies_in_no_datagrams_name_are_strays(kind: str, start_peer: StartPeer) -> None:
    result = exhaust(kind, start_peer({3: "stranger", 5: "future", 6: "scrap"}), 12, in_flight=4)
    assert counted(result) == {"verified": 9, "lost": 3, "stray": 3}
    assert_accounts_balance(result)


def test_all_faults_at_once_are_told_apart(kind: str, start_peer: StartPeer) -> None:
    plan = {4: "alter", 7: "double", 11: "double altered", 14: "drop", 17: "truncate", 20: "hold altered", 25: "double"}
    result = exhaust(kind, start_peer(plan), 30)
    assert counted(result) == {"verified": 26, "lost": 2, "wrong": 2, "duplicated": 2, "stray": 2}
    assert_accounts_balance(result)


@pytest.mark.parametrize("payload_bytes", [HEADER_BYTES, 13, 1024, 65_507])
def test_both_engines_send_the_same_bytes_of_every_size(kind: str, start_peer: StartPeer, payload_bytes: int) -> None:
    peer = start_peer()
    depth = 1 if payload_bytes > 9000 else 3  # the peer's buffer is as the kernel made it
    result = exhaust(kind, peer, 24, sockets=2, in_flight=depth, payload_bytes=payload_bytes, seed=5)
    load, table = (
        DatagramLoad(port=9, in_flight=depth, payload_bytes=payload_bytes, seed=5),
        make_table(5, payload_bytes),
    )
    channels = [Channel(number, load, table) for number in range(2)]
    for data in peer.seen:
        assert data == channels[data[0]].datagram(int.from_bytes(data[4:12], "little"))
    assert len(set(peer.seen)) == 24
    assert counted(result) == {"verified": 24}


def test_a_window_counts_what_happened_in_it(kind: str, start_peer: StartPeer) -> None:
    load = DatagramLoad(port=start_peer().port, sockets=3, in_flight=2, warmup_ns=50 * MS, window_ns=150 * MS)
    result = exchange(load, kind=kind)
    assert (result.engine, result.window_ns) == (kind, 150 * MS)
    assert (result.in_flight_at_start, result.in_flight_at_end) == (6, 6)
    assert result.verified > 0
    assert result.rate_per_s == pytest.approx(result.verified / 0.15)
    assert result.latency_ns.keys() == LATENCY_QUANTILES.keys()
    assert result.engine_cpu_ns > 0
    assert result.warnings == []
    assert_accounts_balance(result)


def test_a_server_that_never_answers_leaves_a_window_of_losses(kind: str, start_peer: StartPeer) -> None:
    peer = start_peer(dict.fromkeys(range(1, 1000), "drop"))
    load = DatagramLoad(port=peer.port, sockets=2, timeout_ns=30 * MS, window_ns=200 * MS)
    result = exchange(load, kind=kind)
    assert (result.verified, result.latency_ns) == (0, {})
    assert result.lost > 0
    assert_accounts_balance(result)


def test_buffers_too_small_for_what_may_return_are_said(kind: str, start_peer: StartPeer) -> None:
    """No kernel gives one socket the 8 GiB for this."""
    result = exhaust(kind, start_peer(), 1, in_flight=65_536, payload_bytes=65_507, timeout_ns=100 * MS)
    assert result.receive_buffer_bytes < result.asked_bytes
    (warning,) = result.warnings
    assert "(net.core.rmem_max), and 65,536 datagrams of 65,507 bytes may need" in warning


def test_a_port_that_nobody_serves_is_an_error(kind: str) -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
    with pytest.raises(LoadError, match=rf"127.0.0.1:{port} cannot be exchanged: Connection refused. See that"):
        exchange(DatagramLoad(port=port, window_ns=300 * MS), kind=kind)


def test_an_unknown_host_is_an_error(kind: str) -> None:
    with pytest.raises(LoadError, match=r"the host no-such-host.invalid is not known"):
        exchange(DatagramLoad(host="no-such-host.invalid", port=9), kind=kind)


# ---- the process


def test_an_engine_ends_with_whoever_started_it(kind: str, start_peer: StartPeer) -> None:
    load = DatagramLoad(port=start_peer().port, window_ns=600_000 * MS)
    command = Program(native_datagrams, datagrams.TWIN, cpus=None, kind=kind).command
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        process.stdin.write(msgspec.json.encode(load) + b"\n")
        process.stdin.close()
        assert process.wait(10) == 1


# ---- what is pure


@given(st.integers(0, 2**63 - 1), st.integers(0, 1000), st.integers(0, 10**9), st.integers(HEADER_BYTES, 3000))
def test_a_datagrams_bytes_are_those_of_its_sockets_stream(seed: int, whose: int, number: int, size: int) -> None:
    load = DatagramLoad(port=1, seed=seed, payload_bytes=size)
    data = Channel(whose, load, make_table(seed, size)).datagram(number)
    assert len(data) == size
    assert (int.from_bytes(data[:4], "little"), int.from_bytes(data[4:12], "little")) == (whose, number)
    assert data[12:] == payload(seed, whose, number * size, size - HEADER_BYTES)


@pytest.mark.parametrize(
    ("nonsense", "why"),
    [
        ({"sockets": 0}, "at least 1"),
        ({"in_flight": 0}, "at least 1"),
        ({"in_flight": 10_000}, "at most 65,536"),
        ({"port": 0}, "port"),
        ({"payload_bytes": HEADER_BYTES - 1}, "12 to 65,507 bytes"),
        ({"payload_bytes": 65_508}, "12 to 65,507 bytes"),
        ({"timeout_ns": 0}, "above 0"),
        ({"window_ns": 0}, "above 0"),
        ({"warmup_ns": -1}, "below 0"),
        ({"seed": -1}, "seed"),
        ({"messages": 0}, "at least 1 message"),
    ],
)
def test_a_load_that_makes_no_sense_is_refused(nonsense: dict[str, Any], why: str) -> None:
    with pytest.raises(UsageError, match=why):
        check_datagrams(DatagramLoad(**{"port": 9} | nonsense))


def test_a_load_takes_as_long_as_all_its_losses() -> None:
    assert longest_s(DatagramLoad(port=9, warmup_ns=500 * MS, window_ns=250 * MS)) == 0.75
    lossy = DatagramLoad(port=9, sockets=2, in_flight=2, messages=9, timeout_ns=100 * MS)
    assert longest_s(lossy) == pytest.approx(0.44)


def test_buffers_that_suffice_are_not_spoken_of() -> None:
    counts: dict[str, Any] = dict.fromkeys((*KINDS, "sent", "in_flight_at_start", "in_flight_at_end"), 0)
    times: dict[str, Any] = {"opened_ns": 0, "window_ns": 1, "latency_ns": {}, "engine_cpu_ns": 0, "rate_per_s": 0.0}
    result = DatagramResult(engine="native", receive_buffer_bytes=4096, asked_bytes=4096, **counts, **times)
    load = DatagramLoad(port=9, in_flight=2)
    assert too_small(result, load) == []
    assert too_small(msgspec.structs.replace(result, receive_buffer_bytes=2048), load) == [
        "the kernel allows 2 KiB of receive buffer (net.core.rmem_max), and 2 datagrams of 1,024 bytes may need 4 KiB: "
        "loss may be its doing"
    ]
