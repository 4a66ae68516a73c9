import os
from typing import Any

import pytest

from concur.labs import tree
from concur.labs.flaking import busy, with_flakes
from concur.labs.lab import Lab
from concur.labs.linting import lint_rows

pytestmark = pytest.mark.timeout(60)  # each lint is five checks, on a machine kept busy

FLAKY = """
from pathlib import Path
from concur.labs.gates import require
def check_doubles(work):
    seen = Path(__file__).with_name("seen")
    seen.touch()
    count = len(seen.read_text())
    seen.write_text("x" * (count + 1))
    require(count != 1, "luck", "none")
"""


def test_what_says_the_same_every_time_is_no_flake(lab: Lab) -> None:
    with busy(1):
        first, later = lint_rows(lab), lint_rows(lab)
    assert with_flakes(first, later).problems == later.problems


def test_what_does_not_is_named_with_both_verdicts(make_lab: Any) -> None:
    lab = make_lab(checks_py=FLAKY)
    first, later = lint_rows(lab), lint_rows(lab)
    told = [each.what for each in with_flakes(first, later).problems if each.what.startswith("not the same")]
    assert told
    assert all("doubles failed" in one and "doubles passed" in one for one in told)


def test_burners_end_with_what_they_burn_for() -> None:
    before = set(tree.children(os.getpid()))
    with busy(3):
        assert len(set(tree.children(os.getpid())) - before) == 3
    assert set(tree.children(os.getpid())) <= before
