"""Which trials count, and which cells may be compared."""

from typing import Any

import pytest

from concur.bench.results import Cell, Trial
from concur.bench.usable import measured, not_comparable


def cell(**changes: Any) -> Cell:
    named = {"model": "threads", "topology": "1", "interpreter": "3.11", "scenario": "small", "label": "threads"}
    return Cell(**(named | {"verdict": "ok"} | changes))


def test_a_trial_without_a_load_counts_nowhere():
    assert measured(cell(trials=[Trial(round=1, started_at="", verdict="failed")])) == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, ""),
        ({"connections": 1}, "threads ran with 1 at a time, as it serves no more connections"),
        ({"topology": "2 processes"}, "its topology is 2 processes, the reference's 1"),
        ({"verdict": "engine-bound"}, "threads is engine-bound"),
        ({"verdict": "bimodal"}, ""),
    ],
)
def test_unlike_things_are_not_compared_and_the_reason_is_said(changes, reason):
    assert not_comparable(cell(**changes), cell()) == reason
