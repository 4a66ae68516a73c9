"""Both pollers keep one contract."""

import selectors
import socket
from collections.abc import Iterator

import pytest

from concur.kernel.poller import FOR_EVER, READABLE, WRITABLE, Poller, SelectorPoller, make_poller


@pytest.fixture(params=["epoll", "select", "default"])
def poller(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Poller]:
    monkeypatch.setenv("CONCUR_POLLER", request.param)
    made = SelectorPoller(selectors.DefaultSelector()) if request.param == "default" else make_poller()
    yield made
    made.close()


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    left, right = socket.socketpair()
    with left, right:
        yield left, right


def test_the_environment_chooses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONCUR_POLLER", "select")
    portable = make_poller()
    portable.close()
    assert portable.name == "select"


def test_nothing_is_ready_at_first(poller: Poller, pair: tuple[socket.socket, socket.socket]) -> None:
    poller.watch(pair[0].fileno(), READABLE)
    assert poller.wait(0) == []


def test_what_is_ready_is_reported_until_it_is_taken(poller: Poller, pair: tuple[socket.socket, socket.socket]) -> None:
    left, right = pair
    poller.watch(left.fileno(), READABLE)
    right.send(b"x")
    assert poller.wait(FOR_EVER) == poller.wait(0) == [(left.fileno(), READABLE)]
    left.recv(1)
    assert poller.wait(0) == []


def test_watching_again_replaces_the_interest(poller: Poller, pair: tuple[socket.socket, socket.socket]) -> None:
    left, right = pair
    right.send(b"x")
    poller.watch(left.fileno(), WRITABLE)
    assert poller.wait(0) == [(left.fileno(), WRITABLE)]
    poller.watch(left.fileno(), READABLE | WRITABLE)
    assert poller.wait(0) == [(left.fileno(), READABLE | WRITABLE)]
    poller.watch(left.fileno(), READABLE)
    assert poller.wait(0) == [(left.fileno(), READABLE)]


def test_what_is_watched_no_more_is_not_reported(poller: Poller, pair: tuple[socket.socket, socket.socket]) -> None:
    left, right = pair
    right.send(b"x")
    poller.watch(left.fileno(), READABLE)
    poller.unwatch(left.fileno())
    assert poller.wait(0) == []
    poller.watch(left.fileno(), READABLE)
    assert poller.wait(0) == [(left.fileno(), READABLE)]


def test_the_end_of_the_other_side_is_readable(poller: Poller, pair: tuple[socket.socket, socket.socket]) -> None:
    left, right = pair
    poller.watch(left.fileno(), READABLE)
    right.close()
    ((fd, mask),) = poller.wait(FOR_EVER)
    assert fd == left.fileno()
    assert mask & READABLE


def test_a_number_used_again_is_watched_afresh(poller: Poller) -> None:
    left, right = socket.socketpair()
    poller.watch(left.fileno(), READABLE)
    number = left.fileno()
    poller.forget(number)
    left.close()
    again, other = socket.socketpair()
    with right, again, other:
        assert again.fileno() == number
        poller.watch(number, READABLE)
        other.send(b"x")
        assert poller.wait(0) == [(number, READABLE)]
