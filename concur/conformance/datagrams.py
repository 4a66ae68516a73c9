"""What a datagram server promises: of the nine, those that make sense without connections. Tier 1.

A datagram may be lost by right, but not here: on the loopback the kernel drops
only what a full buffer cannot take, and no check fills one.
"""

import random
import select
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Self

from concur import catalog
from concur.bench.launch import Launch
from concur.bench.plan import Target
from concur.conformance.endings import REPLY_S
from concur.conformance.exact import PEERS
from concur.conformance.peers import Patience
from concur.conformance.results import NOT_CHECKABLE, Check, Finding, verdict
from concur.conformance.rude import HELLO, RUDE
from concur.conformance.starting import refuses
from concur.conformance.subject import Server, Subject
from concur.errors import TargetError

PROMISES = {
    1: "a datagram returns exactly, to who sent it",
    3: "a peer that has gone harms nobody else",
    7: "it drains",
    8: catalog.PROMISES[8],
    9: catalog.PROMISES[9],
}
SIZES_BYTES = (0, 1, 1024, 60_000, 65_507)  # the last is the largest by IPv4 (RFC 768, RFC 791)
ANY_BYTES = 65_536  # asked of a read
AT_ONCE = 100  # datagrams that no buffer is too small for
SEVERAL, EACH = 20, 5  # peers, and datagrams of each


def check_datagrams(target: Target, promises: Iterable[int] = PROMISES, **how: Any) -> list[Finding]:
    """A finding for each of these promises; how is what `Subject` takes. Leaves no process behind."""
    return list(findings(target, promises, **how))


def findings(target: Target, promises: Iterable[int] = PROMISES, **how: Any) -> Iterator[Finding]:
    """The same, in their order, each as soon as it is there."""
    for promise in promises:
        if target.absent:
            yield _finding(promise, NOT_CHECKABLE, reason=target.absent)
        else:
            yield _check(Subject(target, **how), promise)


def _check(subject: Subject, promise: int) -> Finding:
    """One promise, up to the first check that fails."""
    declared = subject.row.unmet.get(promise, "") if subject.row else ""
    checks: list[Check] = []
    try:
        for check in CHECKS[promise](subject):
            checks.append(check)
            if not check.ok:
                break
    except TargetError as error:
        checks.append(Check("started it for this", "it serves", str(error), ok=False))
    return _finding(promise, verdict(checks, declared), checks, declared)


def _finding(promise: int, said: str, checks: list[Check] | None = None, reason: str = "") -> Finding:
    return Finding(promise=promise, text=PROMISES[promise], verdict=said, checks=checks or [], reason=reason)


class Peer:
    """A socket that sends to the server, and hears nobody else. It never raises for what a server does."""

    def __init__(self, server: Server) -> None:
        self.patience: Patience = server.patience
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(server.address)
        self.ended = ""  # why nothing more came

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def say(self, data: bytes) -> None:
        """Send a datagram. That nobody is there is told later, and mostly by another call."""
        with suppress(ConnectionRefusedError):
            self.socket.send(data)

    def hear(self) -> bytes | None:
        """The next datagram, or None if none comes any more."""
        if not select.select([self.socket], [], [], self.patience.left_s())[0]:
            self.ended = str(self.patience)
            return None
        self.patience.renew()
        try:
            return self.socket.recv(ANY_BYTES)
        except ConnectionRefusedError as refused:  # ICMP: no socket is bound there any more
            self.ended = str(refused.strerror).lower()
            return None

    def hear_several(self, count: int) -> Iterator[bytes]:
        """So many, or fewer if no more come."""
        while count and (came := self.hear()) is not None:
            count -= 1
            yield came


@contextmanager
def several(server: Server, count: int) -> Iterator[list[Peer]]:
    """So many peers, closed in the end."""
    with ExitStack() as stack:
        yield [stack.enter_context(Peer(server)) for _ in range(count)]


def datagrams_return(subject: Subject) -> Iterator[Check]:
    """Promise 1: each comes back whole and alone, to who sent it; with a dose it is one message, whatever is in it."""
    with subject.start(udp=True) as server:
        for size_bytes in SIZES_BYTES:
            yield _returns(server, random.Random(size_bytes).randbytes(size_bytes), f"sent {size_bytes:,} bytes")
        yield _own_datagrams(server)
    if subject.has_dose:
        with subject.start(udp=True, cpu_units=1) as server:
            yield _returns(server, b"one\ntwo\nthree", "had it compute for a datagram of several lines")


def _returns(server: Server, data: bytes, did: str) -> Check:
    with Peer(server) as peer:
        peer.say(data)
        came = peer.hear()
    seen = peer.ended if came is None else f"{'the same' if came == data else 'other'} {len(came):,} bytes"
    return Check(did, f"the same {len(data):,} bytes", seen, came == data)


def _own_datagrams(server: Server) -> Check:
    said = [b"%d" % number * 100 for number in range(PEERS)]
    with several(server, PEERS) as talking:
        for peer, data in zip(talking, said, strict=True):
            peer.say(data)
        right = sum(peer.hear() == data for peer, data in zip(talking, said, strict=True))
    seen = f"{right} of {PEERS} did"
    return Check(f"{PEERS} peers talked at a time", "each gets its own bytes back", seen, right == PEERS)


def gone_harm_nobody(subject: Subject) -> Iterator[Check]:
    """Promise 3: replies to who has gone, which the kernel refuses by ICMP, are no news to anybody."""
    how = {"wait_s": REPLY_S} if subject.has_dose else {}
    with subject.start(udp=True, **how) as server:
        with several(server, RUDE) as rude:
            for peer in rude:
                peer.say(HELLO)
                peer.say(b"")
        yield _is_answered(server, f"{RUDE} peers sent and were gone before their replies; another one said hello")
        said = server.complaints()
        yield Check("looked at its standard error", "nothing", f"it wrote: {said}" if said else "nothing", not said)


def _is_answered(server: Server, did: str) -> Check:
    check = _returns(server, HELLO, did)
    return check if server.is_alive else Check(did, check.expected, server.how_it_ended(), ok=False)


def drains(subject: Subject) -> Iterator[Check]:
    """Promise 7: at SIGTERM it answers what has come, and exits with status 0."""
    yield from _answers_what_has_come(subject, "")
    if subject.has_dose:
        yield from _answers_what_has_come(subject, f", each to be waited for {REPLY_S:g} s", wait_s=REPLY_S)


def _answers_what_has_come(subject: Subject, with_a_dose: str, **how: Any) -> Iterator[Check]:
    """Paused, so that it sees the datagrams and the stop at once."""
    with subject.start(udp=True, **how) as server, Peer(server) as peer:
        with server.paused():
            for number in range(AT_ONCE):
                peer.say(b"%d" % number)
            server.ask_to_stop()
        count = len(set(peer.hear_several(AT_ONCE)))
        did = f"{AT_ONCE} datagrams were sent just before SIGTERM{with_a_dose}"
        yield Check(did, "all are answered", f"{count} of {AT_ONCE} are", count == AT_ONCE)
        ending = server.ending()
        yield Check("after that, waited for it", "it exits with status 0", ending.words, ending.status == 0)


def leaves_nothing(subject: Subject) -> Iterator[Check]:
    """Promise 8: no thread, child or descriptor stays of a datagram, and nothing at all at its end."""
    how = {"wait_s": REPLY_S} if subject.has_dose else {}
    with subject.start_observable(udp=True, **how) as server:
        yield _answers_many(server)
        before = server.census_at_rest()
        yield _answers_many(server)
        now = server.census_within(before)
        did = f"counted what there is of it before and after {SEVERAL} peers"
        yield Check(did, f"no more than {before}", str(now), now.is_within(before))
        server.ask_to_stop()
        yield _reports_nothing_left(server.ending().report)


def _answers_many(server: Server) -> Check:
    """Each of several peers has as many; the numbers tell them apart."""
    heard: set[bytes] = set()
    with several(server, SEVERAL) as talking:
        for number in range(SEVERAL * EACH):
            talking[number % SEVERAL].say(b"%d" % number)
        for peer in talking:
            heard.update(peer.hear_several(EACH))
    did, seen = f"{SEVERAL} peers sent {EACH} datagrams each", f"{len(heard)} of {SEVERAL * EACH} are"
    return Check(did, "all are answered", seen, len(heard) == SEVERAL * EACH)


def _reports_nothing_left(report: dict[str, Any]) -> Check:
    left = {name: count for name, count in report.get("left", {}).items() if count}
    seen = ", ".join(f"{count} {name}" for name, count in left.items()) or "nothing"
    is_told = "left" in report
    did = "had it stop, and say what it leaves behind"
    return Check(did, "nothing", seen if is_told else "it does not say", is_told and not left)


def refuses_in_one_line(subject: Subject) -> Iterator[Check]:
    """Promise 9: with its address in use or a library missing it says so in one line, and exits with status 2."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        how = Launch(udp=True, port=taken.getsockname()[1])
        yield refuses(subject, "started it on a port that is in use", how)
    if subject.row and subject.row.needs:
        did = f"started it where {' and '.join(subject.row.needs)} cannot be imported"
        yield refuses(subject, did, Launch(udp=True, without=subject.row.needs))


CHECKS: dict[int, Callable[[Subject], Iterator[Check]]] = {
    1: datagrams_return,
    3: gone_harm_nobody,
    7: drains,
    8: leaves_nothing,
    9: refuses_in_one_line,
}
