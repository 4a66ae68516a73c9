import os
import select
import socket

import pytest

from concur.labs.gates import EchoPeer, ResettingPeer, SlowPeer, SlowReader, StuckPeer, apart, nothing_left

HANG_S = 10


def connect(peer):
    return socket.create_connection(getattr(peer, "address", peer), timeout=HANG_S)


def receive(connection, size_bytes):
    came = b""
    while len(came) < size_bytes and (data := connection.recv(65536)):
        came += data
    return came


@pytest.mark.parametrize("kind", [EchoPeer, lambda: SlowPeer(0.01)])
def test_echoing_peers_send_back_all_and_end_when_the_other_side_does(kind):
    data = os.urandom(200_000)
    with kind() as peer, connect(peer) as connection:
        for piece in (data[:7], data[7:50_000], data[50_000:]):
            connection.sendall(piece)
            assert receive(connection, len(piece)) == piece
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1) == b""
        assert (peer.accepted, peer.received_bytes) == (1, len(data))


def test_a_slow_peer_has_not_answered_yet():
    with SlowPeer(HANG_S) as peer, connect(peer) as connection:
        connection.sendall(b"hello")
        assert select.select([connection], [], [], 0.05)[0] == []


def test_connections_of_one_peer_do_not_delay_each_other():
    with EchoPeer() as peer:
        connections = [connect(peer) for _ in range(30)]
        for connection in reversed(connections):
            connection.sendall(b"hello")
            assert receive(connection, 5) == b"hello"
            connection.close()
        assert peer.wait_accepted(30)


def test_a_stuck_peer_accepts_and_never_answers_nor_closes():
    with StuckPeer() as peer, connect(peer) as connection:
        connection.sendall(b"hello")
        assert peer.wait_accepted(1)
        assert select.select([connection], [], [], 0.05)[0] == []


def test_a_resetting_peer_resets_after_the_first_bytes():
    with ResettingPeer() as peer, connect(peer) as connection:
        connection.sendall(b"x")
        with pytest.raises(ConnectionResetError):
            receive(connection, 1)
    assert (peer.accepted, peer.resets) == (1, 1)


def test_a_resetting_peer_waits_for_as_many_bytes_as_it_was_told():
    with ResettingPeer(after_bytes=3) as peer, connect(peer) as connection:
        connection.sendall(b"xx")
        assert select.select([connection], [], [], 0.05)[0] == []
        connection.sendall(b"x")
        with pytest.raises(ConnectionResetError):
            receive(connection, 1)


def test_a_slow_reader_leaves_the_rest_to_the_server_and_gets_all_in_the_end():
    data = os.urandom(2**21)
    with EchoPeer() as peer, SlowReader(peer.address) as reader:
        reader.send(data)
        assert peer.wait_accepted(1)
        assert len(reader.received) < 1000
        assert reader.read_all(len(data)) == data


def test_a_slow_reader_can_leave_while_it_is_owed_much():
    with EchoPeer() as peer, SlowReader(peer.address) as reader:
        reader.send(b"x" * 2**22)
        assert peer.wait_accepted(1)


@pytest.mark.parametrize("kind", [EchoPeer, StuckPeer, ResettingPeer, lambda: SlowPeer(HANG_S)])
def test_a_peer_leaves_nothing_behind_though_its_connections_are_open(kind):
    connections = []
    with nothing_left():
        with kind() as peer:
            connections += [connect(peer) for _ in range(3)]
            connections[0].sendall(b"x" * 100)
            assert peer.wait_accepted(3)
        for connection in connections:
            connection.close()


def test_a_peer_can_live_in_a_process_of_its_own():
    with nothing_left("children", "descriptors"), apart(SlowPeer, 0.002) as address, connect(address) as connection:
        connection.sendall(b"hello")
        assert receive(connection, 5) == b"hello"
