"""What a process leaves behind is counted, and nothing else."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from concur import accounting


def test_a_descriptor_opened_since_is_left_behind() -> None:
    before = accounting.descriptors()
    with open(os.devnull):
        assert accounting.left_behind(before)["descriptors"] == 1
    assert accounting.left_behind(before)["descriptors"] == 0


def test_the_asking_itself_is_not_counted() -> None:
    assert accounting.descriptors() == accounting.descriptors()


def test_a_number_that_nobody_holds_is_not_open() -> None:
    readable, writable = os.pipe()
    os.close(writable)
    assert accounting.is_open(readable)
    os.close(readable)
    assert not accounting.is_open(readable)


def test_a_thread_is_left_behind_until_it_has_ended() -> None:
    end = threading.Event()
    before = accounting.left_behind(set())["threads"]
    thread = threading.Thread(target=end.wait)
    thread.start()
    assert accounting.left_behind(set())["threads"] == before + 1
    end.set()
    thread.join()
    assert accounting.left_behind(set())["threads"] == before


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="reads children from /proc")
def test_a_child_is_left_behind_until_it_is_waited_for() -> None:
    before = accounting.count_children()
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert accounting.count_children() == before + 1
    child.communicate(b"\n")
    assert accounting.count_children() == before


def test_usage_grows_with_what_is_computed() -> None:
    before = accounting.usage()
    while accounting.usage()["user_s"] == before["user_s"]:
        sum(range(10_000))
    assert accounting.usage()["user_s"] > before["user_s"]


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is handed on by Linux's execve")
def test_memory_is_the_programs_own_not_that_of_who_started_it() -> None:
    large = bytearray(200 * 2**20)
    tell = "from concur.accounting import usage; print(usage()['maximum_rss_kib'])"
    said = subprocess.run([sys.executable, "-c", tell], capture_output=True, text=True, check=True).stdout
    assert 1000 < int(said) < len(large) // 1024
