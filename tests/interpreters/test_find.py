import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from concur.errors import MachineError, UsageError
from concur.interpreters.describe import describe
from concur.interpreters.environments import Manifest, folder_of, python_in, write_manifest
from concur.interpreters.find import (
    EXECUTABLE_NAME,
    candidates,
    current,
    find,
    resolve,
    resolve_each,
    resolve_many,
)

Make = Callable[..., Path]


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with no interpreter but the current one, and an empty folder `bin` on PATH."""
    for name in ("CONCUR_INTERPRETER_PATH", "PYENV_ROOT", "UV_PYTHON_INSTALL_DIR", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/bin")
    monkeypatch.setattr("concur.interpreters.find.places", _without_bin(tmp_path))
    return tmp_path


def _without_bin(home: Path) -> Callable[[], list[Path]]:
    """The real places but /bin, which the fake executables need and where real interpreters stand."""
    from concur.interpreters import find as module

    real = module.places
    return lambda: [place for place in real() if place != Path("/bin")]


def shorts() -> list[str]:
    return [one.short for one in find()[1:]]


def test_the_current_interpreter_comes_first() -> None:
    assert find()[0] == current()
    assert current().executable == sys.executable


@pytest.mark.parametrize("name", ["python3", "python3.14", "python3.13t", "pypy", "pypy3", "pypy3.11", "pypy3.11-c"])
def test_interpreters_names_are_candidates(name: str) -> None:
    assert EXECUTABLE_NAME.match(name)


@pytest.mark.parametrize(
    "name", ["python3-config", "python3.13-config", "python", "pythonw3", "ipython3", "python3.1x"]
)
def test_other_names_are_not(name: str) -> None:
    assert not EXECUTABLE_NAME.match(name)


@pytest.mark.parametrize(
    "place", ["bin", ".pyenv/versions/3.90.1/bin", ".local/share/uv/python/cpython-3.90.1/bin", "named"]
)
def test_every_place_is_searched(machine: Path, interpreter: Make, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONCUR_INTERPRETER_PATH", f"{machine}/nowhere:{machine}/named")
    interpreter(machine / place / "python3.90", "3.90.1")
    assert shorts() == ["3.90"]


def test_an_executable_of_any_name_may_be_named(
    machine: Path, interpreter: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONCUR_INTERPRETER_PATH", str(interpreter(machine / "opt/snake", "3.90.1")))
    assert shorts() == ["3.90"]
    assert resolve("snake").short == "3.90"


def test_shims_are_passed_over(machine: Path, interpreter: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    interpreter(machine / "shims/python3.90", "3.90.1")
    monkeypatch.setenv("PATH", f"{machine}/shims:/bin")
    assert shorts() == []


def test_links_to_one_file_are_asked_once(machine: Path, interpreter: Make) -> None:
    interpreter(machine / "bin/python3.90", "3.90.1")
    (machine / "bin/python3").symlink_to("python3.90")
    assert len(candidates()) == 2
    assert shorts() == ["3.90"]


def test_a_virtual_environment_is_an_interpreter_of_its_own(machine: Path, interpreter: Make) -> None:
    base = interpreter(machine / "bin/python3.90", "3.90.1")
    for environment in ("one", "two"):
        bin = machine / f".pyenv/versions/{environment}/bin"
        bin.mkdir(parents=True)
        (bin.parent / "pyvenv.cfg").touch()
        (bin / "python3").symlink_to(base)
    assert len(candidates()) == 4


def test_one_name_for_two_is_told_apart(machine: Path, interpreter: Make) -> None:
    interpreter(machine / "bin/python3.90", "3.90.2")
    interpreter(machine / ".pyenv/versions/a/bin/python3", "3.90.1")
    same = interpreter(machine / ".pyenv/versions/b/bin/python3", "3.90.1")
    assert shorts() == ["3.90", "3.90.1", str(same)]


def test_all_is_one_of_each_kind(machine: Path, interpreter: Make) -> None:
    interpreter(machine / "bin/python3.90", "3.90.2", jit_available=True)
    interpreter(machine / ".pyenv/versions/a/bin/python3", "3.90.1")
    interpreter(machine / ".pyenv/versions/b/bin/python3", "3.90.2", free_threaded=True)
    interpreter(machine / ".pyenv/versions/c/bin/python3", "3.9.1")
    assert [one.short for one in resolve_many("all")] == [current().short, "3.90", "3.90+jit", "3.90t"]


def test_broken_ones_are_listed_last_and_take_no_name_from_good_ones(
    machine: Path, interpreter: Make, script: Make
) -> None:
    script(machine / "bin/python3", "exit 1")
    interpreter(machine / "bin/python3.90", "3.90.1")
    assert [bool(one.broken) for one in find()[1:]] == [False, True]


def test_names_resolve_as_in_a_shell(machine: Path, interpreter: Make) -> None:
    interpreter(machine / ".pyenv/versions/a/bin/python3", "3.90.2")
    second = interpreter(machine / "bin/python3", "3.90.1")
    assert resolve("python3").executable == str(second)
    assert resolve(str(second)) == resolve("python3")
    assert resolve("3.90.2").version == "3.90.2"


def test_a_patch_level_names_the_first_one_too(machine: Path, interpreter: Make) -> None:
    interpreter(machine / "bin/python3", "3.90.1")
    assert resolve("3.90.1").short == "3.90"


def test_the_jit_can_be_asked_for_by_any_name(machine: Path, interpreter: Make) -> None:
    path = interpreter(machine / "bin/python3.90", "3.90.1", jit_available=True)
    names = ("3.90+jit", "python3.90+jit", f"{path}+jit")
    assert {resolve(name).short for name in names} == {"3.90+jit"}
    assert resolve("python3.90").env["PYTHON_JIT"] == "0"


def test_a_jit_that_is_not_there_is_an_error(machine: Path, interpreter: Make) -> None:
    interpreter(machine / "bin/python3.90", "3.90.1")
    with pytest.raises(UsageError, match=r"3\.90 has no JIT"):
        resolve("python3.90+jit")


def test_an_unknown_name_suggests_near_ones(machine: Path, interpreter: Make) -> None:
    interpreter(machine / "bin/python3.90", "3.90.1")
    with pytest.raises(UsageError, match=r"unknown interpreter '3\.91'.*Did you mean 3\.90"):
        resolve("3.91")


@pytest.mark.parametrize("names", ["", " , "])
def test_no_name_at_all_is_an_error(names: str) -> None:
    with pytest.raises(UsageError):
        resolve_many(names)


def test_what_cannot_be_used_says_why_and_what_to_do(machine: Path, interpreter: Make) -> None:
    interpreter(machine / "bin/python3.9", "3.9.18")
    for name in ("3.9", "python3.9", str(machine / "bin/python3.9")):
        with pytest.raises(MachineError, match=r"it is Python 3\.9\.18.*Choose another") as raised:
            resolve(name)
        assert raised.value.do


def test_several_names_keep_their_order_each_once(machine: Path, interpreter: Make) -> None:
    interpreter(machine / "bin/python3.90", "3.90.1")
    names = f"3.90,{os.path.basename('python3.90')},{current().short}"
    assert [one.short for one in resolve_many(names)] == ["3.90", current().short]


def test_several_may_be_named_of_which_some_cannot_be_used(machine: Path, interpreter: Make) -> None:
    interpreter(machine / "bin/python3.90", "3.90.1")
    interpreter(machine / "bin/python3.9", "3.9.18")
    chosen, errors = resolve_each(["3.9", "3.90", "3.90.1", "all"])
    assert [one.short for one in chosen] == ["3.90", current().short]
    assert ["3.9.18" in str(error) for error in errors] == [True]
    with pytest.raises(UsageError, match="unknown interpreter"):
        resolve_each(["3.90", "3.99"])


def test_whatever_way_it_is_found_it_has_its_environment(machine: Path, interpreter: Make) -> None:
    path = interpreter(machine / "bin/python3.90", "3.90.1")
    hidden = interpreter(machine / "elsewhere/python3.91", "3.91.1")
    for executable in (path, hidden):
        folder = folder_of(describe(str(executable))[0])
        python_in(folder).parent.mkdir(parents=True)
        python_in(folder).symlink_to(executable)
        write_manifest(folder, Manifest(executable=str(executable), version="3.90.1"))
    assert [bool(one.environment) for one in find()] == [False, True]
    assert resolve("3.90").environment == resolve(str(path)).environment != ""
    assert resolve(str(hidden)).environment != ""
    assert [bool(one.environment) for one in resolve_many("3.90")] == [True]
