import os
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from concur.catalog import MODELS
from concur.interpreters.describe import Interpreter, describe
from concur.interpreters.environments import (
    MANIFEST,
    TOOLS,
    Library,
    Manifest,
    equip,
    folder_of,
    gil_raisers,
    is_prepared,
    python_in,
    read_manifest,
    to_install,
    wanted_libraries,
    write_manifest,
)

Make = Callable[..., Path]
ONE = Interpreter(short="3.90", executable=sys.executable, implementation="CPython", version="3.90.1")
TAKEN = Library(version="1.2", how="wheel")
REFUSED = Library(refused="no wheel, build failed: x")


@pytest.fixture
def environment() -> Path:
    """The whole environment of ONE, with a library and without another."""
    folder = folder_of(ONE)
    python_in(folder).parent.mkdir(parents=True)
    python_in(folder).symlink_to(sys.executable)
    write_manifest(
        folder, Manifest(executable=ONE.executable, version=ONE.version, libraries={"a": TAKEN, "b": REFUSED})
    )
    return folder


def test_a_whole_environment_is_used(environment: Path) -> None:
    one = equip(ONE)
    assert one.environment == str(environment)
    assert one.python == str(environment / "bin/python")
    assert (one.libraries, one.refused) == ({"a": "1.2"}, {"b": "no wheel, build failed: x"})


def test_without_one_an_interpreter_is_used_as_it_is(cache: Path) -> None:
    assert equip(ONE) == ONE
    assert ONE.python == ONE.executable
    assert not cache.exists()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"executable": "x", "version": "1", "format": 99}'])
def test_one_that_nobody_vouches_for_is_not(environment: Path, content: bytes) -> None:
    (environment / MANIFEST).write_bytes(content)
    assert read_manifest(environment) is None
    assert equip(ONE) == ONE


def test_one_in_which_an_installation_was_interrupted_is_not(environment: Path) -> None:
    manifest = read_manifest(environment)
    assert manifest
    manifest.doing = "b"
    write_manifest(environment, manifest)
    assert equip(ONE) == ONE


def test_one_whose_executable_has_gone_is_not(environment: Path, tmp_path: Path) -> None:
    python_in(environment).unlink()
    assert equip(ONE) == ONE
    python_in(environment).symlink_to(tmp_path / "gone")
    assert equip(ONE) == ONE


def test_broken_and_virtual_ones_have_none(environment: Path) -> None:
    for other in ({"broken": "x"}, {"prefix": "/here", "base_prefix": "/there"}):
        one = msgspec.structs.replace(ONE, **other)
        assert equip(one) == one


def test_the_variants_of_one_executable_share_theirs(tmp_path: Path, interpreter: Make) -> None:
    off, on = describe(str(interpreter(tmp_path / "bin/python3", "3.90.1", jit_available=True)))
    assert folder_of(off) == folder_of(on)
    assert folder_of(off).name.startswith("3.90-")


@pytest.mark.parametrize("changed", [{"version": "3.90.2"}, {"build": "--with-pydebug"}, {"executable": "/other"}])
def test_another_version_build_or_executable_has_another(changed: dict[str, str]) -> None:
    assert folder_of(msgspec.structs.replace(ONE, **changed)) != folder_of(ONE)


def test_links_to_one_executable_share_theirs(tmp_path: Path) -> None:
    (tmp_path / "python").symlink_to(os.path.realpath(sys.executable))
    assert folder_of(msgspec.structs.replace(ONE, executable=str(tmp_path / "python"))) == folder_of(ONE)


def test_a_manifest_is_replaced_whole(environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    before = (environment / MANIFEST).read_bytes()
    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        write_manifest(environment, Manifest(executable="", version=""))
    assert (environment / MANIFEST).read_bytes() == before


def test_prepared_is_what_has_or_cannot_have_every_library(environment: Path) -> None:
    assert is_prepared(equip(ONE), ["a", "b"])
    assert not is_prepared(equip(ONE), ["a", "b", "c"])
    assert not is_prepared(equip(ONE))
    assert not is_prepared(ONE, [])
    assert is_prepared(msgspec.structs.replace(ONE, prefix="/here", base_prefix="/there"), ["c"])


def test_what_turns_the_gil_on_is_remembered(environment: Path) -> None:
    libraries = {"a": TAKEN, "c": Library(version="1", how="wheel", turns_gil_on=True)}
    write_manifest(environment, Manifest(executable=ONE.executable, version=ONE.version, libraries=libraries))
    assert gil_raisers(equip(ONE)) == ["c"]
    assert gil_raisers(ONE) == []


def test_what_is_wanted_is_what_models_services_and_parsers_need() -> None:
    needed = {need for row in MODELS for need in (*row.needs, *row.options_need)}
    needed |= {"h11", "protego", "selectolax"}
    assert set(wanted_libraries()) == needed
    assert len(wanted_libraries()) == len(needed)


def test_what_measures_the_primitives_is_installed_beside_it() -> None:
    assert set(to_install()) == {*wanted_libraries(), *TOOLS}
    assert "pytest_benchmark" in to_install()
