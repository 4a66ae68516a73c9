from collections.abc import Callable
from typing import Any

from concur.report.phrases import listed, shares

Make = dict[str, Callable[..., Any]]


def test_cells_are_listed_by_model_with_where_they_ran(make: Make) -> None:
    places = [
        ("threads", "3.11"),
        ("threads", "3.13"),
        ("threads", "3.14"),
        ("callbacks", "3.14"),
        ("callbacks", "3.11"),
    ]
    cells = [make["cell"](label, label=label, interpreter=short) for label, short in places]
    assert listed(cells, make["run"](cells)) == "threads on all 3; callbacks on 3.14, 3.11"


def test_on_one_interpreter_only_models_are_listed(make: Make) -> None:
    cells = [make["cell"](label, label=label) for label in ("threads", "callbacks")]
    assert listed(cells, make["run"](cells)) == "threads, callbacks"


def test_shares_are_told_round_by_round_or_of_many_rounds_by_the_busiest(make: Make) -> None:
    cell = make["cell"](rounds=4)
    assert shares(cell) == []
    for trial, busiest in zip(cell.trials, (33, 40, 36, 60), strict=True):
        trial.end = {"shares": [busiest, 65 - busiest]}
    assert shares(cell) == ["its busiest worker had 51 % to 92 % of connections"]
    cell.trials = cell.trials[:2]
    assert shares(cell) == ["connections over workers 33/32, 40/25"]
