"""What a peer is owed when it has ended its side: all of it, whatever the server was doing at the time."""

import random
import select
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from concur.catalog import Model

if TYPE_CHECKING:
    from tests.conftest import Exchange, StartTarget

PEERS = 20  # few: a failure here leaves them open to whoever comes next
HearOut = Callable[[socket.socket], bytes]


def test_an_end_that_comes_while_a_line_is_worked_on_takes_nothing_away(
    model: Model, start_target: "StartTarget", exchange: "Exchange", hear_out: HearOut
) -> None:
    target = start_target(model.id, "--wait", 0.2)
    with target.connect() as connection:
        assert exchange(connection, [b"before\n"]) == b"before\n"
        connection.sendall(b"one\n")
        assert not select.select([connection], [], [], 0.05)[0]  # it is being worked on
        connection.sendall(b"two\nunterminated")
        connection.shutdown(socket.SHUT_WR)
        assert hear_out(connection) == b"one\ntwo\nunterminated"
    assert target.end()["forced"] == 0


def test_an_end_that_comes_while_the_reply_is_stuck_takes_nothing_away(
    model: Model, start_target: "StartTarget", fill: Callable[[socket.socket, bytes], int], hear_out: HearOut
) -> None:
    target = start_target(model.id)
    data = random.Random(1).randbytes(65536)
    with target.connect(4096) as connection:
        taken = fill(connection, data)
        connection.shutdown(socket.SHUT_WR)
        came = hear_out(connection)
    assert len(came) == taken
    assert came[: len(data)] == data
    assert target.end()["forced"] == 0


def test_nothing_is_lost_of_what_was_sent_right_before_a_drain(
    model: Model, start_target: "StartTarget", exchange: "Exchange", hear_out: HearOut
) -> None:
    target = start_target(model.id, "--wait", 0.01)
    peers = [target.connect() for _ in range(min(model.active() or PEERS, PEERS))]
    for peer in peers:
        assert exchange(peer, [b"before\n"]) == b"before\n"
        peer.sendall(b"after\n")
    words = target.end()
    assert [hear_out(peer) for peer in peers] == [b"after\n"] * len(peers)
    for peer in peers:
        peer.close()
    assert words["forced"] == 0
