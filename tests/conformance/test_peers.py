"""Peers tell how a conversation ended, and never raise for what a server does."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from concur.conformance.peers import Crowd, Patience, Peer, how_ended

Serve = Callable[[socket.socket], None]
Start = Callable[[Serve], tuple[str, int]]


@pytest.fixture
def start() -> Iterator[Start]:
    """Serve connections, each in a thread of its own, until the test ends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threads: list[threading.Thread] = []

        def accept(serve: Serve) -> None:
            while True:
                try:
                    connection = listener.accept()[0]
                except OSError:
                    return
                threads.append(threading.Thread(target=serve, args=(connection,)))
                threads[-1].start()

        def begin(serve: Serve) -> tuple[str, int]:
            threads.append(threading.Thread(target=accept, args=(serve,)))
            threads[-1].start()
            address: tuple[str, int] = listener.getsockname()
            return address

        yield begin
        listener.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()


def echo(connection: socket.socket) -> None:
    with connection, suppress(ConnectionError):
        while data := connection.recv(65536):
            connection.sendall(data)


def says_little(connection: socket.socket) -> None:
    with connection:
        connection.recv(10)
        connection.sendall(b"little")


def says_nothing(connection: socket.socket) -> None:
    with connection:
        while connection.recv(65536):
            pass


def test_an_exchange_returns_what_came_and_is_not_ended(start: Start):
    with Peer(start(echo), Patience()) as peer:
        assert peer.exchange([b"one ", b"two"]) == b"one two"
        assert peer.ended == ""


def test_a_half_close_is_read_to_the_end(start: Start):
    with Peer(start(echo), Patience()) as peer:
        assert peer.exchange([b"x" * 1_000_000], half_close=True) == b"x" * 1_000_000
        assert peer.was_closed


@pytest.mark.parametrize("pieces", [[], [b""]])
def test_a_half_close_needs_no_bytes(start: Start, pieces: list[bytes]):
    with Peer(start(echo), Patience()) as peer:
        assert peer.exchange(pieces, half_close=True) == b""
        assert peer.was_closed


def test_a_reply_that_is_short_is_told_by_how_it_ended(start: Start):
    with Peer(start(says_little), Patience()) as peer:
        assert peer.exchange([b"much more than that"]) in (b"little", b"")  # what was unread makes it a reset
        assert peer.ended in ("it closed the connection", "connection reset by peer")
        assert not peer.gave_up


def test_silence_ends_a_conversation_and_all_others_of_that_patience(start: Start):
    patience, address = Patience(0.05), start(says_nothing)
    with Peer(address, patience) as first, Peer(address, patience) as second:
        assert first.exchange([b"hello?"]) == b""
        assert first.gave_up
        assert second.hear_out() == b""
        assert second.ended == "nothing more came for 0.05 s"


def test_a_port_where_nobody_listens_is_no_exception():
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        with Peer(bound.getsockname(), Patience()) as peer:
            assert peer.exchange([b"hello?"]) == b""
            assert peer.ended == "connection refused"


def test_who_never_reads_is_told_how_much_was_taken(start: Start):
    with Peer(start(echo), Patience(), 4096) as peer:
        assert 0 < peer.stuff(bytes(65536), 64 * 2**20) < 64 * 2**20
        peer.reset()


def test_a_crowd_hears_everyone(start: Start):
    address, patience = start(echo), Patience()
    crowd = Crowd([Peer(address, patience) for _ in range(30)], b"hello")
    assert crowd.hear(patience, leave=True) == 30
    assert all(peer.socket.fileno() == -1 for peer in crowd.answered)


def test_a_crowd_goes_on_where_it_was_left(start: Start):
    places = threading.Semaphore(2)

    def two_at_a_time(connection: socket.socket) -> None:
        with places:
            echo(connection)

    address = start(two_at_a_time)
    crowd = Crowd([Peer(address, Patience()) for _ in range(6)], b"hello")
    assert crowd.hear(Patience(0.3), leave=False) == 2
    crowd.leave()
    assert crowd.hear(Patience(), leave=True) == 4


def test_a_crowd_tells_who_was_not_answered(start: Start):
    crowd = Crowd([Peer(start(says_little), Patience())], b"hello!!")
    assert crowd.hear(Patience(), leave=True) == 0
    assert how_ended(crowd.failed) == ", it closed the connection"


def test_patience_has_an_end_whatever_the_signs_of_life(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("concur.conformance.peers.AT_MOST_S", 0.0)
    patience = Patience(5)
    patience.renew()
    assert patience.left_s() == 0
