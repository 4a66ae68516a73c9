"""`concur labs predict`, `run` and `log`: a prediction comes first, stands, and is seen beside the counters."""

from pathlib import Path
from typing import Any

from concur.labs.evidence import Measured
from tests.cli.lab_verbs.builders import PASSED, PREDICTED, RUN, Labs, begun


def test_a_prediction_is_asked_for_before_the_program_is_run(labs: Labs) -> None:
    begun(labs)
    status, out, err = labs("run")
    assert (status, out) == (2, "")
    assert "nobody can be asked: this is no terminal" in err
    assert "concur labs predict 1 --answer together=100" in err


def test_a_prediction_stands_once_it_is_measured(labs: Labs) -> None:
    begun(labs, PREDICTED, ("predict", "--answer", "together=150"), RUN)
    status, _, err = labs("predict", "--answer", "together=200")
    assert status == 2
    assert "the prediction together stands: it has been measured since" in err


def test_the_counters_stand_beside_the_predictions_with_the_reason_and_a_chart(labs: Labs, place: Path) -> None:
    begun(labs, PREDICTED)
    status, out, _ = labs("run")
    assert status == 0
    assert "[0, 1, 4, 9, 16, 25, 36, 49, 64, 81]" in out  # what the program printed
    assert "predicted  100 ms" in out
    assert "measured  201 ms" in out
    assert "2.01 times too low" in out
    assert "so the waits add up" in " ".join(out.split())
    assert "together ms  ████ 20.5 ms" in out
    pictures = {path.suffix for path in (place / "concur-labs" / "01-first-one").glob("evidence.*")}
    assert pictures == {".svg", ".png"}


def test_evidence_that_fails_is_said_and_the_figures_of_before_stay(labs: Labs, outcome: dict[str, Any]) -> None:
    begun(labs, PREDICTED, RUN)
    outcome["measured"] = Measured(error="your code raised ValueError")
    status, out, _ = labs(*RUN)
    assert status == 1
    assert "The evidence could not be measured: your code raised ValueError" in out
    assert "measured  201 ms" in out


def test_the_log_has_each_prediction_with_its_error_and_the_explanation(labs: Labs, outcome: dict[str, Any]) -> None:
    outcome["results"] = PASSED
    begun(labs, PREDICTED, RUN, ("check",))
    begun(labs, ("explain", "--choice", "a", "--sentence", "Loops are slow in Python."))
    out = labs("log")[1]
    assert "predicted 100 ms, measured 201 ms: 2.01 times too low" in out
    assert "«Loops are slow in Python.»" in out
    assert "0 of 1 prediction close or right." in out
