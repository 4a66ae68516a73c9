"""`concur labs lint` for authors: a row for each lab, and what is wrong with it."""

import json
import re
from collections.abc import Callable

import psutil
import pytest

from concur.labs.endings import Result
from concur.labs.lab import Lab
from concur.labs.linting import Linted, LintRow
from concur.labs.prose import Problem
from tests.cli.lab_verbs.builders import FAILED, PASSED, Labs


@pytest.fixture
def linted(monkeypatch: pytest.MonkeyPatch) -> list[Linted]:
    """What lint comes to, each time."""
    found: list[Linted] = []

    def lint_rows(lab: Lab, _: object, on_row: Callable[[LintRow], None]) -> Linted:
        one = found[0] if len(found) == 1 else found.pop(0)
        for each in one.rows:
            on_row(each)
        return one

    monkeypatch.setattr("concur.labs.linting.lint_rows", lint_rows)
    return found


def row(file: str, results: list[Result], gate: str = "", problem: str = "") -> LintRow:
    return LintRow("01-first-one", file, "this Python", "passes", gate, results, problem)


KEPT = [row("start.py", [FAILED]), row("solution.py", PASSED), row("wrong/serial.py", [FAILED], "together")]


def test_lint_is_a_row_for_each_lab(labs: Labs, linted: list[Linted]) -> None:
    linted.append(Linted(KEPT, []))
    status, out, _ = labs("lint", "1")
    assert re.search(r"01-first-one +this one +fails +passes +1 of 4 fail +0", out)
    assert (status, "All promises are kept." in out) == (0, True)
    out = labs("lint", "1", "--verbose")[1]
    assert re.search(r"1 +this one +solution.py +passes +kept +answers passed", out)


def test_what_is_wrong_with_a_lab_is_said_and_is_status_1(labs: Labs, linted: list[Linted]) -> None:
    linted.append(Linted(KEPT, [Problem("notes.md", "is empty")]))
    status, out, _ = labs("lint", "1")
    assert (status, "✗ lab 1, notes.md: is empty\n1 problem" in out) == (1, True)


def test_a_verdict_that_changes_from_time_to_time_is_a_problem(labs: Labs, linted: list[Linted]) -> None:
    linted += [Linted(KEPT, []), Linted([row("start.py", PASSED), *KEPT[1:]], [])]
    status, out, _ = labs("lint", "1", "--times", "3", "--busy", "1")
    assert status == 1
    assert "not the same each time: together failed; then answers passed, together passed (2 of 3 times)" in " ".join(
        out.split()
    )
    assert not psutil.Process().children()


def test_lint_as_json_has_the_files_and_the_problems(labs: Labs, linted: list[Linted]) -> None:
    linted.append(Linted(KEPT, [Problem("notes.md", "is empty")]))
    (one,) = json.loads(labs("lint", "1", "--json")[1])
    assert one.keys() == {"lab", "slug", "interpreter", "times", "problems", "files"}
    assert one["problems"] == [{"where": "notes.md", "what": "is empty"}]
    assert one["files"][1]["results"][0]["verdict"] == "passed"
