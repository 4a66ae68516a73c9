"""One peer that asks for heavy lines: it counts what came back, says why it ended, and leaves no thread."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from concur.echo.dose import HEAVY
from concur.errors import LoadError
from concur.load.heavy import heavy_peer

HANG_S = 10


@contextmanager
def serving(serve: Callable[[socket.socket], object]) -> Iterator[tuple[str, int]]:
    """The address of a server of one connection, in a thread."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def run() -> None:
            connection, _ = listener.accept()
            connection.settimeout(HANG_S)
            with connection:
                serve(connection)

        thread = threading.Thread(target=run)
        thread.start()
        yield listener.getsockname()
        thread.join()


def test_it_counts_what_came_back_and_stops_while_a_line_is_under_way() -> None:
    asked = threading.Event()

    def answer_two(connection: socket.socket) -> None:
        for _ in range(2):
            line = connection.recv(99)
            assert line == HEAVY
            connection.sendall(line[:2])  # in two pieces
            connection.sendall(line[2:])
        connection.recv(99)
        asked.set()
        assert connection.recv(99) == b""

    before = threading.active_count()
    with serving(answer_two) as address:
        with heavy_peer(*address) as peer:
            assert asked.wait(HANG_S)
        assert (peer.answered, peer.failure) == (2, "")
    assert threading.active_count() == before


@pytest.mark.parametrize(
    ("reply", "why"), [(b"", "closed the heavy peer's connection"), (b"other\n", "another line than it sent")]
)
def test_it_says_why_it_ended_by_itself(reply: bytes, why: str) -> None:
    def answer(connection: socket.socket) -> None:
        connection.recv(99)
        connection.sendall(reply)
        ended.set()

    ended = threading.Event()
    with serving(answer) as address, heavy_peer(*address) as peer:
        assert ended.wait(HANG_S)
        peer._thread.join(HANG_S)
        assert why in peer.failure
        assert peer.answered == 0


def test_where_nobody_listens_it_says_so() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with (
            pytest.raises(LoadError, match=r"the heavy peer cannot connect: .*refused"),
            heavy_peer(*nobody.getsockname()),
        ):
            pytest.fail("connected")
