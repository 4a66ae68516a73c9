from collections.abc import Callable
from typing import Any

from concur.bench.results import Cell, CostModel, Prediction, Run
from concur.report.predictions import parts, predicted, predictions

Make = dict[str, Callable[..., Any]]


def predicted_cell(make: Make, model: str = "callbacks", total_ns: float = 5800.0, **changed: Any) -> Cell:
    told = Prediction(total_ns=total_ns, parts_ns={"interpreter": 1200.0, "sendto": total_ns - 1200.0})
    one: Cell = make["cell"](model, **({"cpu_ns": 6000.0, "predicted": told} | changed))
    return one


def run_of(make: Make, *cells: Cell, **changed: Any) -> Run:
    figures: dict[str, Any] = {"costs_ns": {"trap": 100.0}, "cells": len(cells), "r_squared": 0.93,
                               "kernel_r_squared": 0.81, "worst": "threads 3.11 small", "worst_ratio": 0.7}  # fmt: skip
    run: Run = make["run"](list(cells), cost_model=CostModel(**(figures | changed)))
    return run


def test_a_column_shows_the_prediction_and_marks_what_does_not_fit(make: Make) -> None:
    assert predicted(predicted_cell(make)) == "5.80"
    assert predicted(predicted_cell(make, total_ns=3000.0)) == "3.00 !"
    assert predicted(make["cell"]()) == ""


def test_a_prediction_is_told_by_its_largest_parts(make: Make) -> None:
    assert parts(predicted_cell(make)) == "sendto 4.60 µs, interpreter 1.20 µs"
    assert parts(make["cell"]()) == ""


def test_the_fit_is_told_with_what_the_measured_part_hides(make: Make) -> None:
    (sentence,) = predictions(run_of(make, *(predicted_cell(make, f"m{n}") for n in range(3))))
    assert sentence == (
        "CPU a request as predicted (system calls × what each costs here, switches, page faults, and the user time as "
        "measured) is within 0.75 to 1.33 of the measured in 3 of 3 cells; R² is 0.93 over the models, and 0.81 of the "
        "kernel's part alone, into which nothing measured of the cell's CPU goes. It fits threads 3.11 small least: "
        "0.70× what was measured."
    )


def test_a_fit_no_better_than_the_mean_is_said_to_be_none(make: Make) -> None:
    (sentence,) = predictions(run_of(make, predicted_cell(make), kernel_r_squared=-0.5))
    assert "-0.50 of the kernel's part alone" in sentence
    assert "no better than to call all models equal" in sentence


def test_of_few_cells_there_is_no_r_squared_to_tell(make: Make) -> None:
    (sentence,) = predictions(run_of(make, predicted_cell(make), r_squared=None, kernel_r_squared=None))
    assert "1 of 1 cell." in sentence
    assert "R²" not in sentence


def test_a_failure_is_told_with_what_the_model_does_not_know(make: Make) -> None:
    one = predicted_cell(make, "threads", 3000.0, switches=(1.0, 0.3))
    told = list(predictions(run_of(make, one)))
    assert told[1] == (
        "The prediction fails for threads: 3.00 µs a request (sendto 1.80 µs, interpreter 1.20 µs), 6.00 µs measured, "
        "0.50×. Not in it: what a thread finds cold in the caches after a switch, and locks that several want at once."
    )


def test_each_kind_of_failure_has_its_own_likely_reason(make: Make) -> None:
    def reason(total_ns: float, switched: float = 0.0, without: tuple[str, ...] = ()) -> str:
        told = Prediction(total_ns=total_ns, parts_ns={"interpreter": total_ns}, without=list(without))
        one = predicted_cell(make, predicted=told, switches=(switched, 0.0))
        return list(predictions(run_of(make, one)))[1].partition("×. ")[2]

    reasons = [reason(3000.0), reason(3000.0, without=("other",)), reason(3000.0, 1.0), reason(9000.0),
               reason(9000.0, 1.0)]  # fmt: skip
    assert len(set(reasons)) == 5
    assert reasons[1] == "Not in it, or as a bare trap: other."


def test_many_failures_are_told_worst_first_and_then_by_name(make: Make) -> None:
    some = [predicted_cell(make, f"m{n}", 1300.0 + 100.0 * n) for n in range(8)]
    told = list(predictions(run_of(make, *some)))
    assert len(told) == 8
    assert told[1].startswith("The prediction fails for m0")
    assert told[-1] == "Likewise beyond 0.75 to 1.33 of what was measured: m6, m7."


def test_calls_without_a_cost_are_named_once(make: Make) -> None:
    told = Prediction(total_ns=6000.0, parts_ns={"interpreter": 6000.0}, without=["other", "io_uring_enter"])
    some = [predicted_cell(make, name, predicted=told) for name in ("one", "two")]
    assert list(predictions(run_of(make, *some)))[-1] == (
        "Counted without a cost of their own, as a bare system call or not at all: io_uring_enter, other."
    )


def test_a_run_without_predictions_says_nothing(make: Make) -> None:
    assert list(predictions(make["run"]([make["cell"]()]))) == []
    assert list(predictions(run_of(make, make["cell"]()))) == []
