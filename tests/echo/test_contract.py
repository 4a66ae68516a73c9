"""What models share: listening, accepting, framing, faults, draining."""

import errno
import os
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concur.echo.contract import (
    ACCEPT_PAUSE_S,
    LINE_LIMIT_BYTES,
    Lines,
    LineTooLong,
    Service,
    Stop,
    is_peers_fault,
    listen,
)
from concur.echo.dose import Dose
from concur.errors import MachineError, UsageError

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with listen("127.0.0.1", 0) as made:
        yield made


@pytest.fixture
def stop() -> Iterator[Stop]:
    made = Stop()
    yield made
    made.close()


@pytest.fixture
def pair(listener: socket.socket) -> Iterator[Pair]:
    """The server's end of a connection, and the peer's."""
    with socket.create_connection(listener.getsockname(), 10) as peer:
        connection = Service().accept(listener)
        assert connection
        with connection:
            connection.settimeout(10)
            yield connection, peer


# Lines


def feed_all(lines: Lines, pieces: list[bytes]) -> list[bytes]:
    return [line for piece in [*filter(None, pieces), b""] for line in lines.feed(piece)]


@given(st.lists(st.binary(max_size=8) | st.sampled_from([b"\n", b"a\n\nb"])))
def test_lines_are_the_same_however_the_bytes_are_split(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    expected = data.replace(b"\n", b"\n\0").split(b"\0") if b"\0" not in data else feed_all(Lines(), [data])
    assert feed_all(Lines(), pieces) == [line for line in expected if line]


@given(st.lists(st.binary(max_size=8)))
def test_lines_lose_no_byte_and_end_where_a_newline_is(pieces: list[bytes]) -> None:
    lines = feed_all(Lines(), pieces)
    assert b"".join(lines) == b"".join(pieces)
    assert all(line.count(b"\n") == 1 and line.endswith(b"\n") for line in lines[:-1])


def test_the_end_comes_with_the_unterminated_last_line() -> None:
    lines = Lines()
    assert lines.feed(b"one\ntwo") == [b"one\n"]
    assert not lines.at_end
    assert lines.feed(b"") == [b"two"]
    assert lines.at_end


@pytest.mark.parametrize("end", [b"", b"\n"])
@pytest.mark.parametrize("piece_bytes", [LINE_LIMIT_BYTES * 2, 65536, 100_003])
def test_a_line_may_have_the_limit_and_no_byte_more(end: bytes, piece_bytes: int) -> None:
    def split(data: bytes) -> list[bytes]:
        return [data[at : at + piece_bytes] for at in range(0, len(data), piece_bytes)]

    longest = b"x" * LINE_LIMIT_BYTES
    assert feed_all(Lines(), split(longest + end)) == [longest + end]
    with pytest.raises(LineTooLong):
        feed_all(Lines(), split(longest + b"x" + end))


# Listening and accepting


def test_accepted_sockets_inherit_no_delay(pair: Pair) -> None:
    assert pair[0].getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_listener_does_not_block(listener: socket.socket) -> None:
    assert Service().accept(listener) is None


def test_a_port_in_use_is_said_so(listener: socket.socket) -> None:
    with pytest.raises(MachineError, match=r"cannot listen on .*in use.*--port"):
        listen("127.0.0.1", listener.getsockname()[1])


def test_several_may_share_a_port_on_purpose() -> None:
    with listen("127.0.0.1", 0, reuse_port=True) as first:
        listen("127.0.0.1", first.getsockname()[1], reuse_port=True).close()


@pytest.mark.parametrize(("host", "port"), [("no-such-host.invalid", 0), ("192.0.2.1", 0)])
def test_an_address_that_is_not_ours_is_refused_in_one_line(host: str, port: int) -> None:
    with pytest.raises(MachineError) as raised:
        listen(host, port)
    assert str(raised.value).startswith(f"cannot listen on {host}:{port}")
    assert "\n" not in str(raised.value)
    assert raised.value.do


@pytest.mark.parametrize("port", [-1, 65_536, 70_000, 10**20])
def test_a_port_that_cannot_be_is_no_other_port(port: int) -> None:
    with pytest.raises(UsageError, match=f"no port {port}"):
        listen("127.0.0.1", port)


OUT_OF_DESCRIPTORS = """
import resource, socket
from concur.echo.contract import Service, listen
listener, service = listen("127.0.0.1", 0), Service()
peer = socket.create_connection(listener.getsockname())
spare = socket.socket()
resource.setrlimit(resource.RLIMIT_NOFILE, (peer.fileno(), resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
print(service.accept(listener), service.pause_s)
spare.close(); listener_number = peer.detach(); socket.socket(fileno=listener_number).close()
resource.setrlimit(resource.RLIMIT_NOFILE, (100, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
accepted = service.accept(listener)
print(accepted is not None, service.pause_s)
"""


def test_out_of_descriptors_it_says_to_pause_and_accepts_again_later() -> None:
    command = [sys.executable, "-W", "ignore", "-c", OUT_OF_DESCRIPTORS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=15, check=True)
    assert done.stdout.split("\n")[:2] == [f"None {ACCEPT_PAUSE_S}", "True 0.0"]


def test_a_connection_that_died_in_the_backlog_is_no_error(listener: socket.socket) -> None:
    peer = socket.create_connection(listener.getsockname())
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()
    service = Service()
    while connection := service.accept(listener):
        with service.attend(connection):
            connection.setblocking(True)
            connection.recv(1)
    assert service.pause_s == 0


def test_an_unforeseen_error_of_accept_is_raised(listener: socket.socket) -> None:
    listener.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        Service().accept(listener)


def test_blocking_models_get_all_that_came_before_the_stop(listener: socket.socket, stop: Stop) -> None:
    peers = [socket.create_connection(listener.getsockname()) for _ in range(3)]
    stop.request()
    connections = list(Service().connections(listener, stop))
    assert [connection.getblocking() for connection in connections] == [True] * 3
    for connection in [*peers, *connections]:
        connection.close()


# Whose fault


@pytest.mark.parametrize(
    ("error", "is_theirs"),
    [
        (None, False),
        (ConnectionResetError(), True),
        (BrokenPipeError(), True),
        (TimeoutError(errno.ETIMEDOUT, ""), True),
        (OSError(errno.EHOSTUNREACH, ""), True),
        (LineTooLong(), True),
        (OSError(errno.EBADF, ""), False),
        (OSError(errno.EMFILE, ""), False),
        (OSError("no number"), False),
        (ValueError(), False),
        (KeyboardInterrupt(), False),
    ],
    ids=repr,
)
def test_only_what_a_peer_can_do_is_a_peers_fault(error: BaseException | None, is_theirs: bool) -> None:
    assert is_peers_fault(error) is is_theirs


def test_a_peers_fault_ends_at_its_connection(pair: Pair) -> None:
    service = Service()
    with service.attend(pair[0]):
        assert service.open == {pair[0].fileno()}
        raise ConnectionResetError
    assert not service.open
    assert pair[0].fileno() == -1


def test_our_own_fault_goes_on(pair: Pair) -> None:
    service = Service()
    with pytest.raises(ZeroDivisionError), service.attend(pair[0]):
        _ = 1 // 0
    assert (service.open, service.accepted, pair[0].fileno()) == (set(), 1, -1)


# Draining


def test_a_drain_lets_a_connection_read_what_was_sent_and_then_the_end(pair: Pair) -> None:
    connection, peer = pair
    service = Service()
    peer.sendall(b"sent before")
    service.opened(connection)
    service.drain()
    assert connection.recv(100) == b"sent before"
    assert connection.recv(100) == b""
    connection.sendall(b"answer")
    assert peer.recv(100) == b"answer"


def test_a_connection_that_comes_in_a_drain_is_drained(pair: Pair) -> None:
    service = Service()
    service.drain()
    service.opened(pair[0])
    assert pair[0].recv(100) == b""
    assert service.forced == 0


@pytest.mark.parametrize("comes", ["before", "after"])
def test_forcing_cuts_off_whoever_is_there_or_comes_yet(pair: Pair, comes: str) -> None:
    service = Service()
    if comes == "before":
        service.opened(pair[0])
    service.drain()
    service.force()
    if comes == "after":
        service.opened(pair[0])
    assert pair[1].recv(100) == b""
    with pytest.raises(BrokenPipeError):
        pair[0].send(b"x")
    assert service.forced == 1


def test_a_connection_closed_meanwhile_does_not_disturb_a_drain(pair: Pair) -> None:
    service = Service()
    service.opened(pair[0])
    pair[0].close()
    service.drain()
    service.force()


def test_a_number_that_is_no_socket_any_more_does_not_disturb_a_drain() -> None:
    service = Service()
    reading, writing = os.pipe()
    service.open.add(reading)
    service.drain()
    os.close(reading)
    os.close(writing)


def test_a_service_without_a_dose_is_not_dosed() -> None:
    assert not Service().is_dosed
    assert Service(Dose(1)).is_dosed
