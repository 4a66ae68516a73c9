"""What becomes of a load generator's process, whatever it does."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from concur.errors import LoadError, MachineError, UsageError
from concur.load.program import Program

NATIVE = Path("/native")


def native() -> Path:
    return NATIVE


def no_compiler() -> Path:
    raise MachineError("nothing can be compiled", why="no cc")


def program(kind: str | None, native: Callable[[], Path] = native) -> Program:
    return Program(native, "twin", cpus=None, kind=kind)


@pytest.fixture(autouse=True)
def no_engine_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONCUR_ENGINE", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")


def test_an_argument_comes_before_the_environment_before_the_compiler(monkeypatch: pytest.MonkeyPatch) -> None:
    twin = [sys.executable, "-m", "twin"]
    assert (program(None).kind, program(None).command) == ("native", [str(NATIVE)])
    monkeypatch.setenv("CONCUR_ENGINE", "python")
    assert (program(None).kind, program(None).command) == ("python", twin)
    assert program("native").kind == "native"


def test_without_a_compiler_the_twin_runs_and_that_is_said() -> None:
    chosen = program(None, no_compiler)
    assert chosen.kind == "python"
    assert chosen.warning == "the Python engine runs, since nothing can be compiled: no cc"
    with pytest.raises(MachineError):
        program("native", no_compiler)


def test_an_unknown_engine_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match=r"unknown engine 'nativ'. Did you mean native"):
        program("nativ")


def test_where_there_is_no_epoll_there_is_no_native_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert program(None).kind == "python"
    with pytest.raises(MachineError, match="needs Linux's epoll"):
        program("native")


def say(source: str, wait_s: float = 10) -> dict[str, object]:
    """What a program of this text says first, when it was sent a line."""
    chosen = program("python")
    chosen.command = [sys.executable, "-c", f"import os, sys, time; sys.stdin.readline(); {source}"]
    try:
        chosen.spawn()
        chosen.send({"a": 1})
        return chosen.hear(time.monotonic() + wait_s) | {"warning": chosen.warning}
    finally:
        pid = chosen.pid
        chosen.end()
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_what_it_says_is_heard_and_its_warnings_kept() -> None:
    assert say('print(\'{"event": "result", "n": 3}\')') == {"event": "result", "n": 3, "warning": ""}
    assert say('print(\'{"event": "warning", "what": "hm"}\')')["warning"] == "hm"


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("sys.exit('no more')", "died: status 1: no more"),
        ("os.kill(os.getpid(), 9)", "died: killed by signal 9"),
        ("sys.stdout.write('half a li')", "died: status 0"),
        ("""print('{"event": "error", "what": "it cannot", "why": "so", "do": "Else."}')""", "it cannot: so. Else."),
    ],
)
def test_a_program_that_ends_or_gives_up_is_an_error_with_its_last_words(source: str, why: str) -> None:
    with pytest.raises(LoadError, match=why):
        say(source)


def test_a_silent_program_is_given_up_and_killed() -> None:
    with pytest.raises(LoadError, match="hangs: it said nothing for too long"):
        say("time.sleep(600)", wait_s=0)


def test_a_program_that_cannot_be_started_or_pinned_is_an_error() -> None:
    chosen = program("native")
    with pytest.raises(MachineError, match="the engine cannot be started"):
        chosen.spawn()
    chosen.end()
    chosen = Program(lambda: Path(sys.executable), "twin", cpus=[4095], kind="native")
    with pytest.raises(MachineError, match=r"cannot be pinned to CPUs \[4095\]"):
        chosen.spawn()
    chosen.end()
    with pytest.raises(LoadError, match="does not run"):
        chosen.running()
