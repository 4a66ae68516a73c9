"""Promises 7 and 8: it drains, and leaves nothing behind. Tier 1."""

import signal
from collections.abc import Iterator
from typing import Any

from concur.conformance.exact import SMALL_BUFFER_BYTES
from concur.conformance.peers import Crowd, Peer, first_with, how_ended
from concur.conformance.process import Ending
from concur.conformance.results import Check
from concur.conformance.rude import HELLO, STUCK_BYTES
from concur.conformance.subject import Server, Subject

IDLE = 10  # connections that have nothing to say when the stop comes
BACKLOG = 20  # connections that nobody has accepted yet when it does
REPLY_S = 0.1  # that a request in flight takes
LONG_REPLY_S, SHORT_GRACE_S = 0.6, 0.1  # a reply that takes longer than the grace period
STUCK_GRACE_S = 0.3
DEATHS = (-signal.SIGTERM, 128 + signal.SIGTERM)  # ends that are a command's own business, if it has drained

AT_A_TIME = 16
WARM_UP = 64  # at a time: more than a pool is wont to have, so that all of it stands before it is counted


def drains(subject: Subject) -> Iterator[Check]:
    """Promise 7: at SIGTERM it answers what it has, closes what is idle, forces the rest in the end, and exits 0."""
    if subject.has_dose:
        yield from _answers_what_is_in_flight(subject)
    yield from _serves_everyone_who_came(subject, "")
    if subject.has_dose:
        yield from _serves_everyone_who_came(subject, ", with a dose", cpu_units=1)
        yield from _forces_long_replies(subject)
    if not subject.is_command:  # nobody knows the grace period of one
        yield from _forces_who_never_reads(subject)


def _answers_what_is_in_flight(subject: Subject) -> Iterator[Check]:
    with subject.start(wait_s=REPLY_S) as server:
        peer = server.peer()
        peer.say(b"first\nsecond\n")
        peer.hear(6)
        server.ask_to_stop()
        came = peer.hear_out()
        did = f"one sent two lines, each to be waited for {REPLY_S:g} s; at the first reply came SIGTERM"
        expected = "the second reply comes, and then the end"
        yield Check(did, expected, f"{came!r}, then {peer.ended}", came == b"second\n" and peer.was_closed)
        yield _exits(server, subject)


def _serves_everyone_who_came(subject: Subject, with_a_dose: str, **how: Any) -> Iterator[Check]:
    """Paused, so that it sees all at once: what was said, the backlog, and the stop."""
    with subject.start(**how) as server:
        talking, *idle = server.peers(1 + IDLE)
        talking.exchange([HELLO])
        with server.paused():
            talking.say(HELLO)
            waiting = server.peers(BACKLOG)
            for peer in waiting:
                peer.say(HELLO)
            server.ask_to_stop()
        yield _closes_what_is_idle(talking, idle, with_a_dose)
        served = first_with(waiting, lambda peer: peer.hear_out() == HELLO)
        did = f"{BACKLOG} peers connected and said hello just before SIGTERM{with_a_dose}"
        seen = f"the first {served} of {BACKLOG} are{how_ended(waiting)}"
        yield Check(did, "all are answered", seen, served == BACKLOG)
        yield _exits(server, subject)


def _closes_what_is_idle(talking: Peer, idle: list[Peer], with_a_dose: str) -> Check:
    reply = talking.hear_out()
    closed = first_with(idle, lambda peer: not peer.hear_out() and not peer.gave_up)
    return Check(
        f"a peer said hello just before SIGTERM, and {IDLE} were idle{with_a_dose}",
        "it is answered, and all are closed",
        f"{reply!r}; the first {closed} of {IDLE} are closed{how_ended([talking, *idle])}",
        reply == HELLO and closed == IDLE,
    )


def _forces_long_replies(subject: Subject) -> Iterator[Check]:
    with subject.start(wait_s=LONG_REPLY_S, grace_s=SHORT_GRACE_S) as server:
        first, second = server.peers(2)
        first.say(b"first\nlong\n")
        first.hear(6)
        second.say(b"long\nlong\n")
        server.ask_to_stop()
        came = first.hear_out()
        did = f"a reply took {LONG_REPLY_S:g} s when SIGTERM came; the grace period is {SHORT_GRACE_S:g} s"
        yield Check(did, "it is cut off", f"{came!r}, then {first.ended}", not came and not first.gave_up)
        yield _exits(server, subject, is_forced=True)


def _forces_who_never_reads(subject: Subject) -> Iterator[Check]:
    with subject.start(grace_s=STUCK_GRACE_S) as server:
        for peer in server.peers(2, SMALL_BUFFER_BYTES):
            peer.stuff(bytes(65536), STUCK_BYTES)
        server.ask_to_stop()
        yield _exits(server, subject, "two peers sent and never read; then came SIGTERM", is_forced=True)


def _exits(server: Server, subject: Subject, did: str = "after that, waited for it", is_forced: bool = False) -> Check:
    ending = server.ending()
    is_well = ending.status == 0 or (subject.is_command and ending.status in DEATHS)
    forced = 0 if is_forced else ending.report.get("forced", 0)
    expected = "it exits with status 0" + ("" if is_forced or not subject.has_report else ", having forced nobody")
    seen = ending.words + (f"; forced: {forced}" if forced else "")
    return Check(did, expected, seen, is_well and not forced)


def leaves_nothing(subject: Subject) -> Iterator[Check]:
    """Promise 8: no thread, child or descriptor is left after a connection, and nothing at all at its end."""
    with subject.start_observable() as server:
        Crowd(server.peers(WARM_UP), HELLO).hear(server.patience, leave=True)
        before = server.census_at_rest()
        yield _serves_short_ones(server, subject.short_connections)
        now = server.census_within(before)
        did = f"counted what there is of it before and after {subject.short_connections:,} short connections"
        yield Check(did, f"no more than {before}", str(now), now.is_within(before))
        if subject.has_report:
            server.ask_to_stop()
            yield _reports_nothing_left(server.ending())


def _serves_short_ones(server: Server, count: int) -> Check:
    answered, crowd = 0, Crowd([], HELLO)
    while answered < count and not crowd.failed and server.patience.left_s():
        crowd = Crowd(server.peers(AT_A_TIME), HELLO)
        answered += crowd.hear(server.patience, leave=True)
    did = f"{count:,} peers came, {AT_A_TIME} at a time, said hello, and left"
    return Check(did, "all are answered", f"{answered:,} are{how_ended(crowd.failed)}", answered >= count)


def _reports_nothing_left(ending: Ending) -> Check:
    left = {name: count for name, count in ending.report.get("left", {}).items() if count}
    seen = ", ".join(f"{count} {name}" for name, count in left.items()) or "nothing"
    is_told = "left" in ending.report
    return Check(
        "had it stop, and say what it leaves behind",
        "nothing",
        seen if is_told else f"it does not say; {ending.words}",
        is_told and not left,
    )
