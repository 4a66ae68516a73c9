"""What the tests of several instruments need: cores that are kept busy, and threads that end with the test."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator

import pytest

# Not children of the test's process: those, as part of the program, keep a virtual clock from jumping.
BURN = """
import os, sys
for _ in range(int(sys.argv[1])):
    if not os.fork():
        while True:
            pass
print("burning", flush=True)
sys.stdin.read()
"""


@pytest.fixture(params=["idle", "busy"])
def machine(request: pytest.FixtureRequest) -> Iterator[str]:
    """A machine as it is, and one whose cores are all kept busy by other processes, one more than there are."""
    if request.param == "idle":
        yield "idle"
        return
    command = [sys.executable, "-S", "-c", BURN, str((os.cpu_count() or 1) + 1)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, start_new_session=True) as burning:
        assert burning.stdout
        assert burning.stdout.readline() == b"burning\n"
        yield "busy"
        os.killpg(burning.pid, signal.SIGKILL)


@pytest.fixture
def stuck_thread() -> Iterator[Callable[[str], threading.Thread]]:
    """Threads that do nothing until the test is over."""
    is_over, threads = threading.Event(), []

    def start(name: str) -> threading.Thread:
        threads.append(threading.Thread(target=is_over.wait, name=name))
        threads[-1].start()
        return threads[-1]

    yield start
    is_over.set()
    for thread in threads:
        thread.join()
