import os
from pathlib import Path
from typing import Any

import pytest

from concur.errors import MachineError, UsageError
from concur.interpreters.describe import Interpreter
from concur.labs.checking import Result, check
from concur.labs.lab import Lab

TWO = """
[[checks]]
id = "halves"
title = "halve(4) is 2"
"""


@pytest.fixture
def two(make_lab: Any) -> Lab:
    """A lab of two checks, of which the learner has done one."""
    more = "\ndef check_halves(work):\n    work.halve(4)\n"
    lab: Lab = make_lab()
    made: Lab = make_lab(options=TWO, checks_py=(lab.folder / "checks.py").read_text() + more)
    return made


def test_results_come_in_the_order_of_the_checks_and_one_by_one(two: Lab, work: Path) -> None:
    heard: list[Result] = []
    results = check(two, work, on_result=heard.append)
    assert [(result.id, result.verdict) for result in results] == [("doubles", "passed"), ("halves", "failed")]
    assert heard == results
    assert results[0].seen == "42, and others"
    assert (results[1].asked, results[1].seen) == ("a `halve` in work.py", "work.py has no `halve`")
    assert all(result.took_ns > 0 for result in results)


def test_some_checks_may_be_run_alone(two: Lab, work: Path) -> None:
    assert [result.id for result in check(two, work, only=["halves"])] == ["halves"]
    with pytest.raises(UsageError, match=r"unknown check 'halve'. Did you mean halves"):
        check(two, work, only=["halve"])


def test_a_file_that_is_not_there_is_said(lab: Lab, tmp_path: Path) -> None:
    with pytest.raises(MachineError, match=r"work.py cannot be read: No such file"):
        check(lab, tmp_path / "work.py")


def test_a_check_runs_where_only_a_copy_is(check_code: Any, work: Path) -> None:
    code = f"""
        import os
        def double(number):
            assert os.getcwd() == os.path.dirname(__file__) != {str(work.parent)!r}
            assert os.listdir() == ["work.py"]
            assert os.listdir(os.environ["HOME"]) == os.listdir(os.environ["TMPDIR"]) == []
            open("new", "w").close()
            os.remove("new")
            return 2 * number
    """
    assert check_code(code).verdict == "passed"
    assert [path.name for path in work.parent.iterdir()] == ["work.py"]


def test_processes_that_are_spawned_know_work(check_code: Any) -> None:
    code = """
        import multiprocessing
        def twice(number):
            return number + number
        def double(number):
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                return pool.apply(twice, (number,))
    """
    result = check_code(code)
    assert result.verdict == "passed", result


def test_what_is_saved_meanwhile_stays(lab: Lab, work: Path) -> None:
    def save(_: Result) -> None:
        work.write_text("newer")

    check(lab, work, on_result=save)
    assert work.read_text() == "newer"


def test_nothing_is_written_into_the_lab(lab: Lab, work: Path) -> None:
    before = sorted(lab.folder.rglob("*"))
    check(lab, work)
    assert sorted(lab.folder.rglob("*")) == before


def test_surroundings_that_mislead_are_left_out(check_code: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("PYTHONSTARTUP", "/x"), ("PYTHONHOME", ""), ("PYTHONDEVMODE", "1"), ("PWD", "/x")):
        monkeypatch.setenv(name, value)
    code = """
        import os, sys
        def double(number):
            assert not sys.flags.dev_mode and "PWD" not in os.environ
            return 2 * number
    """
    assert check_code(code).verdict == "passed"


def test_another_interpreter_may_be_asked(lab: Lab, work: Path, newest: Interpreter) -> None:
    version = ".".join(newest.version.split(".")[:2])
    work.write_text(f"import sys\nassert '%d.%d' % sys.version_info[:2] == {version!r}\n{work.read_text()}")
    [result] = check(lab, work, interpreter=newest)
    assert result.verdict == "passed", result


def test_no_descriptor_is_left_open(lab: Lab, work: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    check(lab, work)
    assert len(os.listdir("/proc/self/fd")) == before
