import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from concur.catalog import MODELS
from concur.errors import MachineError
from concur.interpreters import tree as module
from concur.interpreters.describe import Interpreter
from concur.interpreters.find import current
from concur.interpreters.tree import missing_models, tier0_tree


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CONCUR_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_the_tree_holds_tier_0_and_nothing_else() -> None:
    names = {path.name for path in (tier0_tree() / "concur").iterdir()}
    assert {"__init__.py", "catalog.py", "errors.py", "echo", "kernel"} <= names
    assert not names & {"bench", "load", "report", "cli", "interpreters", "cache.py"}


def test_the_tree_is_made_once(cache: Path) -> None:
    assert tier0_tree() == tier0_tree()
    assert len(list((cache / "tier0").iterdir())) == 1


def test_several_may_make_it_at_once(cache: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = {future.result() for future in [pool.submit(tier0_tree) for _ in range(16)]}
    assert [path for path in (cache / "tier0").iterdir()] == list(made)


def test_other_sources_make_another_tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tier0_tree()
    package = tmp_path / "package"
    package.mkdir()
    (package / "catalog.py").write_text("MODELS = ()\n")
    monkeypatch.setattr(module, "PACKAGE", package)
    after = tier0_tree()
    assert before != after
    assert [path.name for path in (after / "concur").iterdir()] == ["catalog.py"]


def test_an_interpreter_without_site_packages_runs_from_it() -> None:
    code = "import concur.catalog, sys; print(concur.catalog.__file__)"
    command = [sys.executable, "-S", "-P", "-c", code]
    shown = subprocess.run(command, env={"PYTHONPATH": str(tier0_tree())}, capture_output=True, text=True, check=True)
    assert Path(shown.stdout.strip()).is_relative_to(tier0_tree())


def test_a_cache_that_is_no_folder_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("CONCUR_CACHE", str(tmp_path / "file"))
    with pytest.raises(MachineError, match="CONCUR_CACHE"):
        tier0_tree()


def test_a_full_disk_is_an_error_and_leaves_nothing(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(MachineError, match="No space left on device"):
        tier0_tree()
    assert list((cache / "tier0").iterdir()) == []


def test_the_catalogue_is_asked_in_the_interpreter_itself() -> None:
    assert list(missing_models(current())) == [row.id for row in MODELS]


def test_a_catalogue_that_cannot_be_read_says_why() -> None:
    broken = Interpreter(short="none", executable="/bin/false")
    with pytest.raises(MachineError, match="none cannot read the table of models"):
        missing_models(broken)
