"""CPU-bound work beside a service: that it computes, is known when it dies, and leaves nothing behind."""

import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from concur import accounting, beside
from concur.bench.placement import place
from concur.bench.plan import Target
from concur.bench.scenarios import Scenario
from concur.bench.target import start
from concur.beside import Beside
from concur.echo import dose
from concur.errors import TargetError, UsageError
from concur.interpreters.describe import Interpreter
from concur.interpreters.find import current

if TYPE_CHECKING:
    from tests.conftest import StartTarget

NOTHING = {"threads": 0, "connections": 0, "descriptors": 0, "children": 0}
GONE_S = 5
WORKING_S, WORKED_S = 15, 0.03
DYING = """
from concur.echo import dose, threads
def compute(units):
    raise ArithmeticError("nothing adds up")
dose.KINDS["python"] = compute
serve = threads.serve
"""

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")


def await_gone(pid: int) -> None:
    """Until a process is no more, but for what its parent has not buried."""
    deadline = time.monotonic() + GONE_S
    while (
        Path(f"/proc/{pid}/stat").exists() and Path(f"/proc/{pid}/stat").read_text().rsplit(")")[-1].split()[0] != "Z"
    ):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def cpu_s(work: Beside) -> list[float]:
    """What each worker has computed for, as the kernel counts it: in hundredths of a second."""
    facts = work.facts()
    by_thread = {each.id: each.user_time for each in psutil.Process().threads()}
    of_threads = [by_thread.get(thread, 0.0) for thread in facts["threads"]]
    return of_threads + [psutil.Process(pid).cpu_times().user for pid in facts["pids"]]


def await_working(work: Beside) -> None:
    """Until each worker computes, which it does in pieces of half a millisecond, and is beyond its birth."""
    deadline = time.monotonic() + WORKING_S
    while min(cpu_s(work)) < WORKED_S:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def await_ended(threads: list[int]) -> None:
    """Until these threads of this process are no more."""
    deadline = time.monotonic() + GONE_S
    while {thread.native_id for thread in threading.enumerate()} & set(threads):
        assert time.monotonic() < deadline
        time.sleep(0.01)


# Computing


@pytest.mark.parametrize("kind", ["threads", "processes"])
@pytest.mark.parametrize("task", ["python", "held", "released"])
def test_each_worker_computes_until_the_end(kind: str, task: str) -> None:
    work = Beside(2, kind, task)
    await_working(work)
    told = work.end()
    assert told["died"] == []
    assert len(told["units"]) == 2
    assert min(told["units"]) > 0
    assert told["seconds"] > 0


@on_linux
def test_threads_are_known_by_the_kernels_numbers() -> None:
    work = Beside(2, "threads", "python")
    facts = work.facts()
    there = {int(name) for name in os.listdir("/proc/self/task")}
    work.end()
    assert (facts["count"], facts["kind"], facts["task"], facts["pids"]) == (2, "threads", "python", [])
    assert len(set(facts["threads"])) == 2
    assert set(facts["threads"]) <= there


def test_processes_are_members_of_the_servers_group_and_gone_afterwards() -> None:
    work = Beside(2, "processes", "python")
    facts = work.facts()
    groups = {os.getpgid(pid) for pid in facts["pids"]}
    work.end()
    assert groups == {os.getpgid(0)}
    assert facts["threads"] == []
    for pid in facts["pids"]:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@on_linux
def test_a_process_keeps_no_socket_of_its_parents() -> None:
    with socket.socket() as listener:
        work = Beside(1, "processes", "python")
        await_working(work)
        kept = os.listdir(f"/proc/{work.facts()['pids'][0]}/fd")
        work.end()
        assert str(listener.fileno()) not in kept
    assert len(kept) == 3  # two pipes' ends, and standard error


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_nothing_is_left_open(kind: str) -> None:
    import concur.echo.forked  # noqa: F401 # ctypes opens a descriptor for good

    before, children = accounting.descriptors(), accounting.count_children()
    Beside(2, kind, "python").end()
    assert accounting.descriptors() == before
    assert accounting.count_children() == children


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="has subinterpreters")
def test_interpreters_before_3_14_are_refused_with_the_reason() -> None:
    with pytest.raises(UsageError, match="subinterpreters need Python 3.14"):
        Beside(1, "interpreters", "python")


# Dying


def compute_nothing(units: int) -> int:
    raise ArithmeticError("nothing adds up\nat all")


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_a_worker_that_raises_is_told_in_one_line(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(dose.KINDS, "python", compute_nothing)
    work = Beside(2, kind, "python")
    for pid in work.facts()["pids"]:
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    await_ended(work.facts()["threads"])
    told = work.end()
    assert told["died"] == [f"{kind}, worker {n} of 2: ArithmeticError: nothing adds up" for n in (1, 2)]
    assert told["units"] == [0, 0]


def test_a_process_that_is_killed_is_told_and_the_other_is_not() -> None:
    work = Beside(2, "processes", "python")
    await_working(work)
    victim = work.facts()["pids"][0]
    os.kill(victim, signal.SIGKILL)
    os.waitid(os.P_PID, victim, os.WEXITED | os.WNOWAIT)
    told = work.end()
    assert told["died"] == ["processes, worker 1 of 2: it was killed by SIGKILL"]
    assert told["units"][1] > 0


def test_a_process_that_hangs_is_killed_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "END_S", 0.2)
    work = Beside(1, "processes", "python")
    os.kill(work.facts()["pids"][0], signal.SIGSTOP)
    assert work.end()["died"] == ["processes, worker 1 of 1: it did not end within 0.2 s"]


# Beside a server


@pytest.mark.parametrize("work", ["2:threads", "2:processes"])
def test_a_server_with_work_beside_it_leaves_nothing_behind(start_target: "StartTarget", work: str) -> None:
    target = start_target("threads", "--beside", work)
    with target.connect() as connection:
        connection.sendall(b"heard")
        assert connection.recv(5) == b"heard"
    words = target.end()
    assert words["left"] == NOTHING
    assert words["beside"]["died"] == []
    assert min(words["beside"]["units"]) > 0
    assert len(target.ready["beside"]["threads"] + target.ready["beside"]["pids"]) == 2


def test_interpreters_work_beside_a_server(start_target: "StartTarget", newest: Interpreter) -> None:
    target = start_target("threads", "--beside", "2:interpreters", python=(newest.python, "-P"))
    words = target.end()
    assert words["left"] == NOTHING
    assert words["beside"]["died"] == []
    assert len(target.ready["beside"]["threads"]) == 2


@on_linux
def test_processes_die_with_a_server_that_is_killed(start_target: "StartTarget") -> None:
    target = start_target("threads", "--beside", "2:processes")
    target.process.kill()
    target.process.wait()
    for pid in target.ready["beside"]["pids"]:
        await_gone(pid)


def test_a_cpu_thread_that_dies_fails_its_trial_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "dying.py").write_text(DYING)
    target = Target(kind="own", name=str(tmp_path / "dying.py"), interpreter=current())
    scenario = Scenario(name="x", shows="", beside="1 threads", placement="free")
    with start(target, scenario, place("free")) as running, pytest.raises(TargetError) as raised:
        running.stop()
    assert str(raised.value) == (
        "the CPU-bound work beside the target died: threads, worker 1 of 1: ArithmeticError: nothing adds up"
    )
