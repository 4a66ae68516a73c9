"""Workers that begin together, and what becomes of one that fails."""

import os

import pytest

from concur.gil.inside import crew
from concur.gil.inside.crew import Gate


def tell(gate: Gate, number: int) -> dict[str, int]:
    gate.wait()
    return {"number": number, "pid": os.getpid()}


def fail_before(gate: Gate) -> dict[str, int]:
    raise ValueError("it is broken")


def fail_after(gate: Gate) -> dict[str, int]:
    gate.wait()
    raise ValueError("it is broken")


def test_each_thread_answers_in_its_place():
    found = crew.run("threads", [(tell, (number,)) for number in range(4)])
    assert found == [{"number": number, "pid": os.getpid()} for number in range(4)]


def test_each_process_answers_in_its_place():
    found = crew.run("processes", [(tell, (number,)) for number in range(3)])
    assert [each["number"] for each in found] == [0, 1, 2]
    assert len({each["pid"] for each in found} | {os.getpid()}) == 4


@pytest.mark.parametrize("work", [fail_before, fail_after])
def test_a_thread_that_fails_is_raised_after_all_have_ended(work):
    with pytest.raises(ValueError, match="it is broken"):
        crew.run("threads", [(tell, (0,)), (work, ())])


@pytest.mark.parametrize("work", [fail_before, fail_after])
def test_a_process_that_fails_is_told(work, capfd):
    with pytest.raises(RuntimeError, match="died"):
        crew.run("processes", [(tell, (0,)), (work, ())])


def test_no_process_is_left_where_one_fails(capfd):
    with pytest.raises(RuntimeError, match="1 of 2 processes died"):
        crew.run("processes", [(fail_after, ()), (tell, (0,))])
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_no_descriptor_is_left():
    before = set(os.listdir("/proc/self/fd"))
    for kind in ("threads", "processes"):
        crew.run(kind, [(tell, (0,)), (tell, (1,))])
    assert set(os.listdir("/proc/self/fd")) == before
