import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from concur.labs import tree
from concur.labs.memory import MemoryWatch, proportional_bytes, resident_bytes

NEST = """
import os, sys, time
for depth in range(3):
    if os.fork():
        break
    os.setsid()
sys.stdout.write("x"); sys.stdout.flush()
time.sleep(60)
"""


@pytest.fixture
def nest() -> Iterator[int]:
    """A process, its child, grandchild and great-grandchild, each in a session of its own."""
    tree.become_subreaper()
    command = [sys.executable, "-c", NEST]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout
        assert process.stdout.read(4) == b"xxxx"
        yield process.pid
        tree.end(lambda: tree.below(os.getpid()))
        process.wait()
    tree.become_subreaper(False)


def test_descendants_are_found_in_any_session(nest: int) -> None:
    assert len(tree.below(nest)) == 3
    assert nest in tree.children(os.getpid())


def test_all_end_in_whatever_session(nest: int) -> None:
    pids = [nest, *tree.below(nest)]
    tree.end(lambda: [pid for pid in tree.below(os.getpid()) if pid in pids])
    assert not set(pids) & set(tree.below(os.getpid()))


def test_a_process_that_stands_still_is_seen(nest: int) -> None:
    assert not tree.is_stopped(nest)
    os.kill(nest, signal.SIGSTOP)
    os.waitid(os.P_PID, nest, os.WSTOPPED)
    assert tree.is_stopped(nest)


def test_sessions_and_starts_are_known(nest: int) -> None:
    session, start = tree.session_and_start(nest)
    assert session == os.getsid(nest)
    assert start >= tree.session_and_start(os.getpid())[1] > 0
    assert tree.session_and_start(2**22 + 1) == (0, 0)


def test_shared_pages_count_in_proportion(nest: int) -> None:
    pids = [nest, *tree.below(nest)]
    assert 0 < sum(map(proportional_bytes, pids)) < sum(map(resident_bytes, pids))


def test_a_watch_tells_when_a_limit_is_passed(nest: int) -> None:
    small, large = MemoryWatch(1 << 10), MemoryWatch(1 << 40)
    while not small.is_over([nest]):
        pass
    assert not large.is_over([nest])


def test_what_has_ended_holds_nothing() -> None:
    assert resident_bytes(2**22 + 1) == proportional_bytes(2**22 + 1) == 0
