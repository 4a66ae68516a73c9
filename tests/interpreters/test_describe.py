import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from concur.interpreters import describe as module
from concur.interpreters.describe import describe, short_name
from concur.interpreters.find import find

Make = Callable[..., Path]


def test_this_interpreter_describes_itself() -> None:
    one = describe(sys.executable)[0]
    assert (one.broken, one.executable) == ("", sys.executable)
    assert one.version == "{}.{}.{}".format(*sys.version_info[:3])


@pytest.mark.parametrize(
    ("implementation", "version", "free_threaded", "short"),
    [
        ("CPython", (3, 14), False, "3.14"),
        ("CPython", (3, 13), True, "3.13t"),
        ("PyPy", (3, 11), False, "pypy3.11"),
    ],
)
def test_short_names_say_what_it_is(
    implementation: str, version: tuple[int, int], free_threaded: bool, short: str
) -> None:
    assert short_name(implementation, version, free_threaded) == short


def test_the_name_of_the_file_does_not_matter(tmp_path: Path, interpreter: Make) -> None:
    liar = interpreter(tmp_path / "python3.14", "3.12.1")
    assert [one.short for one in describe(str(liar))] == ["3.12"]


def test_a_jit_that_can_be_switched_on_makes_a_variant(tmp_path: Path, interpreter: Make) -> None:
    off, on = describe(str(interpreter(tmp_path / "python3", "3.14.8", jit_available=True)))
    assert (off.short, off.jit, off.env["PYTHON_JIT"]) == ("3.14", "off", "0")
    assert (on.short, on.jit, on.env["PYTHON_JIT"]) == ("3.14+jit", "on", "1")
    assert off.identity != on.identity


def test_a_jit_that_stays_off_makes_no_variant(
    tmp_path: Path, interpreter: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = str(interpreter(tmp_path / "python3", "3.14.8", jit_available=True))
    plain = module.ask(path)
    monkeypatch.setattr(module, "ask", lambda executable, env=None: plain)
    assert [one.short for one in describe(path)] == ["3.14"]


def test_pypy_is_one_interpreter_with_its_jit_on(tmp_path: Path, interpreter: Make) -> None:
    jit = {"jit_available": True, "jit_enabled": True}
    path = interpreter(tmp_path / "pypy3", "3.11.17", implementation="PyPy", own_version="8.0.1", **jit)
    (one,) = describe(str(path))
    assert (one.short, one.jit, one.env, one.own_version) == ("pypy3.11", "on", {}, "8.0.1")


def test_an_exported_jit_does_not_change_the_answer(
    tmp_path: Path, interpreter: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_JIT", "1")
    path = interpreter(tmp_path / "python3", "3.14.8", jit_available=True)
    asked = module.ask(str(path))
    assert isinstance(asked, module.Answer)
    assert not asked.jit_enabled


@pytest.mark.parametrize(("version", "pinned"), [("3.12.1", False), ("3.13.0", True), ("3.14.8", True)])
def test_a_gil_setting_around_us_does_not_reach_it(
    tmp_path: Path, interpreter: Make, version: str, pinned: bool
) -> None:
    (one,) = describe(str(interpreter(tmp_path / "python3", version)))
    assert one.env == ({"PYTHON_GIL": ""} if pinned else {})


@pytest.mark.parametrize("setting", ["0", "1"])
def test_the_free_threaded_one_is_off_and_its_twin_on_whatever_is_set(
    setting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On each interpreter of this machine that has the variable: an empty one must count as none."""
    monkeypatch.setenv("PYTHON_GIL", setting)
    those = [one for one in find() if "PYTHON_GIL" in one.env and not one.broken]
    if not those:
        pytest.skip("no CPython 3.13 or newer here")
    for one in those:
        code = "import sys; print(sys._is_gil_enabled())"
        asked = subprocess.run([one.executable, "-c", code], env=os.environ | one.env, capture_output=True)
        assert asked.stdout.split() == [str(not one.free_threaded).encode()], one.short


@pytest.mark.parametrize(("enabled", "gil"), [(False, "off"), (True, "on")])
def test_the_gil_is_as_it_is_found_not_as_it_was_built(
    tmp_path: Path, interpreter: Make, enabled: bool, gil: str
) -> None:
    (one,) = describe(str(interpreter(tmp_path / "python3", "3.13.0", free_threaded=True, gil_enabled=enabled)))
    assert (one.short, one.gil) == ("3.13t", gil)


def test_a_virtual_environment_says_so(tmp_path: Path, interpreter: Make) -> None:
    (one,) = describe(str(interpreter(tmp_path / "v/bin/python3", "3.13.0", base_prefix="/usr")))
    (base,) = describe(str(interpreter(tmp_path / "b/bin/python3", "3.13.0")))
    assert (one.is_virtual, base.is_virtual) == (True, False)


@pytest.mark.parametrize(
    ("version", "changed", "kind"),
    [
        ("3.14.8", {}, "3.14"),
        ("3.15.0rc1", {}, "3.15"),
        ("3.13.15", {"free_threaded": True}, "3.13t"),
        ("3.11.17", {"implementation": "PyPy", "own_version": "8.0.1"}, "pypy3.11"),
    ],
)
def test_its_kind_is_its_short_name_whatever_it_is_called_beside_others(
    tmp_path: Path, interpreter: Make, version: str, changed: dict[str, object], kind: str
) -> None:
    (one,) = describe(str(interpreter(tmp_path / "python3", version, **changed)))
    assert msgspec.structs.replace(one, short="another").kind == kind


def test_a_module_in_the_current_folder_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit('not me')")
    monkeypatch.chdir(tmp_path)
    assert describe(sys.executable)[0].broken == ""


def test_too_old_is_broken_with_its_version(tmp_path: Path, interpreter: Make) -> None:
    (one,) = describe(str(interpreter(tmp_path / "python3", "3.9.18")))
    assert one.broken == "it is Python 3.9.18, concur needs 3.11 or newer"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("exit 3", "it ended with status 3: nothing"),
        ("echo no such version >&2; echo hint >&2; exit 127", "it ended with status 127: no such version"),
        ("printf 'Traceback\\nImportError: x\\n' >&2; exit 1", "it ended with status 1: ImportError: x"),
        ("echo hello", "it answered with rubbish: hello"),
        ("true", "it answered with rubbish: nothing"),
        (f"echo '{module.MARK}[1]'", "its answer is not understood: Expected `object`, got `array`"),
        ("kill -9 $$", "it ended with status -9: nothing"),
    ],
)
def test_what_answers_badly_is_broken_with_the_reason(tmp_path: Path, script: Make, body: str, reason: str) -> None:
    (one,) = describe(str(script(tmp_path / "python3", body)))
    assert one.broken == reason


def test_what_prints_without_end_is_broken(tmp_path: Path, script: Make) -> None:
    (one,) = describe(str(script(tmp_path / "python3", "exec yes")))
    assert "it ended with status -9" in one.broken


def test_what_is_no_program_is_broken(tmp_path: Path) -> None:
    (tmp_path / "python3").write_bytes(b"\x7fELF nonsense")
    (tmp_path / "python3").chmod(0o755)
    assert describe(str(tmp_path / "python3"))[0].broken.startswith("it cannot start: ")
    assert describe(str(tmp_path / "none"))[0].broken == "it cannot start: No such file or directory"


def test_what_hangs_is_broken_and_ended_with_its_children(
    tmp_path: Path, script: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TIMEOUT_S", 2.0)
    os.mkfifo(tmp_path / "held")
    held = os.open(tmp_path / "held", os.O_RDONLY | os.O_NONBLOCK)
    child = f"(echo child; exec sleep 60) > {tmp_path}/held 2>&1"
    (one,) = describe(str(script(tmp_path / "python3", f"{child} & wait")))
    assert one.broken == "it gave no answer within 2 s"
    os.set_blocking(held, True)
    with open(held) as child_says:
        assert child_says.read() == "child\n"  # its end is read only when nobody holds the other end any more
