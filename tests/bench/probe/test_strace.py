"""Counting by strace: its table, its refusals, and a process whose calls are known."""

import os
import subprocess
import sys

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from concur.bench.probe import strace
from concur.bench.probe.strace import Strace, is_traced_by, parse, refusal
from concur.errors import MachineError

reason = refusal()
needs_strace = pytest.mark.skipif(bool(reason), reason=reason)

CALLER = """
import os, sys, threading
threading.Thread(target=threading.Event().wait, daemon=True).start()
for line in sys.stdin:
    for _ in range(50): os.sched_yield()
    os.write(1, b"done\\n")
"""


@pytest.fixture
def caller():
    with subprocess.Popen(
        [sys.executable, "-c", CALLER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def work() -> None:
            assert process.stdin
            assert process.stdout
            process.stdin.write("work\n")
            process.stdin.flush()
            assert process.stdout.readline() == "done\n"

        work()
        yield process.pid, work
        process.kill()


def tracers() -> list[str]:
    return [child.name() for child in psutil.Process().children() if child.name() == "strace"]


@needs_strace
def test_what_is_done_between_begin_and_end_is_counted_and_nothing_else(caller):
    pid, work = caller
    with Strace(lambda: [pid]) as tracer:
        work()
        tracer.begin()
        work()
        counted = tracer.end()
        work()
    assert counted.calls["sched_yield"] == 50
    assert counted.calls["write"] == 1
    assert (counted.switches, counted.page_faults, counted.gil_takes) == (None, None, None)
    assert not tracers()


@needs_strace
def test_an_error_meanwhile_leaves_no_tracer_and_a_target_that_runs(caller):
    pid, work = caller

    def fail() -> None:
        with Strace(lambda: [pid]) as tracer:
            tracer.begin()
            assert tracers() == ["strace"]
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not tracers()
    work()


@needs_strace
def test_a_process_that_is_not_there_is_told():
    with subprocess.Popen(["true"]) as ended:
        ended.wait()

    def trace() -> None:
        with Strace(lambda: [ended.pid]) as tracer:
            tracer.begin()
            tracer.end()

    with pytest.raises(MachineError, match="strace"):
        trace()
    assert not tracers()


def test_nobody_traces_this():
    assert not is_traced_by(os.getpid(), 2**22 + 1)


# The table

TABLE = """\
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 52.38    0.000011           0        33           read
  4.76    0.000001           0         5         5 recvfrom
 42.86    0.000009           0         2           read
------ ----------- ----------- --------- --------- ----------------
100.00    0.000021           0        40         5 total
"""


def test_each_call_has_its_count_with_or_without_errors():
    assert parse(TABLE) == {"read": 35, "recvfrom": 5}


@given(st.text())
def test_any_table_is_understood(table):
    assert all(count >= 0 for count in parse(table).values())


# Refusals


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """Another strace, as a shell script."""

    def make(script: str) -> None:
        (tmp_path / "strace").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "strace").chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    return make


def test_a_forbidden_ptrace_says_so(fake):
    fake("echo 'strace: attach: ptrace(PTRACE_SEIZE, 7): Operation not permitted' >&2; exit 1")
    assert refusal() == "strace could not attach: attach: ptrace(PTRACE_SEIZE, 7): Operation not permitted"


def test_without_strace_there_is_none(monkeypatch):
    monkeypatch.setattr("concur.bench.probe.strace.shutil.which", lambda _: None)
    assert refusal() == "there is no strace"


def test_a_strace_that_never_attaches_is_ended(fake, monkeypatch):
    monkeypatch.setattr(strace, "PATIENCE_S", 0.2)
    fake("exec sleep 60")
    assert refusal().startswith("strace did not attach")
    assert not [child for child in psutil.Process().children() if child.name() == "sleep"]
