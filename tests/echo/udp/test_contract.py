"""What is not a model's own business: the socket, whose fault an error is, what is left at the end."""

import errno
import socket
from itertools import repeat
from typing import Any, cast

import pytest

from concur.echo.contract import Service
from concur.echo.udp.contract import BUFFER_BYTES, OVERHEAD_BYTES, Datagrams, bind, is_loss, shut_reading
from concur.errors import MachineError, UsageError

PEER = ("127.0.0.1", 9)
GRANTED_BYTES = 4 * OVERHEAD_BYTES


class Scripted:
    """A socket that gives what it is told to: datagrams, or errors to raise."""

    def __init__(self, coming: Any = (), failing: int = 0) -> None:
        self.coming, self.failing = iter(coming), failing
        self.sent: list[bytes] = []

    def recvfrom(self, _size: int) -> tuple[bytes, Any]:
        came = next(self.coming, errno.EAGAIN)
        if isinstance(came, int):
            raise OSError(came, "")
        return came  # type: ignore[no-any-return] # as the test has it

    def sendto(self, data: bytes, _peer: Any) -> int:
        if self.failing:
            raise OSError(self.failing, "")
        self.sent.append(data)
        return len(data)

    def getsockopt(self, *_: int) -> int:
        return GRANTED_BYTES


def datagrams(service: Service | None = None, **scripted: Any) -> Datagrams:
    return Datagrams(cast("socket.socket", Scripted(**scripted)), service or Service())


def test_it_binds_without_blocking_and_asks_for_a_large_buffer() -> None:
    plain = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with plain, bind("127.0.0.1", 0) as bound:
        option = socket.SOL_SOCKET, socket.SO_RCVBUF
        plain.setsockopt(*option, BUFFER_BYTES)
        assert (bound.type, bound.getblocking()) == (socket.SOCK_DGRAM, False)
        assert bound.getsockopt(*option) == plain.getsockopt(*option)


def test_an_address_in_use_says_what_and_why() -> None:
    with bind("127.0.0.1", 0) as taken, pytest.raises(MachineError, match="for datagrams.*in use.*--port"):
        bind("127.0.0.1", taken.getsockname()[1])


@pytest.mark.parametrize(("address", "error"), [(("127.0.0.1", 65_536), UsageError), (("no.such.", 0), MachineError)])
def test_what_cannot_be_an_address_is_said(address: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        bind(*address)


@pytest.mark.parametrize("number", [errno.ECONNREFUSED, errno.EAGAIN, errno.ENOBUFS, errno.EMSGSIZE])
def test_what_cannot_be_sent_is_dropped_and_counted(number: int) -> None:
    own = datagrams(failing=number)
    own.give((b"x", PEER))
    assert (own.echoed, own.dropped) == (0, 1)


@pytest.mark.parametrize("number", [errno.EBADF, errno.ENOMEM])
def test_an_error_of_our_own_is_not_hidden(number: int) -> None:
    assert not is_loss(OSError(number, ""))
    with pytest.raises(OSError, match=f"Errno {number}"):
        datagrams(failing=number).give((b"x", PEER))
    with pytest.raises(OSError, match=f"Errno {number}"):
        datagrams(coming=[number]).take()


@pytest.mark.parametrize("nothing", [errno.EAGAIN, errno.ECONNREFUSED, (b"", None)])
def test_nothing_there_a_refusal_and_the_end_are_no_datagrams(nothing: Any) -> None:
    own = datagrams(coming=[nothing])
    assert own.take() is None
    assert own.received == 0


def test_an_empty_datagram_is_one() -> None:
    own = datagrams(coming=[(b"", PEER)])
    assert own.take() == (b"", PEER)
    assert own.received == 1


def test_who_goes_on_sending_cannot_put_the_end_off() -> None:
    own = datagrams(coming=repeat((b"x", PEER)))
    assert len(list(own.remaining())) == GRANTED_BYTES // OVERHEAD_BYTES


def test_after_the_grace_period_nothing_more_is_read() -> None:
    service = Service()
    own = datagrams(service, coming=repeat((b"x", PEER)))
    left = own.remaining()
    next(left)
    service.force()
    assert list(left) == []


def test_the_notes_add_up_over_threads() -> None:
    service = Service()
    for failing in (0, errno.ENOBUFS):
        own = datagrams(service, coming=[(b"x", PEER), (b"y", PEER)], failing=failing)
        for datagram in own.remaining():
            own.give(datagram)
        own.tell()
    assert service.notes == {
        "datagrams": {"received": 4, "echoed": 2, "dropped": 2},
        "receive_buffer_bytes": GRANTED_BYTES,
        "receive_buffer_asked_bytes": BUFFER_BYTES,
    }


def test_who_blocks_gets_what_is_left_and_then_the_end() -> None:
    with bind("127.0.0.1", 0) as bound, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
        bound.setblocking(True)
        own = Datagrams(bound, Service())
        peer.sendto(b"left", bound.getsockname())
        shut_reading(bound)
        assert [datagram[0] for datagram in own.remaining()] == [b"left"]
