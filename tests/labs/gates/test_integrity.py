import asyncio
import builtins
import queue
import random
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from concur.labs.gates import verdict
from concur.labs.gates.explorer import explore
from concur.labs.gates.integrity import Guard, Snapshot


@pytest.fixture
def checks(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module of a lab's checks, which holds one that is watched for no other reason."""
    module = ModuleType("checks")
    module.queue = queue  # type: ignore[attr-defined]
    module.helper = len  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "checks", module)
    return module


def test_nothing_has_changed_at_first(checks: ModuleType) -> None:
    snapshot = Snapshot(checks)
    threading.Thread(target=lambda: None).start()
    asyncio.run(asyncio.sleep(0))
    random.seed(1)
    assert snapshot.changed() == ""


@pytest.mark.parametrize(
    ("holder", "name", "seen"),
    [
        (time, "sleep", "time.sleep"),
        (time, "monotonic", "time.monotonic"),
        (threading.Thread, "start", "threading.Thread.start"),
        (threading, "Lock", "threading.Lock"),
        (asyncio, "sleep", "asyncio.sleep"),
        (random, "random", "random.random"),
        (builtins, "sum", "builtins.sum"),
        (verdict, "require", "concur.labs.gates.verdict.require"),
        (queue.Queue, "put", "queue.Queue.put"),
    ],
)
def test_what_is_replaced_is_named(
    checks: ModuleType, monkeypatch: pytest.MonkeyPatch, holder: Any, name: str, seen: str
) -> None:
    snapshot = Snapshot(checks)
    monkeypatch.setattr(holder, name, lambda *_: None)
    assert snapshot.changed() == f"your code replaced {seen}"


def test_a_method_that_hides_an_inherited_one_is_named(checks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = Snapshot(checks)
    monkeypatch.setattr(socket.socket, "recv", lambda *_: b"", raising=False)
    assert snapshot.changed() == "your code replaced socket.socket.recv"


def test_a_function_whose_code_was_exchanged_is_named(checks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = Snapshot(checks)
    monkeypatch.setattr(verdict.require, "__code__", (lambda *_: None).__code__)
    assert snapshot.changed() == "your code replaced concur.labs.gates.verdict.require"


def test_what_the_checks_define_is_watched(checks: ModuleType) -> None:
    snapshot = Snapshot(checks)
    checks.helper = max  # type: ignore[attr-defined]
    assert snapshot.changed() == "your code replaced checks.helper"


@pytest.mark.parametrize("name", ["_helper", "MOST", "EXPECTED"])
def test_what_is_private_to_the_checks_is_watched_and_their_figures(checks: ModuleType, name: str) -> None:
    vars(checks).update(_helper=len, MOST=3, EXPECTED=[1])
    snapshot = Snapshot(checks)
    setattr(checks, name, max)
    assert snapshot.changed() == f"your code replaced checks.{name}"


def test_figures_that_are_changed_in_their_place_are_named(checks: ModuleType) -> None:
    checks.EXPECTED = [1, 2]  # type: ignore[attr-defined]
    snapshot = Snapshot(checks)
    checks.EXPECTED.clear()
    assert snapshot.changed() == "your code replaced checks.EXPECTED"


def test_a_function_whose_defaults_were_exchanged_is_named(monkeypatch: pytest.MonkeyPatch, checks: ModuleType) -> None:
    snapshot = Snapshot(checks)
    monkeypatch.setattr(explore, "__kwdefaults__", {**(explore.__kwdefaults__ or {}), "preemptions": 0})
    assert snapshot.changed() == "your code replaced concur.labs.gates.explorer.explore"


def test_the_program_is_watched(checks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    program = ModuleType("__main__")
    program.judge = len  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "__main__", program)
    snapshot = Snapshot(checks)
    program.judge = max  # type: ignore[attr-defined]
    assert snapshot.changed() == "your code replaced __main__.judge"


def test_what_is_removed_is_named(checks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = Snapshot(checks)
    monkeypatch.delattr(time, "sleep")
    assert snapshot.changed() == "your code removed time.sleep"


def test_another_module_in_its_place_is_named(checks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = Snapshot(checks)
    monkeypatch.setitem(sys.modules, "time", ModuleType("time"))
    assert snapshot.changed() == "your code replaced the module time"


def test_a_module_may_be_left_out(checks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = Snapshot(checks, ["time"])
    monkeypatch.setattr(time, "sleep", print)
    assert snapshot.changed() == ""


def test_hooks_that_are_there_to_be_set_may_be(checks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = Snapshot(checks)
    monkeypatch.setattr(sys, "excepthook", lambda *_: None)
    monkeypatch.setattr(threading, "excepthook", lambda *_: None)
    assert snapshot.changed() == ""


# The audit hook, asked by hand: installed it would stay to the end of the tests.


@pytest.fixture
def hear(tmp_path: Path) -> Callable[..., Guard]:
    """The guard of a secret file, a folder and a watcher, once it has heard of an event."""
    (tmp_path / "solution.py").touch()
    (tmp_path / "mine").mkdir()

    def heard(event: str, *words: Any) -> Guard:
        guarded = SimpleNamespace(
            work="/x/work.py",
            module="/x/checks.py",
            secret=[str(tmp_path / "solution.py")],
            folders=[str(tmp_path / "mine")],
            watchers=[4242],
        )
        guard = Guard(guarded, lambda _: None)
        with suppress(PermissionError):
            guard._hear(event, words)
        return guard

    return heard


def test_the_secret_is_known_by_any_name(hear: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "link").symlink_to("solution.py")
    (tmp_path / "__pycache__").mkdir()
    compiled = tmp_path / "__pycache__/solution.cpython-311.pyc"
    for path in ("solution.py", b"solution.py", tmp_path / "link", str(compiled)):
        assert hear("open", path, "r", 0).offences == ["your code read solution.py, which it must do without"]


@pytest.mark.parametrize("path", ["other.py", "not/there", 3, "a\0b"])
def test_anything_else_may_be_read(hear: Any, path: Any) -> None:
    assert hear("open", path, "r", 0).offences == []


def test_her_folder_is_not_to_be_changed_nor_what_is_around_it(hear: Any, tmp_path: Path) -> None:
    inside, around = str(tmp_path / "mine/work.py"), str(tmp_path)
    assert hear("open", inside, "w", 0).offences
    assert hear("open", inside, None, 0o101).offences
    assert hear("os.remove", inside, -1).offences
    assert hear("os.rename", "x", inside, -1, -1).offences
    assert hear("shutil.rmtree", around, None).offences
    assert not hear("open", inside, "r", 0).offences
    assert not hear("os.remove", str(tmp_path / "other"), -1).offences


def test_who_watches_is_not_to_be_signalled(hear: Any) -> None:
    assert hear("os.kill", 4242, 9).offences == [
        "your code tried to end the process that watches it (os.kill, SIGKILL)"
    ]
    assert hear("os.kill", -1, 9).offences
    assert hear("os.killpg", 4242, 15).offences
    assert not hear("os.kill", 4243, 9).offences
    assert not hear("import", "os").offences
