"""Tiny courses of one lab, and learners' files to check in them."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from textwrap import dedent

import pytest

from concur.labs import tree
from concur.labs.checking import Result, check
from concur.labs.lab import Lab, load_lab

LAB = """
title = "Doubling"
summary = "A number, twice"
topics = ["numbers"]
needs = {needs}
runs_on = ["cpython"]
[minutes]
teach = 1
do = 2
[[predictions]]
id = "answer"
ask = "How much is 2 x 21?"
kind = "number"
measured = "answer"
why = "Since 21 + 21 is 42."
[[checks]]
id = "doubles"
title = "double(21) is 42"
points = 2
{options}
rationale = "It is called with a number drawn anew."
help = "What is a number plus itself?"
[[wrong]]
file = "hard_coded.py"
fails = "doubles"
idea = "the answer of the example"
cheat = "hard-coded answers"
[[wrong]]
file = "patched.py"
fails = "doubles"
idea = "a clock of one's own"
cheat = "patched clock"
[[wrong]]
file = "squared.py"
fails = "doubles"
idea = "times itself"
"""
CHECKS = """
from concur.labs.gates.verdict import Failed, Skipped, require

def check_doubles(work):
    for number in (21, 4):
        seen = work.double(number)
        require(seen == 2 * number, f"double({number}) is {2 * number}", f"it is {seen}")
    return "42, and others"
"""
SOLUTION = "def double(number):\n    return number + number\n"
FILES = {
    "start.py": "def double(number):\n    raise NotImplementedError  # TODO\n",
    "checks.py": CHECKS,
    "evidence.py": "def measure(work):\n    return {'answer': 42.0}\n",
    "solution.py": SOLUTION,
    "hints.md": "# Hints\n\n## Where\n\nThere.\n\n## Which\n\nThat.\n\n## Almost\n\nSo.\n",
    "notes.md": "It takes a minute.\n",
    "README.md": "# Doubling\n\n1. Predict.\n2. Mend `double`.\n",
    "wrong/hard_coded.py": "def double(number):\n    return 42\n",
    "wrong/patched.py": "import time\ntime.monotonic = lambda: 0.0\ndef double(number):\n    return 2 * number\n",
    "wrong/squared.py": "def double(number):\n    return number * number\n",
}
MakeLab = Callable[..., Lab]
CheckCode = Callable[..., Result]


@pytest.fixture
def make_lab(tmp_path: Path) -> MakeLab:
    """Makes a lab that keeps its promises; needs and options go into its lab.toml, files take the place of others."""

    def make(*, needs: Sequence[str] = (), options: str = "", **files: str) -> Lab:
        folder = tmp_path / "course" / "01-doubling"
        contents = FILES | {"lab.toml": LAB.format(needs=list(needs), options=options)}
        for name, content in (contents | {key.replace("_py", ".py"): value for key, value in files.items()}).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        return load_lab(folder)

    return make


@pytest.fixture
def lab(make_lab: MakeLab) -> Lab:
    return make_lab()


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A learner's file that passes."""
    path = tmp_path / "mine" / "01-doubling" / "work.py"
    path.parent.mkdir(parents=True)
    path.write_text(SOLUTION)
    return path


@pytest.fixture
def check_code(make_lab: MakeLab, work: Path) -> CheckCode:
    """The result of a learner's code; options are of the check, before comes before the checks' own code."""

    def result(code: str | bytes, options: str = "", checks: str = CHECKS, before: str = "") -> Result:
        work.write_bytes(code if isinstance(code, bytes) else dedent(code).encode())
        [result] = check(make_lab(options=options, checks_py=before + checks), work)
        return result

    return result


@pytest.fixture
def nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Whatever a check's code started has ended, and its scratch folder is gone."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    before = set(tree.below(os.getpid()))
    yield
    assert set(tree.below(os.getpid())) <= before
    assert list(scratch.iterdir()) == []
