import fcntl
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import msgspec
import pytest

from concur.errors import MachineError
from concur.interpreters import prepare as module
from concur.interpreters.describe import Interpreter, describe
from concur.interpreters.environments import equip, folder_of, is_prepared, read_manifest
from concur.interpreters.find import current
from concur.interpreters.prepare import prepare

HANG_S = 15.0
ROOT = Path(__file__).resolve().parents[2]
FULL_BYTES = 4096  # the largest file that may be written: an environment's scripts are larger

Fixture = Any  # fixtures of conftest

ONE = Interpreter(short="3.90", executable="/opt/python3.90", implementation="CPython", version="3.90.1")
OTHER = Interpreter(short="3.91", executable="/opt/python3.91", implementation="CPython", version="3.91.1")


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The short names of those whose environments are made, one after the other; none is really."""
    names: list[str] = []

    class Making:
        def __init__(self, interpreter: Interpreter, installer: object, say: object) -> None:
            self.interpreter = interpreter

        def make(self, libraries: Iterable[str], again: Iterable[str], *, afresh: bool) -> None:
            names.append(self.interpreter.short)
            if self.interpreter.executable == "/broken":
                raise MachineError("no environment can be made")
            if self.interpreter.executable == "/full":
                raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "Making", Making)
    return names


def test_each_gets_an_environment(made: list[str], said: Fixture) -> None:
    assert prepare([ONE, OTHER], said) == []
    assert sorted(made) == ["3.90", "3.91"]


def test_the_variants_of_one_executable_share_one(made: list[str], said: Fixture) -> None:
    with_jit = msgspec.structs.replace(ONE, short="3.90+jit", jit="on", env={"PYTHON_JIT": "1"})
    prepare([ONE, with_jit, ONE], said)
    assert made == ["3.90"]


def test_one_that_can_have_none_does_not_keep_the_others_from_theirs(made: list[str], said: Fixture) -> None:
    broken = msgspec.structs.replace(ONE, executable="/broken")
    assert [str(error) for error in prepare([broken, OTHER], said)] == ["no environment can be made"]
    assert "3.91" in made


def test_a_cache_that_refuses_is_an_error_that_says_what_to_do(made: list[str], said: Fixture) -> None:
    (error,) = prepare([msgspec.structs.replace(ONE, executable="/full")], said)
    assert "No space left on device. Make room there, or set CONCUR_CACHE" in str(error)


def test_a_cache_that_is_no_folder_is_an_error(cache: Path, made: list[str], said: Fixture) -> None:
    cache.touch()
    with pytest.raises(MachineError, match="CONCUR_CACHE"):
        prepare([ONE], said)
    assert made == []


def test_a_cache_that_cannot_be_written_is_an_error(
    made: list[str], said: Fixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: False)  # for the superuser everything is writable
    with pytest.raises(MachineError, match="not writable"):
        prepare([ONE], said)
    assert made == []


def test_a_virtual_environment_is_used_as_it_is(made: list[str], said: Fixture) -> None:
    virtual = msgspec.structs.replace(current(), prefix="/an env", base_prefix="/usr")
    assert prepare([virtual], said, libraries=["msgspec", "not_there"]) == []
    assert made == []
    ((interpreter, library, outcome),) = said
    assert (interpreter, library) == (virtual.short, "")
    assert outcome.startswith("it is a virtual environment, used as it is: /an env; for what it lacks:")
    assert outcome.endswith(f"{virtual.executable} -m pip install msgspec not_there")


def test_two_at_once_take_turns(cache: Path, made: list[str], said: Fixture) -> None:
    """One holds the lock; the other says that it waits, and works once the lock is free."""
    (cache / "environments").mkdir(parents=True)
    waits = threading.Event()

    def say(interpreter: str, library: str, outcome: str) -> None:
        said(interpreter, library, outcome)
        waits.set()

    with open(f"{folder_of(ONE)}.lock", "w") as lock, ThreadPoolExecutor(1) as pool:
        fcntl.flock(lock, fcntl.LOCK_EX)
        second = pool.submit(prepare, [ONE], say)
        assert waits.wait(HANG_S)
        assert made == []
        fcntl.flock(lock, fcntl.LOCK_UN)
        assert second.result(HANG_S) == []
    assert made == ["3.90"]
    assert said == [("3.90", "", "another prepare is at work there: waiting")]


PREPARE = """
import sys
from concur.interpreters.describe import describe
from concur.interpreters.prepare import prepare
errors = prepare([describe(sys.argv[1])[0]], lambda *words: print(*words, flush=True), libraries=sys.argv[2:])
print(*errors, sep="\\n")
"""


def preparing(interpreter: Interpreter, *libraries: str, **options: Any) -> "subprocess.Popen[str]":
    """A process that prepares."""
    command = [sys.executable, "-c", PREPARE, interpreter.executable, *libraries]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


@pytest.mark.long
@pytest.mark.timeout(120)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_in_a_build_it_goes_on_from_there(
    libraries: Fixture, said: Fixture, real: Interpreter, tmp_path: Path, number: int
) -> None:
    """Interrupted, it ends its build. Killed, it cannot: but then the lock is held until the build has ended."""
    os.mkfifo(tmp_path / "pipe")
    libraries.wheel("one")
    libraries.source(
        "two",
        f"pipe = open({str(tmp_path / 'pipe')!r}, 'w'); print(os.getpid(), file=pipe, flush=True); time.sleep(60)",
    )
    process = preparing(real, "one", "two")
    with open(os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)) as pipe, process:
        assert select.select([pipe], [], [], 60)[0], "no build has begun"
        os.set_blocking(pipe.fileno(), True)
        builder = int(pipe.readline())
        process.send_signal(number)
        process.wait(HANG_S)
        manifest = read_manifest(folder_of(real))
        assert manifest
        assert (manifest.doing, list(manifest.libraries)) == ("two", ["one"])
        assert equip(real).environment == ""
        if number == signal.SIGKILL:
            assert is_locked(real)
            os.killpg(os.getpgid(builder), signal.SIGKILL)
        assert pipe.read() == ""  # its end comes when the build has ended

    libraries.source("two", "return wheel(folder)")
    assert prepare([real], said, libraries=["one", "two"]) == []
    assert [outcome for outcome in said.outcomes if "waiting" not in outcome[1]] == [
        ("two", "no wheel: building"),
        ("two 1.0", "built"),
        ("one 1.0", "there already"),
    ]
    assert is_prepared(equip(real), ["one", "two"])
    assert [path.name for path in folder_of(real).parent.iterdir() if path.name.startswith(".building")] == []


def is_locked(interpreter: Interpreter) -> bool:
    with open(f"{folder_of(interpreter)}.lock") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


@pytest.mark.long
def test_a_disk_that_is_full_is_said_and_nothing_is_taken_for_whole(libraries: Fixture, real: Interpreter) -> None:
    libraries.wheel("one")
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({FULL_BYTES}, {FULL_BYTES}))\n"
    command = [sys.executable, "-c", limited + PREPARE, real.executable, "one"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "cannot be used: File too large. " in done.stdout
    assert "CONCUR_CACHE" in done.stdout
    assert equip(real).environment == ""


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.skipif(not os.environ.get("CI"), reason="needs the package index")
def test_an_environment_for_real(real: Interpreter, said: Fixture) -> None:
    assert prepare([real], said, libraries=["trio"]) == []
    version = equip(real).libraries["trio"]
    assert said.outcomes == [(f"trio {version}", "installed")]
    again = type(said)()
    assert prepare(describe(real.executable), again, libraries=["trio"]) == []
    assert again == [(real.short, f"trio {version}", "there already")]
