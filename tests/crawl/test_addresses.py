"""Where a crawl may go: the whole internet's addresses, and what its seeds were."""

import socket
import threading
from typing import Any

import pytest

from concur.crawl.addresses import PRIVATE, UNKNOWN_HOST, Addresses, is_public
from concur.wire.faults import WireError


def lookup(*addresses: str) -> Any:
    """A resolver that says these, and counts how often it is asked."""
    asked: list[str] = []

    def look(host: str, port: int, **_: object) -> list[tuple[Any, ...]]:
        asked.append(host)
        if not addresses:
            raise socket.gaierror(-2, "Name or service not known")
        family = {False: socket.AF_INET, True: socket.AF_INET6}
        return [(family[":" in each], socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]

    look.asked = asked  # type: ignore[attr-defined]
    return look


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:4700::1111", True),
        ("::ffff:93.184.215.14", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_an_address_is_public_or_not(address, public):
    assert is_public(address) is public


@pytest.mark.parametrize("found", [("127.0.0.1",), ("93.184.215.14", "10.0.0.1"), ("::1",)])
def test_a_link_into_a_private_network_is_not_followed(found):
    with pytest.raises(WireError, match="is at") as caught:
        Addresses(["example.com"], lookup=lookup(*found)).of("other.example", 80)
    assert caught.value.kind == PRIVATE


def test_a_seeds_private_host_permits_itself_alone():
    addresses = Addresses(["localhost"], lookup=lookup("127.0.0.1"))
    assert addresses.of("localhost", 80) == [(socket.AF_INET, ("127.0.0.1", 80))]
    with pytest.raises(WireError, match=PRIVATE):
        addresses.of("127.0.0.1", 80)


def test_who_allows_private_addresses_gets_them():
    assert Addresses([], allow_private=True, lookup=lookup("10.0.0.1")).of("a.example", 80)


def test_a_name_that_changes_its_mind_gains_nothing():
    look = lookup("93.184.215.14")
    addresses = Addresses([], lookup=look)
    assert addresses.of("a.example", 80) == addresses.of("a.example", 80)
    assert look.asked == ["a.example"]


def test_a_host_that_is_nowhere_is_told():
    with pytest.raises(WireError, match="a.example: .*not known") as caught:
        Addresses([], lookup=lookup()).of("a.example", 80)
    assert caught.value.kind == UNKNOWN_HOST


def test_who_asks_and_goes_is_not_answered() -> None:
    may_answer = threading.Event()

    def look(host: str, port: int, **_: object) -> list[tuple[Any, ...]]:
        may_answer.wait(10)
        return []

    before = set(threading.enumerate())
    asked = Addresses((), lookup=look).asked("a.example", 80)
    (thread,) = set(threading.enumerate()) - before
    asked.cancel()
    may_answer.set()
    thread.join(10)  # an error in a thread is one of the test


@pytest.mark.parametrize("error", [WireError(UNKNOWN_HOST), ZeroDivisionError()])
def test_whatever_goes_wrong_in_the_other_thread_is_told(error: Exception) -> None:
    def look(host: str, port: int, **_: object) -> list[tuple[Any, ...]]:
        raise error

    with pytest.raises(type(error)):
        Addresses((), lookup=look).asked("a.example", 80).result(10)
