"""Promises 5 and 6: what happens at the limits of memory and of descriptors. Tier 1."""

import time
from collections.abc import Iterator

from concur.conformance.exact import SMALL_BUFFER_BYTES
from concur.conformance.peers import Crowd, Patience, how_ended
from concur.conformance.results import Check
from concur.conformance.rude import HELLO, is_answered
from concur.conformance.subject import Server, Subject

MIB = 2**20
OFFERED_BYTES = 64 * MIB  # by a peer that never reads
GROWTH_LIMIT_BYTES = (
    16 * MIB
)  # of the server meanwhile, buffers of the kernel aside: PyPy alone moves by up to 9, by its collector
USUAL_BYTES = MIB  # exchanged before: what a server needs for its first connection is no growth

DESCRIPTORS = 64  # that the server may have
PEERS = 100  # that come
QUIET_S = 1.0  # nobody more is answered for so long: those who are left are waiting
SPAN_S = 1.0  # in which its CPU time is looked at
SPIN_SHARE = 0.1  # of one CPU; more, while nothing happens, is spinning


def memory_does_not_grow(subject: Subject) -> Iterator[Check]:
    """Promise 5: a peer that never reads does not grow the server's memory beyond a limit."""
    with subject.start_observable() as server:
        yield _growth(server, "")
    if subject.has_dose:
        with subject.start_observable(cpu_units=1) as server:
            yield _growth(server, " of lines, with a dose,")


def _growth(server: Server, of_lines: str) -> Check:
    """One peer does both: where each connection has a process, what that process needs for itself is no growth."""
    peer = server.peer(SMALL_BUFFER_BYTES)
    answered = len(peer.exchange([b"x" * 65535 + b"\n"] * (USUAL_BYTES // 65536)))
    if answered < USUAL_BYTES:
        return Check(
            f"sent {USUAL_BYTES // MIB} MiB{of_lines} and read", "all of it returns", f"{answered:,} bytes", False
        )
    before = server.memory_bytes()
    taken = peer.stuff((b"x" * 1023 + b"\n") * 64, OFFERED_BYTES)
    growth = server.memory_bytes() - before
    return Check(
        f"offered {OFFERED_BYTES // MIB} MiB{of_lines} and read nothing; {taken / MIB:.1f} MiB were taken",
        f"its memory grows by less than {GROWTH_LIMIT_BYTES // MIB} MiB",
        f"it grew by {max(0, growth) / MIB:.1f} MiB" if server.is_alive else server.how_it_ended(),
        growth < GROWTH_LIMIT_BYTES and server.is_alive,
    )


def survives_without_descriptors(subject: Subject) -> Iterator[Check]:
    """Promise 6: out of descriptors, it neither dies nor spins, and accepts again once some are free."""
    with subject.start_observable(descriptors=DESCRIPTORS) as server:
        crowd = Crowd(server.peers(PEERS), HELLO)
        first = crowd.hear(Patience(QUIET_S), leave=False)
        came = f"{PEERS} peers came to a server of {DESCRIPTORS} descriptors"
        yield _rests(server, f"{came}; {first} are answered, and stay")
        crowd.leave()
        crowd.hear(Patience(), leave=True)
        count = len(crowd.answered)
        yield Check(
            f"{came}; those who are answered leave",
            "all others are answered in their turn",
            f"{count} of {PEERS} are{how_ended(crowd.failed)}",
            count == PEERS,
        )
        yield is_answered(server.peer(), "after that, a new peer said hello")


def _rests(server: Server, did: str) -> Check:
    """It is looked at twice if need be: what it still had to do ends, and what spins goes on."""
    share = _cpu_share(server)
    if share >= SPIN_SHARE:
        share = _cpu_share(server)
    return Check(
        did,
        f"it lives, and uses less than {SPIN_SHARE:.0%} of a CPU while nothing happens",
        f"it uses {share:.0%}" if server.is_alive else server.how_it_ended(),
        server.is_alive and share < SPIN_SHARE,
    )


def _cpu_share(server: Server) -> float:
    before_s = server.cpu_s()
    time.sleep(SPAN_S)
    return (server.cpu_s() - before_s) / SPAN_S
