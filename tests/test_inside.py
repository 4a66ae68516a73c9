"""What a process counts of itself while it serves, asked over a socket."""

import gc
import json
import os
import socket
import sys
import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from concur.errors import UsageError
from concur.inside import Asked, Collections, Hooked, jit


@pytest.fixture
def callbacks_kept() -> Iterator[None]:
    """gc's callbacks as they were, afterwards."""
    before = list(gc.callbacks)
    yield
    gc.callbacks[:] = before


@pytest.fixture
def asking(callbacks_kept: None) -> Iterator[socket.socket]:
    ours, theirs = socket.socketpair()
    with ours:
        ours.settimeout(10)
        asked = Asked(theirs.detach())
        yield ours
        asked.end()


def ask(asking: socket.socket) -> dict[str, Any]:
    asking.sendall(b"?")
    line = b""
    while not line.endswith(b"\n"):
        line += asking.recv(4096)
    answer: dict[str, Any] = json.loads(line)
    return answer


def test_each_byte_is_answered_by_a_line(asking: socket.socket) -> None:
    asking.sendall(b"??")
    with asking.makefile() as lines:
        first, second = json.loads(lines.readline()), json.loads(lines.readline())
    assert first.keys() == second.keys() == {"at_ns", "thread", "collections", "collecting_ns", "jit"}
    assert first["at_ns"] <= second["at_ns"]


def test_the_thread_that_answers_names_itself(asking: socket.socket) -> None:
    answering = next(thread for thread in threading.enumerate() if thread.name == "asked")
    assert ask(asking)["thread"] == answering.native_id


@pytest.mark.skipif(sys.implementation.name == "pypy", reason="PyPy has other generations")
def test_a_collection_is_counted_in_its_generation(asking: socket.socket) -> None:
    before = ask(asking)
    gc.collect()
    after = ask(asking)
    assert after["collections"][2] == before["collections"][2] + 1
    assert after["collecting_ns"] > before["collecting_ns"]


def test_at_its_end_nothing_is_left(callbacks_kept: None) -> None:
    threads, (ours, theirs) = threading.active_count(), socket.socketpair()
    number = theirs.detach()
    asked = Asked(number)
    asked.end()
    assert threading.active_count() == threads
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(number)
    with ours:
        assert ours.recv(1) == b""


def test_what_is_no_socket_is_one_error() -> None:
    reading, writing = os.pipe()
    try:
        with pytest.raises(UsageError, match=f"descriptor {reading} cannot be asked over"):
            Asked(reading)
    finally:
        os.close(reading)
        os.close(writing)


def test_pypys_hooks_add_up() -> None:
    account = Hooked()
    account._minor(SimpleNamespace(count=5, duration=0.002))
    account._step(SimpleNamespace(count=1, duration=0.001))
    account._major(SimpleNamespace(count=1))
    assert (account.counts, account.collecting_ns) == ([5, 1], 3_000_000)


def test_durations_in_ticks_are_no_time() -> None:
    account = Hooked()
    account._minor(SimpleNamespace(count=1, duration=0.5))
    account._minor(SimpleNamespace(count=1, duration=123_456))
    account._minor(SimpleNamespace(count=1, duration=0.5))
    assert (account.counts, account.collecting_ns) == ([3, 0], None)


def test_cpythons_collections_are_clocked_from_start_to_stop(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([100, 350])
    monkeypatch.setattr("concur.inside.time.perf_counter_ns", lambda: next(clock))
    account = Collections()
    account._note("start", {"generation": 1})
    account._note("stop", {"generation": 1})
    assert (account.counts, account.collecting_ns) == ([0, 1, 0], 250)


@pytest.mark.skipif(sys.implementation.name == "pypy", reason="PyPy has one")
def test_without_pypys_jit_there_is_nothing_to_tell() -> None:
    assert jit() == {}


def fake_pypyjit(monkeypatch: pytest.MonkeyPatch, code_bytes: int, snapshot: Any) -> None:
    module = SimpleNamespace(get_stats_asmmemmgr=lambda: (code_bytes, 0), get_stats_snapshot=snapshot)
    monkeypatch.setitem(sys.modules, "pypyjit", module)
    monkeypatch.setattr(sys, "builtin_module_names", (*sys.builtin_module_names, "pypyjit"))


def test_a_jit_without_code_is_not_asked_for_figures(monkeypatch: pytest.MonkeyPatch) -> None:
    fake_pypyjit(monkeypatch, 0, lambda: pytest.fail("this would crash the interpreter"))
    assert set(jit().values()) == {0}


def test_the_jits_aborts_are_summed_over_their_reasons(monkeypatch: pytest.MonkeyPatch) -> None:
    counters = {"TOTAL_COMPILED_LOOPS": 3, "TOTAL_COMPILED_BRIDGES": 2, "ABORT_TOO_LONG": 4, "ABORT_ESCAPE": 1}
    figures = SimpleNamespace(counters=counters, counter_times={"TRACING": 0.5, "BACKEND": 0.25})
    fake_pypyjit(monkeypatch, 1, lambda: figures)
    assert jit() == {"loops": 3, "bridges": 2, "aborts": 5, "tracing_s": 0.5, "compiling_s": 0.25}
