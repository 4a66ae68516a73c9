import sys
from typing import Any

import pytest

from concur.interpreters.describe import Interpreter
from concur.labs.lab import Lab
from concur.labs.linting import Linted, interpreters_for, kind_of, lint_rows, main


def problems(linted: Linted) -> list[tuple[str, str]]:
    return [(where.partition(" on ")[0], what) for where, what in linted.problems]


def test_a_lab_that_keeps_its_promises_has_a_row_for_each_file(lab: Lab) -> None:
    heard: list[str] = []
    linted = lint_rows(lab, on_row=lambda row: heard.append(row.file))
    assert linted.problems == []
    assert [(row.file, row.promise, row.verdicts) for row in linted.rows] == [
        ("start.py", "fails", "doubles error"),
        ("solution.py", "passes", "doubles passed"),
        ("wrong/hard_coded.py", "fails doubles", "doubles failed"),
        ("wrong/patched.py", "fails doubles", "doubles tampered"),
        ("wrong/squared.py", "fails doubles", "doubles failed"),
    ]
    assert heard == [row.file for row in linted.rows]


def test_each_broken_promise_is_named(make_lab: Any) -> None:
    right, wrong = "def double(n):\n    return n + n\n", "def double(n):\n    return 1 / 0\n"
    linted = lint_rows(make_lab(**{"start.py": right, "solution.py": wrong, "wrong/squared.py": right}))
    assert problems(linted)[0] == ("start.py", "it passes: there is nothing to do")
    assert "doubles error: your code raised ZeroDivisionError" in problems(linted)[1][1]
    assert problems(linted)[2:] == [
        ("wrong/squared.py", "doubles says passed, not failed or tampered or hung or killed")
    ]


def test_a_slip_in_a_wrong_answer_does_not_count_as_caught(make_lab: Any) -> None:
    linted = lint_rows(make_lab(**{"wrong/squared.py": "def double(n):\n    return m * n\n"}))
    assert [where for where, _ in problems(linted)] == ["wrong/squared.py"]
    assert 'Say verdict = "error" if that is meant' in linted.problems[0].what


def test_start_is_to_load(make_lab: Any) -> None:
    assert "it does not load" in lint_rows(make_lab(**{"start.py": "def double(\n"})).problems[0].what


def test_a_broken_checker_is_a_problem_everywhere(make_lab: Any) -> None:
    linted = lint_rows(make_lab(checks_py="def check_doubles(work):\n    nonsense\n"))
    assert all("broken" in what for _, what in problems(linted))
    assert [row.file for row in linted.rows if not row.problem] == ["wrong/patched.py"]  # seen before it was checked


def test_what_is_skipped_is_no_problem(make_lab: Any) -> None:
    assert lint_rows(make_lab(needs=["no-gil" if _has_gil() else "gil"])).problems == []


def _has_gil() -> bool:
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())


@pytest.mark.parametrize(
    ("implementation", "free_threaded", "kind"),
    [("CPython", False, "cpython"), ("CPython", True, "free-threaded"), ("PyPy", False, "pypy")],
)
def test_kinds_of_interpreters(implementation: str, free_threaded: bool, kind: str) -> None:
    one = Interpreter(short="x", executable="/x", implementation=implementation, free_threaded=free_threaded)
    assert kind_of(one) == kind


def test_a_lab_must_hold_on_this_interpreter_too(lab: Lab) -> None:
    assert {kind_of(one) for one in interpreters_for(lab)} <= set(lab.runs_on)


def test_an_author_sees_what_each_check_says(lab: Lab, capsys: pytest.CaptureFixture[str]) -> None:
    main([str(lab.folder), "--file", "wrong/squared.py"])
    shown = capsys.readouterr().out
    assert "== wrong/squared.py (is to fail doubles)\nfailed    doubles" in shown
    assert "seen:    it is 441" in shown
