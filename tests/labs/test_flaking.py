import os
from typing import Any

import pytest

from concur.labs import tree
from concur.labs.flaking import busy, flake
from concur.labs.lab import Lab

pytestmark = pytest.mark.timeout(60)  # each run is five checks, on a machine kept busy

FLAKY = """
from pathlib import Path
from concur.labs.gates import require
def check_doubles(work):
    seen = Path(__file__).with_name("seen")
    seen.touch()
    count = len(seen.read_text())
    seen.write_text("x" * (count + 1))
    require(count < 3, "luck", "none")
"""


def test_what_says_the_same_every_time_is_steady(lab: Lab) -> None:
    runs: list[int] = []
    found = flake(lab, runs=2, burners=1, on_run=runs.append)
    assert all(each.is_steady for each in found)
    assert [(each.file, each.check, each.verdicts) for each in found][:2] == [
        ("start.py", "doubles", {"error": 2}),
        ("solution.py", "doubles", {"passed": 2}),
    ]
    assert (len(found), runs) == (5, [1, 2])


def test_what_does_not_is_named_with_its_counts(make_lab: Any) -> None:
    found = {each.file: each for each in flake(make_lab(checks_py=FLAKY), runs=2, burners=0)}
    assert found["solution.py"].verdicts == {"failed": 1, "passed": 1}
    assert not found["solution.py"].is_steady


def test_burners_end_with_what_they_burn_for() -> None:
    before = set(tree.children(os.getpid()))
    with busy(3):
        assert len(set(tree.children(os.getpid())) - before) == 3
    assert set(tree.children(os.getpid())) <= before
