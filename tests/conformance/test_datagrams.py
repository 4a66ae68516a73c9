"""All eight datagram servers keep their promises, here and on other kinds of interpreters; and bad ones are found out.

A bad server is a thread of ours in the place of a process: what is checked is
what a peer sees.
"""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any, cast

import pytest

from concur import catalog
from concur.bench.choose import ask_what_is_missing, choose_targets
from concur.bench.plan import Target
from concur.conformance import BROKEN, DECLARED, NOT_CHECKABLE, Finding, datagrams
from concur.conformance.peers import Patience
from concur.conformance.subject import Subject
from concur.interpreters.describe import Interpreter
from concur.interpreters.find import current, find

MODELS = [row.id for row in catalog.MODELS if row.by_udp]
KINDS: dict[str, Callable[[Interpreter], bool]] = {
    "another CPython": lambda one: one.implementation == "CPython" and not one.free_threaded,
    "free-threaded": lambda one: one.free_threaded,
    "PyPy": lambda one: one.implementation == "PyPy",
}


def target_of(model: str, interpreter: Interpreter) -> Target:
    (target,) = ask_what_is_missing(choose_targets([model], [], [interpreter], []))
    if target.absent:
        pytest.skip(target.absent)
    return target


def told(findings: list[Finding]) -> list[str]:
    return [f"{each.promise} {each.verdict}: {each.checks[-1:]}" for each in findings if each.is_failure]


@pytest.mark.parametrize("model", MODELS)
def test_a_model_keeps_its_promises(model: str) -> None:
    findings = datagrams.check_datagrams(target_of(model, current()))
    assert [each.promise for each in findings] == list(datagrams.PROMISES)
    assert not told(findings)


def test_a_declaration_is_of_its_datagrams_too() -> None:
    (finding,) = datagrams.check_datagrams(target_of("uvloop_protocol", current()), [8])
    assert finding.verdict == DECLARED


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("model", ["threads", "callbacks", "asyncio_protocol"])
def test_it_keeps_them_on_other_interpreters(model: str, kind: str) -> None:
    here = current()
    able = [one for one in find() if not one.broken and one.version != here.version and KINDS[kind](one)]
    if not able:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("there is no interpreter of that kind")
    newest = max(able, key=lambda one: tuple(map(int, one.version.split(".")[:2])))
    assert not told(datagrams.check_datagrams(target_of(model, newest), [1, 7, 8]))


def test_what_is_absent_is_not_checkable() -> None:
    absent = Target(kind="model", name="threads", interpreter=current(), absent="no wheel")
    (finding,) = datagrams.check_datagrams(absent, [1])
    assert (finding.verdict, finding.reason) == (NOT_CHECKABLE, "no wheel")


# Bad ones

Reply = Callable[[socket.socket, bytes, Any], object]
SILENCE_S = 0.2


@contextmanager
def answering(reply: Reply, complains: str = "") -> Iterator[Subject]:
    """A subject that answers each datagram by that function."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=serve, args=(bound, reply))
        thread.start()

        @contextmanager
        def start(**_: Any) -> Iterator[SimpleNamespace]:
            address, patience = bound.getsockname(), Patience(SILENCE_S)
            yield SimpleNamespace(address=address, patience=patience, is_alive=True, complaints=lambda: complains)

        try:
            yield cast("Subject", SimpleNamespace(start=start, has_dose=False, row=None))
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"end", bound.getsockname())
            thread.join()


def serve(bound: socket.socket, reply: Reply) -> None:
    while (got := bound.recvfrom(65_536))[0] != b"end":
        reply(bound, *got)


def first_broken(subject: Subject, promise: int) -> str:
    """What was seen at the check that failed; empty if none did."""
    return next((check.seen for check in datagrams.CHECKS[promise](subject) if not check.ok), "")


def echo(bound: socket.socket, data: bytes, peer: Any) -> None:
    bound.sendto(data, peer)


def test_one_that_echoes_is_let_alone() -> None:
    with answering(echo) as good:
        assert [first_broken(good, promise) for promise in (1, 3)] == ["", ""]


def test_one_that_drops_empty_datagrams_is_found_out() -> None:
    def drop(bound: socket.socket, data: bytes, peer: Any) -> None:
        if data:
            echo(bound, data, peer)

    with answering(drop) as bad:
        assert first_broken(bad, 1) == "nothing more came for 0.2 s"


def test_one_that_reads_too_few_bytes_is_found_out() -> None:
    with answering(lambda bound, data, peer: echo(bound, data[:2048], peer)) as bad:
        assert first_broken(bad, 1) == "other 2,048 bytes"


def test_one_that_alters_a_byte_is_found_out() -> None:
    with answering(lambda bound, data, peer: echo(bound, data[:-1] + b"!" * bool(data), peer)) as bad:
        assert first_broken(bad, 1) == "other 1 bytes"


def test_one_that_answers_somebody_else_is_found_out() -> None:
    known: list[Any] = []

    def mix_up(bound: socket.socket, data: bytes, peer: Any) -> None:
        known.append(peer)
        echo(bound, data, peer if len(data) in datagrams.SIZES_BYTES else known[-2])

    with answering(mix_up) as bad:
        assert first_broken(bad, 1) == "0 of 20 did"


def test_one_that_speaks_of_who_has_gone_is_found_out() -> None:
    with answering(echo, complains="ConnectionRefusedError") as bad:
        assert first_broken(bad, 3) == "it wrote: ConnectionRefusedError"


def test_one_that_serves_no_datagrams_does_not_start() -> None:
    finding = datagrams.check_datagrams(Target(kind="model", name="sequential", interpreter=current()), [1])[0]
    assert finding.verdict == BROKEN
    assert "sequential cannot serve datagrams" in finding.checks[-1].seen
