import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from concur.bench.explain import costs
from concur.bench.placement import place
from concur.errors import MachineError

SOURCE = Path(costs.__file__).with_name("syscall_costs.c")
needs_linux = pytest.mark.skipif(sys.platform != "linux", reason="the costs are of Linux's system calls")


@pytest.fixture(scope="module")
def measured() -> dict[str, float]:
    return costs.measure([128, 1024, 102400, 1024], place("pinned"))


@needs_linux
@pytest.mark.long
@pytest.mark.timeout(90)
def test_every_kind_of_call_has_a_cost(measured: dict[str, float]) -> None:
    kinds = {"trap", "recvfrom", "recvfrom in vain", "sendto", "epoll_wait", "epoll_wait in vain", "epoll_ctl", "poll",
             "select", "futex", "switch", "sleep", "wake", "preemption", "page fault", "mmap", "munmap", "brk",
             "madvise", "mprotect", "accept4", "first exchange", "shutdown", "close", "close after shutdown", "clone",
             "clone3", "clock_nanosleep", "sched_yield", "getsockopt", "setsockopt", "ioctl", "fcntl",
             "wait4"}  # fmt: skip
    assert kinds <= set(measured)
    assert all(measured[kind] > 0 for kind in kinds - {"wake", "sleep"})  # of a busy machine, the last two may vanish


@needs_linux
@pytest.mark.long
@pytest.mark.timeout(90)
def test_more_work_costs_more(measured: dict[str, float]) -> None:
    """By factors that no noise reaches."""
    assert measured["sendto"] > measured["trap"]  # a reader's TCP work against none
    assert measured["clone"] > 10 * measured["trap"]
    assert measured["102400 bytes received"] > measured["1024 bytes received"]
    assert measured["102400 bytes sent"] > measured["1024 bytes sent"]


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "costs"
    command = ["cc", "-O1", "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-x", "c", str(SOURCE), "-o", str(path)]
    subprocess.run(command, check=True)
    return path


@needs_linux
def test_its_peer_ends_with_it(program: Path) -> None:
    """The peer holds the other end of the pipe: what reads it would wait for ever."""
    with subprocess.Popen([program, "-1", "-1", "1024"], stdout=subprocess.PIPE) as running:
        children = Path(f"/proc/{running.pid}/task/{running.pid}/children")
        while running.poll() is None and not children.read_text():
            time.sleep(0.001)
        running.kill()
        running.communicate()
    assert running.returncode == -signal.SIGKILL


@given(st.binary())
def test_whatever_it_answers_is_costs_or_said_not_to_be(output: bytes) -> None:
    found: dict[str, float] = {}
    with suppress(MachineError):
        found = costs.read(output)
    assert all(0 <= ns < float("inf") for ns in found.values())


@given(st.dictionaries(st.text(max_size=8), st.floats(0, 1e12)))
def test_costs_are_read_as_they_were_told(told: dict[str, float]) -> None:
    assert costs.read(msgspec.json.encode(told)) == told


def test_a_cost_below_nothing_is_refused() -> None:
    with pytest.raises(MachineError, match="gave no time for sendto"):
        costs.read(b'{"trap": 100.0, "sendto": -1.0}')


def test_without_a_compiler_it_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONCUR_CACHE", str(tmp_path))
    monkeypatch.setenv("CC", "no-such-compiler")
    monkeypatch.setattr(sys, "platform", "linux")
    with pytest.raises(MachineError, match=r"costs of system calls.*no-such-compiler.*name one in CC") as caught:
        costs.measure([1024], place("free"))
    assert "engine" not in str(caught.value)


def test_another_system_than_linux_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(MachineError, match="for Linux, and this is darwin"):
        costs.measure([1024], place("free"))


@needs_linux
def test_a_cpu_that_is_not_there_is_an_error_with_its_reason(program: Path) -> None:
    done = subprocess.run([program, "1000", "-1", "1024"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("sched_setaffinity: ")


@needs_linux
def test_a_peer_that_fails_ends_what_waits_for_it(program: Path) -> None:
    done = subprocess.run([program, "-1", "1000", "1024"], capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGTERM
    assert done.stderr.startswith("sched_setaffinity: ")


@needs_linux
@pytest.mark.parametrize("words", [[], ["0", "1"], ["0", "1", "0"], ["0", "1", "1k"]])
def test_without_a_payload_it_says_how_it_is_used(words: list[str], program: Path) -> None:
    done = subprocess.run([program, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("usage: ")


@pytest.mark.parametrize(
    ("does", "why"),
    [
        ("exit 3", "ended with status 3"),
        ("echo no room >&2; exit 1", "no room"),
        ("echo nothing", "answered b'nothing"),
    ],
)
def test_a_program_that_fails_is_told_with_its_last_words(
    does: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "program"
    script.write_text(f"#!/bin/sh\n{does}\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(costs, "compiled", lambda source, name, extra: script)
    with pytest.raises(MachineError, match=why):
        costs.measure([1024], place("free"))


def test_a_program_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "program"
    script.write_text("#!/bin/sh\nexec sleep 100\n")
    script.chmod(0o755)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(costs, "compiled", lambda source, name, extra: script)
    monkeypatch.setattr(costs, "PATIENCE_S", 0.2)
    with pytest.raises(MachineError, match="took more than"):
        costs.measure([1024], place("free"))
