import selectors
import socket
import sys

import pytest

from concur.load.poller import READ, WRITE, Poller, SelectorPoller, make_poller

linux = pytest.mark.skipif(sys.platform != "linux", reason="epoll is Linux's")


@pytest.fixture(params=[pytest.param("precise", marks=linux), pytest.param("coarse", marks=linux), "select", "default"])
def poller(request: pytest.FixtureRequest) -> Poller:
    if request.param in ("precise", "coarse"):
        return make_poller(precise=request.param == "precise")
    return SelectorPoller(selectors.SelectSelector() if request.param == "select" else selectors.DefaultSelector())


def test_says_what_is_ready_and_no_more(poller: Poller) -> None:
    one, other = socket.socketpair()
    with one, other:
        poller.watch(one.fileno(), READ)
        assert poller.wait(0) == []
        assert poller.wait(1000) == []
        other.send(b"x")
        assert poller.wait(10**9) == [(one.fileno(), READ)]
        poller.change(one.fileno(), READ | WRITE)
        assert poller.wait(0) == [(one.fileno(), READ | WRITE)]
        poller.forget(one.fileno())


def test_forgets_what_is_closed(poller: Poller) -> None:
    one, other = socket.socketpair()
    poller.watch(one.fileno(), WRITE)
    poller.forget(one.fileno())
    one.close()
    other.close()
    assert poller.wait(0) == []


def test_environment_forces_select(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONCUR_POLLER", "select")
    poller = make_poller(precise=False)
    assert isinstance(poller, SelectorPoller)
    assert isinstance(poller.selector, selectors.SelectSelector)
