"""The cache folder is made where the environment says."""

from pathlib import Path

import platformdirs
import pytest

from concur.cache import cache_folder
from concur.errors import MachineError


def test_the_environment_names_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CONCUR_CACHE", str(tmp_path / "not" / "there"))
    assert cache_folder("a", "b") == tmp_path / "not" / "there" / "a" / "b"
    assert (tmp_path / "not" / "there" / "a" / "b").is_dir()
    assert cache_folder() == tmp_path / "not" / "there"


def test_it_is_absolute(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CONCUR_CACHE", "here")
    assert cache_folder() == tmp_path / "here"


@pytest.mark.parametrize("value", [None, ""])
def test_else_it_is_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, value: str | None) -> None:
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda name: tmp_path / name)
    monkeypatch.delenv("CONCUR_CACHE", raising=False)
    if value is not None:
        monkeypatch.setenv("CONCUR_CACHE", value)
    assert cache_folder("x") == tmp_path / "concur" / "x"


def test_a_folder_that_cannot_be_made_is_said_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("CONCUR_CACHE", str(tmp_path / "file" / "below"))
    with pytest.raises(MachineError, match=r"cannot be used.*CONCUR_CACHE"):
        cache_folder()


def test_a_folder_that_cannot_be_written_to_is_said_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CONCUR_CACHE", str(tmp_path))
    monkeypatch.setattr("os.access", lambda path, mode: False)  # for the superuser everything is writable
    with pytest.raises(MachineError, match="not writable"):
        cache_folder()
