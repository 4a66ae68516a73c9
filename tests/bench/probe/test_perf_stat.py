"""Counting by perf: its table, its refusals, and a process whose calls are known."""

import os
import subprocess
import sys

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st

from concur.bench.probe import perf_stat
from concur.bench.probe.perf_stat import PerfStat, complaint, parse, refusal
from concur.errors import MachineError

reason = refusal()
needs_perf = pytest.mark.skipif(bool(reason), reason=reason)

CALLER = """
import os, sys
for line in sys.stdin:
    if line == "fork\\n" and os.fork() == 0:
        os._exit(len([os.getppid() for _ in range(1000)]) - 1000)
    for _ in range(1000): os.sched_yield()
    os.write(1, b"done\\n")
"""


@pytest.fixture
def caller():
    with subprocess.Popen(
        [sys.executable, "-c", CALLER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:

        def work(word: str = "work") -> None:
            assert process.stdin
            assert process.stdout
            process.stdin.write(word + "\n")
            process.stdin.flush()
            assert process.stdout.readline() == "done\n"

        work()
        yield process.pid, work
        process.kill()


def tracers() -> list[str]:
    return [child.name() for child in psutil.Process().children() if child.name().startswith("perf")]


@needs_perf
def test_what_is_done_between_begin_and_end_is_counted_and_nothing_else(caller):
    pid, work = caller
    with PerfStat(lambda: [pid], ["sched_yield", "write"]) as tracer:
        work()
        tracer.begin()
        work()
        counted = tracer.end()
        work()
    assert counted.calls["sched_yield"] == 1000
    assert counted.calls["write"] == 1
    assert counted.switches is not None
    assert counted.page_faults is not None
    assert counted.gil_takes is None
    assert counted.began_ns < counted.ended_ns
    assert not tracers()


@needs_perf
def test_children_that_are_born_and_end_meanwhile_count_too(caller):
    pid, work = caller
    with PerfStat(lambda: [pid], ["getppid", "sched_yield"]) as tracer:
        tracer.begin()
        work("fork")
        work()
        counted = tracer.end()
    assert counted.calls["getppid"] == 1000
    assert counted.calls["sched_yield"] == 2000


@needs_perf
def test_an_error_meanwhile_leaves_no_tracer(caller):
    def fail() -> None:
        with PerfStat(lambda: [caller[0]], []) as tracer:
            tracer.begin()
            assert tracers()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not tracers()


@needs_perf
def test_a_process_that_is_not_there_is_told():
    with pytest.raises(MachineError, match="perf ended too early"), PerfStat(lambda: [2**22 + 1], []):
        pass
    assert not tracers()


@needs_perf
def test_an_event_that_is_not_there_is_told(caller):
    with (
        pytest.raises(MachineError, match="nobody.*nothing.*not found"),
        PerfStat(lambda: [caller[0]], [], "nobody:nothing"),
    ):
        pass
    assert not tracers()


# The table

TABLE = """\
1780,,raw_syscalls:sys_enter,18650705,100.00,,
890,,syscalls:sys_enter_futex,18650705,100.00,,
<not counted>,,sched:sched_switch,0,100.00,,
<not supported>,,page-faults,0,100.00,,

"""


def test_each_event_has_its_count():
    expected = {"raw_syscalls:sys_enter": 1780, "syscalls:sys_enter_futex": 890, "sched:sched_switch": 0}
    assert parse(TABLE) == expected


def test_rubbish_in_a_table_is_an_error():
    with pytest.raises(MachineError, match="not understood"):
        parse("many,,raw_syscalls:sys_enter\n")


@given(st.text())
def test_any_table_is_understood_or_refused(table):
    try:
        counts = parse(table)
    except MachineError:
        return
    assert all(count >= 0 for count in counts.values())


# Refusals

FORBIDDEN = """\
event syntax error: 'raw_syscalls:sys_enter'
                     \\___ can't access trace events

Error:\tNo permissions to read /sys/kernel/tracing/events/raw_syscalls/sys_enter
Hint:\tTry 'sudo mount -o remount,mode=755 /sys/kernel/tracing/'
"""


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (FORBIDDEN, "No permissions to read /sys/kernel/tracing/events/raw_syscalls/sys_enter"),
        ("Events disabled\nError:\nAccess is limited.\nConsider\n", "Access is limited."),
        ("Events disabled\nno such process\n", "no such process"),
        ("Events disabled\n", ""),
    ],
)
def test_perfs_complaint_is_one_line(said, expected):
    assert complaint(said) == expected


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """Another perf, as a shell script."""

    def make(script: str) -> None:
        (tmp_path / "perf").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "perf").chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setattr(perf_stat, "tracefs", lambda: tmp_path)

    return make


def test_a_forbidden_perf_says_so(fake):
    fake("echo 'Error:' >&2; echo 'Access is limited.' >&2; exit 255")
    assert refusal().startswith("perf may not count: Access is limited.")


def test_a_perf_that_counts_nothing_is_of_no_use(fake):
    fake("echo '<not supported>,,raw_syscalls:sys_enter,0,100.00,,' >&2")
    assert refusal().startswith("perf may not count")


def test_without_perf_there_is_none(monkeypatch):
    monkeypatch.setattr("concur.bench.probe.perf_stat.shutil.which", lambda _: None)
    assert refusal() == "there is no perf"


def test_without_tracepoints_perf_is_of_no_use(monkeypatch):
    monkeypatch.setattr("concur.bench.probe.perf_stat.shutil.which", lambda _: "/usr/bin/perf")
    monkeypatch.setattr(perf_stat, "tracefs", lambda: None)
    assert "/sys/kernel/tracing" in refusal()


def test_a_perf_that_hangs_is_ended(fake, monkeypatch):
    monkeypatch.setattr(perf_stat, "PATIENCE_S", 0.2)
    fake("exec sleep 60")
    with pytest.raises(MachineError, match="perf hangs"), PerfStat(lambda: [os.getpid()], []):
        pass
    assert not [child for child in psutil.Process().children() if child.name() == "sleep"]


def test_a_perf_that_ends_at_once_is_told(fake):
    fake("echo 'unknown option --control' >&2; exit 129")
    with pytest.raises(MachineError, match="perf ended too early: unknown option"), PerfStat(lambda: [1], []):
        pass
