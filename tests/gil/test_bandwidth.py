import socket
import threading
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from concur import catalog
from concur.bench.launch import Launch
from concur.bench.plan import Target
from concur.bench.results import Estimate
from concur.bench.target import RunningTarget, launch
from concur.errors import LoadError, TargetError
from concur.gil import bandwidth
from concur.gil.points import FURTHER, HEADLINE, USUAL, Asked, Outcome, Point
from concur.interpreters.find import current


def asked(*models: str, missing: dict[str, str] | None = None) -> Asked:
    """One interpreter, this one, called «here»."""
    return Asked(
        interpreters={"here": current()},
        models=models or ("threads",),
        missing={"here": missing or {}},
        cpus=2,
        quick=True,
    )


def point(*what: str | int) -> Point:
    return Point(interpreter="here", what=what)


def sample(rate_per_s: float, **counts: int) -> dict[str, Any]:
    return dict.fromkeys(bandwidth.COUNTS, 0) | counts | {"rate_per_s": rate_per_s, "notes": []}


# ---- points


def test_a_model_is_measured_by_both_protocols_beside_each_number_of_threads() -> None:
    found = bandwidth.points(asked("threads"))
    assert [one.what for one in found] == [("threads", by, n) for by in ("tcp", "udp") for n in (0, 1, 2, 4)]
    assert all(0.3 <= one.about_s <= 2.5 and not one.absent for one in found)


def test_quick_points_say_that_they_are() -> None:
    slow = msgspec.structs.replace(asked(), quick=False)
    assert bandwidth.points(asked())[0].about_s < bandwidth.points(slow)[0].about_s


def test_the_summary_needs_threads_alone_and_the_tables_the_usual_models() -> None:
    models = [row.id for row in catalog.MODELS]
    by_priority: dict[int, set[tuple[str | int | float, ...]]] = {HEADLINE: set(), USUAL: set(), FURTHER: set()}
    for one in bandwidth.points(asked(*models)):
        if not one.absent:
            by_priority[one.priority].add(one.what)
    assert by_priority[HEADLINE] == {("threads", by, n) for by in ("tcp", "udp") for n in (0, 1)}
    usual = {str(what[0]) for what in by_priority[USUAL]}
    assert usual == {row.id for row in catalog.MODELS if row.default or row.by_udp} - {"threads"}
    assert {what[2] for what in by_priority[USUAL]} == {0, 1}
    assert ("callbacks", "udp", 2) in by_priority[FURTHER]
    assert ("trio_tasks", "tcp", 0) in by_priority[FURTHER]


def test_what_cannot_be_had_is_there_once_with_its_reason() -> None:
    found = bandwidth.points(asked("gevent_greenlets", "polling", missing={"gevent_greenlets": "needs gevent"}))
    assert {one.what: one.absent for one in found if one.absent} == {
        ("gevent_greenlets", "tcp", 0): "needs gevent",
        ("gevent_greenlets", "udp", 0): "needs gevent",
        ("polling", "udp", 0): catalog.not_by_udp("polling"),
    }
    assert sum(one.what[:2] == ("polling", "tcp") for one in found) == 4


# ---- rows


def test_a_row_has_the_rate_of_its_rounds_and_the_counts_of_all() -> None:
    samples = {
        2: sample(300.0, sent=30, received=28, lost=1, wrong=1),
        1: sample(100.0, sent=10, received=10, reordered=2),
        3: sample(200.0, sent=20, received=20),
    }
    (row,) = bandwidth.rows([Outcome(point=point("threads", "udp", 1), samples=samples)])
    assert (row.interpreter, row.model, row.protocol, row.cpu_threads) == ("here", "threads", "udp", 1)
    assert row.rate_per_s
    assert row.rate_per_s.median == 200.0
    assert (row.sent, row.received, row.lost, row.reordered, row.wrong) == (60, 58, 1, 2, 1)
    assert (row.connections, row.absent) == (8, "")


def test_one_round_has_no_interval() -> None:
    (row,) = bandwidth.rows([Outcome(point=point("threads", "tcp", 0), samples={4: sample(10.0)})])
    assert row.rate_per_s == Estimate(10.0)


def test_a_row_without_a_sample_says_why() -> None:
    absent = msgspec.structs.replace(point("polling", "udp", 0), absent="not by UDP")
    first, second = bandwidth.rows([Outcome(point=absent), Outcome(point=point("threads", "tcp", 0), reason="it died")])
    assert (first.absent, first.rate_per_s, second.absent) == ("not by UDP", None, "it died")


def test_who_serves_fewer_at_a_time_is_loaded_with_fewer() -> None:
    assert [bandwidth.connections(model) for model in ("sequential", "prefork", "threads")] == [1, 8, 8]


# ---- measuring


@pytest.mark.parametrize("what", [("threads", "tcp", 0), ("threads", "udp", 0), ("callbacks", "udp", 1)])
def test_a_measurement_counts_what_came_back(what: tuple[str, str, int]) -> None:
    seen = bandwidth.measure(point(*what), asked(), 1)
    assert seen["received"] > 0
    assert seen["rate_per_s"] > 0
    assert (seen["lost"], seen["wrong"], seen["reordered"]) == (0, 0, 0)
    (row,) = bandwidth.rows([Outcome(point=point(*what), samples={1: seen})])
    assert row.received == seen["received"]


class Stub(RunningTarget):
    """A target that is none: where something else serves."""

    def __init__(self, port: int) -> None:
        self.host, self.port = "127.0.0.1", port
        self.ready = {"observed": {}}

    def __exit__(self, *_: object) -> None:
        pass

    def stop(self) -> dict[str, Any]:
        return {}


@pytest.fixture
def dropping() -> Iterator[int]:
    """The port of a peer that drops every second datagram."""
    with socket.socket(type=socket.SOCK_DGRAM) as peer:
        peer.bind(("127.0.0.1", 0))
        ending = threading.Event()
        thread = threading.Thread(target=drop_half, args=(peer, ending))
        thread.start()
        yield peer.getsockname()[1]
        ending.set()
        thread.join()


def drop_half(peer: socket.socket, ending: threading.Event) -> None:
    peer.settimeout(0.05)
    count = 0
    while not ending.is_set():
        try:
            data, address = peer.recvfrom(65536)
        except TimeoutError:
            continue
        count += 1
        if count % 2:
            peer.sendto(data, address)


def test_lost_datagrams_are_counted_as_such(dropping: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bandwidth, "launch", lambda target, how: Stub(dropping))
    monkeypatch.setattr(bandwidth, "TIMEOUT_NS", 50_000_000)
    seen = bandwidth.measure(point("threads", "udp", 0), asked(), 1)
    assert seen["lost"] > 0
    assert seen["received"] > 0
    assert abs(seen["sent"] - seen["received"] - seen["lost"]) <= bandwidth.CONNECTIONS


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_a_target_that_dies_under_its_load_is_told_from_a_load_that_fails(
    protocol: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket(type=socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]

    def dying(target: Target, how: Launch) -> RunningTarget:
        running = launch(target, how)
        running.process.kill()
        running.process.wait()  # else its listener may yet take connections
        return running

    def elsewhere(target: Target, how: Launch) -> RunningTarget:
        running = launch(target, how)
        running.port = port
        return running

    monkeypatch.setattr(bandwidth, "launch", dying)
    with pytest.raises(TargetError, match="died under its load: it was killed by SIGKILL"):
        bandwidth.measure(point("threads", protocol, 0), asked(), 1)
    monkeypatch.setattr(bandwidth, "launch", elsewhere)
    with pytest.raises(LoadError):
        bandwidth.measure(point("threads", protocol, 0), asked(), 1)


def test_an_interpreter_that_is_not_what_it_is_called_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    stub = Stub(9)
    stub.ready = {"observed": {"gil": True, "gil_turned_on_by": "greenlet"}}
    monkeypatch.setattr(bandwidth, "launch", lambda target, how: stub)
    named = msgspec.structs.replace(current(), free_threaded=True)
    with pytest.raises(TargetError, match="greenlet turned the GIL back on"):
        bandwidth.measure(point("threads", "tcp", 0), msgspec.structs.replace(asked(), interpreters={"here": named}), 1)
