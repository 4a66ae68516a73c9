import os
import subprocess
import sys
from pathlib import Path

import pytest

from concur.interpreters.describe import Interpreter
from concur.interpreters.find import find, one_of_each
from concur.interpreters.tree import tier0_tree
from concur.labs.gates.audited import EVENTS

PROGRAM = """
import os, sys
from concur.labs.gates.audited import EVENTS, tell_of_all
tell_of_all()
heard = []
sys.addaudithook(lambda event, words: heard.append(event))
for name in EVENTS:
    open("x", "w").close()
    os.mkdir("d")
    heard.clear()
    words = {"kill": (os.getpid(), 0), "killpg": (os.getpgid(0), 0), "rmdir": ("d",), "truncate": ("x", 0)}
    words |= dict.fromkeys(("rename", "replace"), ("x", "y"))
    getattr(os, name)(*words.get(name, ("x",)))
    assert heard.count(EVENTS[name]) == 1, (name, heard)
    for path in ("x", "y"):
        if os.path.exists(path):
            os.remove(path)
    if os.path.exists("d"):
        os.rmdir("d")
print("all told")
"""


@pytest.fixture(params=[one.short for one in one_of_each(find())])
def interpreter(request: pytest.FixtureRequest) -> Interpreter:
    return next(one for one in one_of_each(find()) if one.short == request.param)


def test_each_call_is_told_of_once_on_every_interpreter(interpreter: Interpreter, tmp_path: Path) -> None:
    env = os.environ | interpreter.env | {"PYTHONPATH": str(tier0_tree())}
    command = [interpreter.python, "-P", "-c", PROGRAM]
    shown = subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True)
    assert (shown.stdout, shown.stderr) == ("all told\n", "")


def test_the_calls_are_there() -> None:
    assert all(hasattr(os, name) for name in EVENTS)
    assert sys.implementation.name != "cpython" or os.kill.__module__ == "posix"
