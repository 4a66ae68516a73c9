"""Programs that run inside another interpreter: what they answer, and every way in which they don't."""

import json
import subprocess
import sys

import pytest
from msgspec import structs

from concur.errors import TargetError
from concur.gil import asking
from concur.interpreters.describe import Interpreter

HERE = Interpreter(short="here", executable=sys.executable, version="3.11.7")


@pytest.fixture
def program(tmp_path):
    """Makes an executable that does this instead of being a Python."""

    def make(text: str) -> Interpreter:
        path = tmp_path / "python"
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return structs.replace(HERE, executable=str(path))

    return make


def test_a_program_answers_with_what_it_observed():
    answer = asking.ask(HERE, "observe", {}, takes_s=0)
    assert answer["observed"]["executable"] == sys.executable


def test_options_reach_the_program_as_one_document(program):
    echoing = program('printf "%s" "$4"')
    assert asking.ask(echoing, "any", {"seconds": 0.5, "kind": "held"}, takes_s=0) == {"seconds": 0.5, "kind": "held"}


def test_an_interpreter_that_has_vanished_is_one_line(tmp_path):
    gone = structs.replace(HERE, executable=str(tmp_path / "python"))
    with pytest.raises(TargetError, match="here cannot be started: No such file"):
        asking.ask(gone, "observe", {}, takes_s=0)


def test_a_program_that_fails_is_told_by_its_last_line(program):
    with pytest.raises(TargetError, match="any on here failed: it is broken"):
        asking.ask(program("echo first >&2; echo it is broken >&2; exit 3"), "any", {}, takes_s=0)


def test_an_answer_that_is_none_is_shown(program):
    with pytest.raises(TargetError, match="printed what is no answer.*rubbish"):
        asking.ask(program("echo rubbish"), "any", {}, takes_s=0)


def test_a_program_that_hangs_is_killed_with_what_it_started(program, tmp_path, monkeypatch):
    monkeypatch.setattr(asking, "PATIENCE_S", 0.5)
    hanging = program(f"sleep 1000 & echo $! > {tmp_path}/child; wait")
    with pytest.raises(TargetError, match="did not end"):
        asking.ask(hanging, "any", {}, takes_s=0)
    child = (tmp_path / "child").read_text().strip()
    state = subprocess.run(["ps", "-o", "stat=", "-p", child], capture_output=True, text=True, check=False).stdout
    assert state.strip()[:1] in ("", "Z")  # what may follow speaks of its niceness


def test_a_gil_that_came_back_is_no_answer(program):
    free = structs.replace(program(f"echo '{json.dumps({'observed': {'gil': True}})}'"), free_threaded=True)
    with pytest.raises(TargetError, match="turned the GIL back on"):
        asking.ask(free, "any", {}, takes_s=0)
