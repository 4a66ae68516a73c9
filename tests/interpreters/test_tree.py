import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import msgspec
import pytest

from concur.catalog import MODELS
from concur.errors import MachineError
from concur.interpreters import tree as module
from concur.interpreters.describe import Interpreter
from concur.interpreters.environments import wanted_libraries
from concur.interpreters.find import current
from concur.interpreters.tree import Abilities, ask_catalogue, missing_models, reasons_not_to_run, tier0_tree


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


PREPARED = Interpreter(
    short="3.90",
    executable="/opt/python3.90",
    prefix="/opt",
    base_prefix="/opt",
    libraries={"trio": "1"},
    refused={"gevent": "no wheel, build failed: x"},
)
VIRTUAL = Interpreter(short="v", executable="/an v/bin/python", prefix="/an v", base_prefix="/usr")


@pytest.mark.parametrize(
    ("interpreter", "absent", "reason"),
    [
        (PREPARED, ["gevent"], "gevent: no wheel, build failed: x"),
        (PREPARED, [], "gevent: no wheel, build failed: x"),  # whatever lies there: the manifest has tried it
        (msgspec.structs.replace(PREPARED, refused={}), ["gevent"], "needs gevent: concur interpreters prepare 3.90"),
        (VIRTUAL, ["gevent"], "needs gevent: '/an v/bin/python' -m pip install gevent"),
        (msgspec.structs.replace(PREPARED, refused={}), [], "needs Python 3.91"),
    ],
)
def test_what_it_lacks_is_said_with_the_reason_or_the_remedy(
    interpreter: Interpreter, absent: list[str], reason: str
) -> None:
    abilities = Abilities(
        reasons={"gevent_greenlets": "needs Python 3.91", "threads": ""},
        absent={"gevent_greenlets": absent, "threads": []},
        libraries={},
    )
    assert reasons_not_to_run(interpreter, abilities) == {"gevent_greenlets": reason, "threads": ""}


def test_a_crawler_needs_what_every_crawler_needs_and_its_model_beside() -> None:
    bare = msgspec.structs.replace(PREPARED, refused={})
    lacking = {"threads": ["h11"], "gevent_greenlets": ["gevent", "h11"], "sequential": []}
    abilities = Abilities(reasons=dict.fromkeys(lacking, ""), absent=lacking, libraries={})
    assert reasons_not_to_run(bare, abilities, "crawl") == {
        "threads": "needs h11: concur interpreters prepare 3.90",
        "gevent_greenlets": "needs gevent, h11: concur interpreters prepare 3.90",
        "sequential": "",
    }


def test_a_library_that_every_crawler_needs_and_that_is_refused_is_the_reason_for_all() -> None:
    without = msgspec.structs.replace(PREPARED, refused={"h11": "no wheel"})
    abilities = Abilities(reasons={"threads": "x"}, absent={"threads": ["h11"]}, libraries={})
    assert reasons_not_to_run(without, abilities, "crawl") == {"threads": "h11: no wheel"}
    assert reasons_not_to_run(without, abilities) == {"threads": "needs h11: concur interpreters prepare 3.90"}


def test_the_catalogue_is_asked_for_each_service() -> None:
    crawling = ask_catalogue(current(), "crawl")
    assert list(crawling.reasons) == [row.id for row in MODELS]
    assert all(not reason for model, reason in crawling.reasons.items() if model in ("threads", "sequential"))
    assert missing_models(current(), "crawl")["threads"] == ""


def test_what_is_there_is_asked_for_with_its_version(tmp_path: Path) -> None:
    """A library on the path of the interpreter counts; one that is not, does not."""
    versions = ask_catalogue(current()).libraries
    assert versions == {name: version(name) for name in wanted_libraries() if find_spec(name)}


def test_a_broken_environment_says_how_to_mend_it(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/python").symlink_to("/bin/false")
    broken = Interpreter(short="3.90", executable="/bin/true", environment=str(tmp_path))
    with pytest.raises(MachineError, match=r"`concur interpreters prepare 3\.90` mends"):
        missing_models(broken)
