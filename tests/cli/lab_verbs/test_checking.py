"""`concur labs check` and `verify`: what was asked, what happened, and whose fault it was."""

import json
from typing import Any

from concur.labs.endings import Result
from concur.labs.evidence import Measured
from tests.cli.lab_verbs.builders import BROKEN, FAILED, PASSED, PREDICTED, RUN, Labs, begun


def test_what_was_asked_stands_against_what_happened(labs: Labs) -> None:
    begun(labs, PREDICTED)
    status, out, _ = labs("check")
    assert status == 1
    assert "✗ They wait at the same time: failed\n     asked  1.0 s\n  happened  10.0 s\n" in out
    assert "   printed  \n            printed\n" in out
    assert "help  An `await` in a loop waits for one at a time" in out
    assert "1 of 2 gates pass, 1 of 3 points." in out


def test_a_broken_checker_is_told_apart_from_a_wrong_answer(labs: Labs, outcome: dict[str, Any]) -> None:
    outcome["results"] = [PASSED[0], BROKEN]
    begun(labs, PREDICTED)
    status, out, _ = labs("check")
    assert status == 2
    assert "the checker is broken, not your code" in out
    assert "Tell whoever wrote this lab" in out


def test_what_the_machine_lacks_is_skipped_with_credit_and_said(labs: Labs, outcome: dict[str, Any]) -> None:
    outcome["results"] = [PASSED[0], Result(id="together", verdict="skipped", seen="needs Linux")]
    begun(labs, PREDICTED)
    status, out, _ = labs("check")
    assert status == 0
    assert "because  needs Linux" in out
    assert "2 of 2 gates pass (1 skipped, with credit), 3 of 3 points." in out


def test_after_passing_it_is_said_why_these_gates(labs: Labs, outcome: dict[str, Any]) -> None:
    outcome["results"] = PASSED
    begun(labs, PREDICTED)
    assert "Why these gates" in labs("check")[1]


def test_what_could_not_be_measured_before_is_measured_after_passing(labs: Labs, outcome: dict[str, Any]) -> None:
    outcome["results"], outcome["measured"] = PASSED, Measured(values={"together_ms": 20.5})
    begun(labs, PREDICTED, RUN)
    assert "1 prediction could not be measured before: `concur labs run` tries" in labs("check")[1]


def test_a_lab_once_passed_stays_passed(labs: Labs, outcome: dict[str, Any]) -> None:
    outcome["results"] = PASSED
    begun(labs, PREDICTED, ("check",))
    outcome["results"] = [PASSED[0], FAILED]
    begun(labs, ("check",))
    assert json.loads(labs("list", "--json")[1])[0]["state"] == "passed"


def test_verify_checks_all_that_is_begun(labs: Labs) -> None:
    assert labs("verify")[0] == 2
    begun(labs, ("start", "2"))
    status, out, _ = labs("verify")
    assert status == 1
    assert "0 of 2 begun labs pass." in out
