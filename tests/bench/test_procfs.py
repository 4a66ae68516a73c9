"""What is parsed out of /proc, and what /proc says of processes that are known."""

import os
import subprocess
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concur.bench import procfs

STAT = b"42 (%s) S 7 42 42 0 -1 4194304 100 11 3 2 55 33 44 22 20 0 5 0 80755 3133440 376"
STATUS = b"Name:\tx\nCpus_allowed:\t3\nvoluntary_ctxt_switches:\t151\nnonvoluntary_ctxt_switches:\t545\n"


@given(st.binary(max_size=15))
def test_no_command_name_breaks_the_stat_line(name: bytes) -> None:
    found = procfs.parse_stat(STAT % name)
    assert (found["parent"], found["minor_faults"], found["reaped_minor_faults"]) == (7, 100, 11)
    assert (found["major_faults"], found["reaped_major_faults"]) == (3, 2)
    assert (found["user"], found["system"], found["reaped_user"], found["reaped_system"]) == (55, 33, 44, 22)
    assert (found["threads"], found["started"], found["zombie"]) == (5, 80755, 0)


def test_a_task_is_its_schedstat_and_its_switches() -> None:
    task = procfs.parse_task(b"123456 789 12\n", STATUS)
    assert (task.run_ns, task.run_delay_ns) == (123456, 789)
    assert (task.voluntary_switches, task.involuntary_switches) == (151, 545)
    assert procfs.parse_task(b"", STATUS)[1:] == (0, 0, 151, 545)


def test_descendants_are_those_below_the_roots_alone() -> None:
    parents = {1: 0, 10: 1, 11: 10, 12: 11, 20: 1, 30: 20}
    everything = {pid: {"parent": parent} for pid, parent in parents.items()}
    assert procfs.descendants(everything, [10]) == {10, 11, 12}
    assert procfs.descendants(everything, [20, 12, 99]) == {20, 30, 12}


def test_no_process_comes_before_its_parent() -> None:
    everything = {5: {"started": 30}, 3: {"started": 40}, 9: {"started": 20}, 10: {"started": 20}}
    assert procfs.eldest_first(everything) == [9, 10, 5, 3]


def test_the_cpu_clock_of_another_process_has_its_threads_dead_ones_too(start: Callable[..., Any]) -> None:
    burner = start("churning")
    burner.ask("burn")
    assert procfs.cpu_clock_ns(burner.pid) == pytest.approx(burner.edge()["cpu_s"] * 1e9, rel=0.03)


def test_a_zombie_is_known_as_one_and_what_is_reaped_is_gone() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
    assert (procfs.stat(child) or {})["zombie"] == 1
    os.waitpid(child, 0)
    assert procfs.stat(child) is None
    assert procfs.cpu_clock_ns(child) is None
    assert procfs.tasks(child, {}) == {}


def test_a_thread_that_has_not_run_is_not_asked_again() -> None:
    wake = threading.Event()
    thread = threading.Thread(target=wake.wait)
    thread.start()
    while b") S " not in procfs.read(f"/proc/self/task/{thread.native_id}/stat"):
        time.sleep(0.001)
    before = procfs.tasks(os.getpid(), {})
    after = procfs.tasks(os.getpid(), before)
    key = os.getpid(), thread.native_id or 0
    wake.set()
    thread.join()
    while os.path.exists(f"/proc/self/task/{thread.native_id}"):  # the kernel's thread outlives Python's a little
        time.sleep(0.001)
    assert after[key] is before[key]
    assert key not in procfs.tasks(os.getpid(), after)


def test_pss_is_no_more_than_what_is_resident() -> None:
    with subprocess.Popen(["sleep", "60"]) as process:
        try:
            pss = procfs.pss_bytes([process.pid])
            resident = int(procfs.read(f"/proc/{process.pid}/statm").split()[1]) * os.sysconf("SC_PAGE_SIZE")
            assert pss is not None
            assert 0 < pss <= resident
        finally:
            process.kill()
