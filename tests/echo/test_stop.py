"""The request to stop: it is heard once, however it comes, and a second signal is another matter."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from concur.echo.stop import Stop

PROGRAM = """import os, signal, time
from concur.echo.stop import Stop
stop = Stop(GRACE)
stop.on_abort(lambda: print("aborted", flush=True))
stop.on_grace_over(lambda: print("forced", flush=True))
stop.handle_signals()
BODY
"""


@pytest.fixture
def stop() -> Iterator[Stop]:
    made = Stop()
    yield made
    made.close()


def program(body: str, grace_s: float = 3600) -> "subprocess.CompletedProcess[str]":
    words = [sys.executable, "-c", PROGRAM.replace("GRACE", str(grace_s)).replace("BODY", body)]
    return subprocess.run(words, capture_output=True, text=True, timeout=15, check=False)


def test_a_stop_is_readable_once_requested_and_stays_so(stop: Stop) -> None:
    calls: list[str] = []
    stop.on_request(lambda: calls.append("first"))
    stop.on_request(lambda: calls.append("second"))
    assert not stop.wait(0)
    stop.request()
    stop.request()
    assert stop.wait(0)
    assert stop.wait(10)
    assert calls == ["first", "second"]


def test_a_signal_requests_the_stop_and_closing_gives_the_signals_back(stop: Stop) -> None:
    other = Stop()
    other.handle_signals()
    os.kill(os.getpid(), signal.SIGTERM)
    assert other.wait(10)
    assert other.is_requested
    other.close()
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_who_asks_to_be_called_after_the_request_is_called_at_once(stop: Stop) -> None:
    calls: list[str] = []
    stop.request()
    stop.on_request(lambda: calls.append("late"))
    assert calls == ["late"]


def test_a_request_that_came_before_the_signal_does_not_make_it_the_second() -> None:
    """A loop in another thread may hear of a signal, and ask to stop, before the signal's handler runs."""
    done = program("stop.request(); os.kill(os.getpid(), signal.SIGTERM); print(stop.is_requested)")
    assert (done.returncode, done.stdout) == (0, "True\n")


def test_a_second_signal_aborts() -> None:
    done = program("os.kill(os.getpid(), signal.SIGTERM); os.kill(os.getpid(), signal.SIGTERM); time.sleep(10)")
    assert (done.returncode, done.stdout) == (128 + signal.SIGTERM, "aborted\n")


def test_the_end_of_the_grace_period_is_told_again_and_again() -> None:
    """One signal may find its process just before a blocking call, and go unheard."""
    body = """told = []
stop.on_grace_over(lambda: told.append(1))
os.kill(os.getpid(), signal.SIGTERM)
while len(told) < 3:
    time.sleep(0.01)
stop.close()"""
    done = program(body, grace_s=0)
    assert (done.returncode, done.stdout) == (0, "forced\n" * 3)


def test_a_worker_has_a_pipe_of_its_own_and_never_aborts() -> None:
    body = """before = stop.fileno()
pid = os.fork()
if pid == 0:
    stop.renew_in_worker()
    for _ in range(3):
        os.kill(os.getpid(), signal.SIGTERM)
    os._exit(0 if stop.wait(0) and stop.fileno() == before else 1)
print(os.waitpid(pid, 0)[1], stop.wait(0.1), stop.is_requested)"""
    done = program(body)
    assert (done.returncode, done.stdout, done.stderr) == (0, "0 False False\n", "")
