from pathlib import Path
from typing import Any

import pytest

from concur.labs.evidence import measure


def evidence(body: str, more: str = "") -> str:
    return f"def measure(work):\n    {body}\n{more}"


def test_figures_come_back_with_what_was_printed(make_lab: Any, work: Path) -> None:
    body = 'print("measuring"); return {"ns": 1.5, "line": [[1, 2.0]], "how": "well", "doubled": work.double(3)}'
    measured = measure(make_lab(evidence_py=evidence(body)), work)
    assert measured.values == {"ns": 1.5, "line": [[1, 2.0]], "how": "well", "doubled": 6}
    assert (measured.output, measured.error) == ("measuring\n", "")


def test_an_explanation_may_be_keyed_to_the_figures(make_lab: Any, work: Path) -> None:
    more = "def explain(measured):\n    return 'a' if measured['ns'] > 1 else 'b'\n"
    assert measure(make_lab(evidence_py=evidence('return {"ns": 1.5}', more)), work).answer == "a"


def test_what_is_not_finite_is_left_out(make_lab: Any, work: Path) -> None:
    body = 'return {"a": float("inf"), "b": [[0, float("nan")]], "c": 1}'
    assert measure(make_lab(evidence_py=evidence(body)), work).values == {"c": 1}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("return 1 / 0", "ZeroDivisionError"),
        ("return None", "returned no figures"),
        ('return {"x": object()}', "not JSON serializable"),
        ("return work.missing()", "work.py has no `missing`"),
        ("import os; os._exit(1)", "with status 1"),
    ],
)
def test_what_goes_wrong_is_an_error_and_no_figures(make_lab: Any, work: Path, body: str, error: str) -> None:
    measured = measure(make_lab(evidence_py=evidence(body)), work)
    assert measured.values == {}
    assert error in measured.error


def test_a_lab_may_have_none(make_lab: Any, work: Path) -> None:
    lab = make_lab()
    (lab.folder / "evidence.py").unlink()
    assert measure(lab, work).error == "the lab has no evidence.py"
