"""Promises 3 and 4: a rude peer ends its own connection alone, and a stuck one delays nobody else. Tier 1."""

from collections.abc import Iterator

from concur.conformance.exact import SMALL_BUFFER_BYTES, compared
from concur.conformance.peers import Patience, Peer
from concur.conformance.results import Check
from concur.conformance.subject import Server, Subject

RUDE = 10  # peers, one after another
RUDE_WORDS = {"nothing": b"", "100,000 bytes": b"x" * 100_000, "5,000 lines": b"x\n" * 5_000}
ENDLESS_BYTES = 3 * 2**20  # without a newline; the limit of a line is 1 MiB
PROBE_S = 1.0  # a second peer that is not answered in this is not served beside the first
SILENT = 40  # peers that never say anything: more than a pool is wont to have
DELAYED_S = 3.0  # who is not answered within this is delayed
STUCK_BYTES = 64 * 2**20  # offered at most by a peer that never reads
SLOW_LINES, SLOW_S = 10, 0.1
HELLO = b"are you there?\n"


def rude_ends_alone(subject: Subject) -> Iterator[Check]:
    """Promise 3: a reset, a sudden leave or garbage ends its own connection alone, and is no news."""
    with subject.start() as server:
        yield from _resets(server, "")
        yield from _no_news(server, subject)
    if subject.has_dose:
        with subject.start(cpu_units=1) as server:
            yield from _resets(server, ", with a dose")
            yield _endless(server)
            yield _fresh(server, "after it, a new peer said hello")
            yield from _no_news(server, subject)


def stuck_delays_nobody(subject: Subject) -> Iterator[Check]:
    """Promise 4: peers that say nothing, do not read, or are being waited for, delay nobody else."""
    with subject.start() as server:
        for peer in server.peers(SILENT):
            peer.say(b"")
        yield _undelayed(server, f"{SILENT} peers connected and said nothing; then one said hello")
        taken = server.peer(SMALL_BUFFER_BYTES).stuff(bytes(65536), STUCK_BYTES)
        yield _undelayed(
            server, f"one sent {taken:,} bytes without reading, until it was stuck; then another said hello"
        )
    if subject.has_dose:
        with subject.start(wait_s=SLOW_S) as server:
            yield from _overtakes(server)


def _resets(server: Server, with_a_dose: str) -> Iterator[Check]:
    bystander = _bystander(server)
    for words, data in RUDE_WORDS.items():
        for _ in range(RUDE):
            peer = server.peer()
            peer.say(data)
            peer.reset()
        did = f"{RUDE} peers said {words} and reset{with_a_dose}"
        yield from _others(server, bystander, did)
    for peer in server.peers(RUDE):
        peer.say(b"")
        peer.socket.close()
    yield from _others(server, bystander, f"{RUDE} peers came and left without a word{with_a_dose}")


def _others(server: Server, bystander: Peer | None, did: str) -> Iterator[Check]:
    if bystander:
        yield is_answered(bystander, f"{did}; one that was there before said hello")
    yield _fresh(server, f"{did}; a new one said hello")


def _bystander(server: Server) -> Peer | None:
    """A peer that stays, if the server serves another beside it."""
    staying, other = server.peers(2)
    staying.exchange([HELLO])
    other.patience = Patience(PROBE_S)
    serves_both = other.exchange([HELLO]) == HELLO
    other.socket.close()
    server.patience.renew()
    if not serves_both:
        staying.socket.close()
    return staying if serves_both else None


def _endless(server: Server) -> Check:
    with server.peer() as peer:
        peer.say(b"x" * ENDLESS_BYTES)
        came = peer.hear_out()
    did, expected = f"sent {ENDLESS_BYTES:,} bytes without a newline", "nothing comes back, and it ends the connection"
    return Check(did, expected, f"{len(came):,} bytes, then {peer.ended}", not came and not peer.gave_up)


def _no_news(server: Server, subject: Subject) -> Iterator[Check]:
    """A command may log what it likes; a server under our contract is silent."""
    if not subject.is_command:
        said = server.complaints()
        seen = f"it wrote: {said.splitlines()[-1]}" if said else "nothing"
        yield Check("looked at its standard error after all that", "nothing new", seen, not said)


def _fresh(server: Server, did: str) -> Check:
    with server.peer() as peer:
        return is_answered(peer, did)


def _undelayed(server: Server, did: str) -> Check:
    with server.peer() as peer:
        peer.patience = Patience(DELAYED_S)
        return is_answered(peer, did)


def is_answered(peer: Peer, did: str) -> Check:
    """A polite peer says hello and gets it back."""
    came = peer.exchange([HELLO])
    seen = "it is answered" if came == HELLO else f"{len(came)} bytes, then {peer.ended}"
    return Check(did, "it is answered", seen, came == HELLO)


def _overtakes(server: Server) -> Iterator[Check]:
    """Order, not time: the slow one's last reply is not there yet when the other one's comes."""
    lines = b"".join(b"slow line %d\n" % number for number in range(SLOW_LINES))
    slow, quick = server.peers(2)
    slow.say(lines)
    heard = slow.hear(5)
    came = quick.exchange([HELLO])
    heard += slow.at_hand()
    did = f"one sent {SLOW_LINES} lines, each to be waited for {SLOW_S:g} s; another then sent one line"
    expected = "it is answered before the last of those"
    is_before = len(heard) < len(lines)
    seen = f"it is answered {'before' if is_before else 'after'} the last of those"
    yield Check(
        did, expected, seen if came == HELLO else f"{len(came)} bytes, then {quick.ended}", is_before and came == HELLO
    )
    heard += slow.hear(len(lines) - len(heard))
    yield Check("heard the rest of those", "the same bytes", compared(lines, heard, slow), heard == lines)
