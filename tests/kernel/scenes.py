"""What scenes of tasklets are made of, and where they are played: here, and on PyPy by its own tasklets and by ours.

A scene is a function that plays with tasklets and asserts in what order things
happened. It uses the names of this file's first part and Stackless' own alone, so
that its text can be run by another interpreter.
"""

import inspect
import os
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from concur.interpreters.tree import tier0_tree
from concur.kernel.tasklets import channel, schedule, tasklet

# What every scene may use

Log = list[object]
Channel = channel


def count(log: Log, name: str, turns: int = 1) -> None:
    """Take so many turns."""
    for number in range(turns):
        if number:
            schedule()
        log.append(f"{name}{number}")


def receive(log: Log, meeting: Channel, name: str) -> None:
    """Receive once."""
    log.append(f"{name}?")
    try:
        log.append(f"{name}={meeting.receive()}")
    finally:
        log.append(f"{name}.")


def send(log: Log, meeting: Channel, value: object) -> None:
    """Send once."""
    log.append(f"{value}!")
    meeting.send(value)
    log.append(f"{value}.")


def fail(log: Log) -> None:
    """Fail, in a way that nobody foresees."""
    log.append("fails")
    raise ZeroDivisionError


def spawn(function: Callable[..., object], *arguments: object) -> tasklet:
    """A tasklet in the line."""
    return tasklet(function)(*arguments)


TOOLS: tuple[Callable[..., object], ...] = (count, receive, send, fail, spawn)

# The theatres

Scene = Callable[[Log], object]


def scenes_of(module: dict[str, Any]) -> list[Scene]:
    """All that are defined there, in order."""
    return [scene for name, scene in module.items() if name.startswith("scene_")]


def title(scene: Scene) -> str:
    """What it shows."""
    return scene.__name__.removeprefix("scene_")


def play_here(scene: Scene) -> None:
    """In a thread of its own, and so with a line of its own."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(scene, []).result()


def play_on_pypy(scene: Scene, stackless: str) -> None:
    """With PyPy's own tasklets or with ours."""
    ask = f"{inspect.getsource(scene)}\n{scene.__name__}([])\nprint(STACKLESS)"
    assert on_pypy(ask, stackless) == stackless


def pypy() -> str:
    """PyPy, if CONCUR_INTERPRETER_PATH knows one."""
    found = shutil.which("pypy3.11", path=os.environ.get("CONCUR_INTERPRETER_PATH") or os.devnull)
    if not found:
        (pytest.fail if os.environ.get("CI") else pytest.skip)("pypy3.11 is not in CONCUR_INTERPRETER_PATH")
    return found


def on_pypy(program: str, stackless: str) -> str:
    """What it prints there, with PyPy's own tasklets or with ours."""
    head = "from collections.abc import Callable\nimport random\nfrom concur.kernel.tasklets import *\n"
    head += "Log, Channel = list[object], channel\n"
    text = "\n".join([head, *[inspect.getsource(tool) for tool in TOOLS], program])
    env = os.environ | {"PYTHONPATH": str(tier0_tree()), "CONCUR_STACKLESS": stackless}
    done = subprocess.run([pypy(), "-P", "-c", text], env=env, capture_output=True, text=True, timeout=15, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()
