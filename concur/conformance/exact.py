"""Promises 1 and 2: bytes return exactly, and a half-closed peer gets all of them. Tier 1."""

import random
from collections.abc import Iterator

from concur.conformance.peers import Peer, first_with, how_ended
from concur.conformance.results import Check
from concur.conformance.subject import Server, Subject

MIB = 2**20
PIECES_BYTES = (1, 2, 7, 100, 1460, 4096, 65536, 65537, 200_000)  # mostly small, some above any buffer's size
PEERS = 20  # that talk at a time
STUCK_BYTES = 16 * MIB  # offered by a peer that does not read at first
SMALL_BUFFER_BYTES = 4096  # of that peer, so that it is soon stuck
WORK_S = 0.1  # of each line, while an end comes
LINES_BYTES = (0, 5, 300, 70_000)
SHORT_LINES = 5_000  # in one piece: what nests a call for each has to be deep


def bytes_return(subject: Subject) -> Iterator[Check]:
    """Promise 1: bytes return exactly, whatever their split; with a dose, whole lines in order."""
    with subject.start() as server:
        yield _sent_and_back(server, random.Random(1).randbytes(MIB), "sent 1 MiB in random pieces")
        yield _own_bytes(server)
    if subject.has_dose:
        with subject.start(cpu_units=1) as server:
            yield _sent_and_back(
                server, _lines(100), "had it compute for each of 100 lines, which came in random pieces"
            )
            yield _last_line(server)
            yield _sent_and_back(server, b"\n" * SHORT_LINES, f"had it compute for each of {SHORT_LINES:,} empty lines")
            yield _sent_and_back(server, b"x" * MIB + b"\n", "sent a line of 1 MiB, the limit")


def half_closed_gets_everything(subject: Subject) -> Iterator[Check]:
    """Promise 2: a peer that has ended its side gets everything before the close."""
    with subject.start() as server:
        for size_bytes in (100_000, 4 * MIB, 0):
            data = random.Random(3).randbytes(size_bytes)
            with server.peer() as peer:
                came = peer.exchange(_pieces(data, 4), half_close=True)
            yield _to_the_end(f"sent {size_bytes:,} bytes and ended its side", data, came, peer)
        yield _after_a_stuck_reply(server)
    if subject.has_dose:
        with subject.start(wait_s=WORK_S) as server:
            yield _while_it_works(server)


def _after_a_stuck_reply(server: Server) -> Check:
    data = random.Random(5).randbytes(65536)
    with server.peer(SMALL_BUFFER_BYTES) as peer:
        taken = peer.stuff(data, STUCK_BYTES)
        peer.end()
        came = peer.hear_out()
    sent = (data * (taken // len(data) + 1))[:taken]
    did = f"sent {taken:,} bytes, until nobody took any more, ended its side, and then read"
    return _to_the_end(did, sent, came, peer)


def _while_it_works(server: Server) -> Check:
    """The second piece is sent when the first has surely been read: the line before it has come back."""
    with server.peer() as peer:
        peer.exchange([b"before\n"])
        peer.say(b"one\ntwo\n")
        came = peer.hear(4)
        peer.say(b"three\nunterminated")
        peer.end()
        came += peer.hear_out()
    did = f"ended its side while a line was waited for {WORK_S:g} s, having sent more"
    return _to_the_end(did, b"one\ntwo\nthree\nunterminated", came, peer)


def _own_bytes(server: Server) -> Check:
    """Peers do not get one another's bytes. Each leaves in its turn, for a server may take them one after another."""
    said = [b"%d" % number * 1000 for number in range(PEERS)]
    peers = server.peers(PEERS)
    for peer, data in zip(peers, said, strict=True):
        peer.say(data)
    heard = iter(said)
    right = first_with(peers, lambda peer: _hears_and_leaves(peer, next(heard)))
    seen = f"the first {right} of {PEERS} did{how_ended(peers)}"
    return Check(f"{PEERS} peers talked at a time", "each gets its own bytes back", seen, right == PEERS)


def _hears_and_leaves(peer: Peer, expected: bytes) -> bool:
    with peer:
        return peer.hear(len(expected)) == expected


def _last_line(server: Server) -> Check:
    data = b"one more\nunterminated"
    with server.peer() as peer:
        came = peer.exchange([data], half_close=True)
    return _to_the_end("sent a last line without a newline, and ended its side", data, came, peer)


def _sent_and_back(server: Server, data: bytes, did: str) -> Check:
    with server.peer() as peer:
        came = peer.exchange(_pieces(data, 2))
    return Check(did, f"the same {len(data):,} bytes", compared(data, came, peer), came == data)


def _to_the_end(did: str, data: bytes, came: bytes, peer: Peer) -> Check:
    expected = f"the same {len(data):,} bytes, then it closes the connection"
    return Check(did, expected, compared(data, came, peer), came == data and peer.was_closed)


def compared(sent: bytes, came: bytes, peer: Peer) -> str:
    """What came in the place of what was sent, in words."""
    then = f", then {peer.ended}" if peer.ended else ""
    if came == sent:
        return f"the same {len(came):,} bytes{then}"
    differs = next((at for at, (one, other) in enumerate(zip(sent, came, strict=False)) if one != other), None)
    if differs is not None:
        return f"byte {differs:,} is 0x{came[differs]:02x}, not 0x{sent[differs]:02x}{then}"
    return f"{len(came):,} of {len(sent):,} bytes{then}"


def _lines(count: int) -> bytes:
    rng = random.Random(4)
    return b"".join(b"%d " % number + b"x" * rng.choice(LINES_BYTES) + b"\n" for number in range(count))


def _pieces(data: bytes, seed: int) -> list[bytes]:
    """The data cut at random places."""
    rng, pieces, at = random.Random(seed), [], 0
    while at < len(data):
        pieces.append(data[at : (at := at + rng.choice(PIECES_BYTES))])
    return pieces
