"""Counting waits that ran out: exactly those, of exactly the threads that are asked for."""

import os
import sys
import threading

import pytest

from concur.bench.probe import perf_stat, tracing
from concur.bench.probe.tracing import Counted
from concur.gil import waits

reason = perf_stat.refusal() if sys.platform == "linux" else "needs Linux's perf"
needs_perf = pytest.mark.skipif(bool(reason), reason=reason)


class Waiter:
    """A thread that lets so many waits run out, when it is told to."""

    def __init__(self, times: int) -> None:
        self._times, self._go, self.done = times, threading.Event(), threading.Event()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self) -> None:
        never = threading.Lock()
        never.acquire()
        self._go.wait()
        for _ in range(self._times):
            never.acquire(timeout=0.001)
        self.done.set()

    def go(self) -> None:
        self._go.set()
        self.done.wait()

    def end(self) -> None:
        self._go.set()
        self.thread.join()


@needs_perf
def test_waits_that_run_out_are_counted_and_those_of_other_threads_are_not():
    counted_one, other = Waiter(20), Waiter(7)
    try:
        with waits.Waits([counted_one.thread.native_id or 0]) as counting:
            counting.begin()
            counted_one.go()
            other.go()
            found = counting.end()
    finally:
        counted_one.end()
        other.end()
    # Under the GIL the waits' own returns may wait an interval out for it, seldom: 20 waits last 20 ms.
    assert 20 <= found.calls[waits.TIMED_OUT] < 27


def test_a_rate_is_over_the_time_that_was_counted():
    assert waits.counted_per_s(Counted(calls={waits.TIMED_OUT: 50}, began_ns=0, ended_ns=250_000_000)) == 200


def test_where_nothing_may_be_counted_the_reason_is_said(monkeypatch):
    monkeypatch.setenv("CONCUR_TRACER", "none")
    assert "CONCUR_TRACER is none" in waits.why_uncounted()


def test_strace_does_not_tell_how_a_futex_ended(monkeypatch):
    monkeypatch.setattr(tracing, "available", lambda forced: "strace")
    waits._why_uncounted.cache_clear()
    assert waits.why_uncounted() == "strace does not tell how a futex ended"
    waits._why_uncounted.cache_clear()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_threads_of_a_process_are_listed_but_for_those_left_out():
    own = threading.get_native_id()
    assert own in waits.threads_of(os.getpid())
    assert own not in waits.threads_of(os.getpid(), [own])
    assert waits.threads_of(2**22 + 1) == []
