"""pip at work for real, on libraries made here; uv as a script that notes what it is asked."""

import os
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest

from concur.interpreters import installer as module
from concur.interpreters.describe import Interpreter
from concur.interpreters.environments import LOGS, python_in
from concur.interpreters.installer import Imported, Installer, Seen, environment_variables, requirement
from concur.interpreters.running import Halt

pytestmark = pytest.mark.timeout(60)

Libraries = Any  # the fixtures', in conftest
Fake = Any


@pytest.fixture
def held(tmp_path: Path) -> Iterator[int]:
    descriptor = os.open(tmp_path / "lock", os.O_RDWR | os.O_CREAT)
    yield descriptor
    os.close(descriptor)


@pytest.fixture
def installer(tmp_path: Path, held: int) -> Installer:
    """For an environment that is not there yet."""
    (tmp_path / "environments").mkdir()
    return Installer(tmp_path / "environments/e", Halt(), held)


@pytest.mark.long
def test_an_environment_takes_libraries_and_gives_them_back(
    libraries: Libraries, installer: Installer, real: Interpreter
) -> None:
    libraries.wheel("one")
    libraries.source("two", "return wheel(folder)")
    libraries.source("three", "raise RuntimeError('it needs luck. And more.')")
    libraries.wheel("four", "import not_there")
    assert installer.make(real.executable).succeeded
    seen = installer.look_round(["one", "two"])
    assert seen == Seen(version=real.version, prefix=str(installer.folder), libraries={})

    assert installer.install("one", "wheel", over=False).succeeded
    assert installer.try_import("one") == Imported(version="1.0", turns_gil_on=False)
    assert not installer.install("two", "wheel", over=False).succeeded
    assert installer.install("two", "source", over=False).succeeded
    seen = installer.look_round(["one", "two", "three"])
    assert isinstance(seen, Seen)
    assert seen.libraries == {"one": "1.0", "two": "1.0"}

    assert "RuntimeError: it needs luck" in installer.install("three", "source", over=False).output
    assert "it needs luck" in (installer.folder / LOGS / "three.txt").read_text()
    assert installer.install("four", "wheel", over=False).succeeded
    assert installer.try_import("four") == "ModuleNotFoundError: No module named 'not_there'"
    assert "not_there" in (installer.folder / LOGS / "four.txt").read_text()

    assert installer.uninstall("one").succeeded
    assert "No module named 'one'" in str(installer.try_import("one"))
    site = next((installer.folder / "lib").glob("*/site-packages"))
    for left in site.glob("two-1.0.dist-info/RECORD"):  # as an interruption leaves it: nothing that pip could remove
        left.unlink()
    assert installer.install("two", "source", over=True).succeeded
    assert sorted(path.name for path in installer.folder.parent.iterdir()) == ["e"]


@pytest.mark.long
def test_nothing_around_us_leads_it_elsewhere(
    libraries: Libraries, installer: Installer, real: Interpreter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "path").mkdir()
    (tmp_path / "path/pip.py").write_text("raise SystemExit('not me')")
    for name in ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PYTHONPATH", "PYTHONUSERBASE"):
        monkeypatch.setenv(name, str(tmp_path / "path"))
    monkeypatch.setenv("PIP_USER", "1")
    libraries.wheel("one")
    own = sites(real)
    assert installer.make(real.executable).succeeded
    assert installer.install("one", "wheel", over=False).succeeded
    assert isinstance(installer.try_import("one"), Imported)
    assert [path.name for path in (tmp_path / "path").iterdir()] == ["pip.py"]
    assert sites(real) == own


def sites(interpreter: Interpreter) -> list[str]:
    """What lies in an interpreter's own site-packages."""
    found = Path(interpreter.prefix, "lib").glob("*/site-packages/*")
    return sorted(str(path) for path in found if path.name != "__pycache__")


def test_without_ensurepip_our_own_pip_does_it(
    libraries: Libraries, installer: Installer, real: Interpreter, script: Fake, tmp_path: Path
) -> None:
    refusing = f'[ "$*" = "-I -m venv {installer.folder}" ] && exit 1; exec {real.executable} "$@"'
    bare = script(tmp_path / "bare", refusing)
    libraries.wheel("one")
    assert installer.make(str(bare)).succeeded
    assert list((installer.folder / "bin").glob("pip*")) == []
    assert installer.install("one", "wheel", over=False).succeeded
    assert installer.try_import("one") == Imported(version="1.0", turns_gil_on=False)


def test_an_interpreter_that_makes_no_environment_says_why(
    libraries: Libraries, installer: Installer, script: Fake, tmp_path: Path
) -> None:
    broken = script(tmp_path / "broken", "echo no venv here; exit 1")
    made = installer.make(str(broken))
    assert not made.succeeded
    assert made.output.startswith("no venv here\n")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("exit 1", "it said nothing"),
        ("echo hello", "it answered with rubbish: hello"),
        ("echo '{\"a\": 1}'", "it answered with rubbish"),
    ],
)
def test_an_environment_that_answers_badly_does_not_pass(
    installer: Installer, script: Fake, body: str, reason: str
) -> None:
    script(python_in(installer.folder), body)
    assert reason in str(installer.look_round(["one"]))
    assert reason in str(installer.try_import("one"))


def test_an_environment_without_a_python_does_not_pass(installer: Installer) -> None:
    assert "No such file" in str(installer.look_round(["one"]))


def test_an_import_that_hangs_is_no_import(installer: Installer, script: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "IMPORT_LIMIT_S", 0.5)
    script(python_in(installer.folder), "exec sleep 60")
    assert installer.try_import("one") == "its import did not end within 0.5 s"


def test_warnings_beside_the_answer_do_not_matter(installer: Installer, script: Fake) -> None:
    """As a free-threaded build prints them when an import turns the GIL on."""
    answer = '{"version": "1.0", "turns_gil_on": true}'
    script(python_in(installer.folder), f"echo 'RuntimeWarning: the GIL' >&2; echo '{answer}'; echo more >&2")
    assert installer.try_import("one") == Imported(version="1.0", turns_gil_on=True)


def test_uv_is_preferred(
    installer: Installer, held: int, script: Fake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    uv = script(tmp_path / "bin/uv", 'echo "$@"')
    monkeypatch.setenv("PATH", f"{uv.parent}:{os.environ['PATH']}")
    with_uv = Installer(installer.folder, Halt(), held)
    with_uv.folder.mkdir()
    python = python_in(with_uv.folder)
    assert with_uv.make("/opt/python").output == f"venv --no-project --python /opt/python {with_uv.folder}\n"
    asked = [
        with_uv.install("one", "wheel", over=False).output,
        with_uv.install("one", "source", over=True).output,
        with_uv.uninstall("one").output,
    ]
    assert asked == [
        f"pip install --python {python} --only-binary :all: one\n",
        f"pip install --python {python} --reinstall one\n",
        f"pip uninstall --python {python} one\n",
    ]


def test_indexes_caches_and_proxies_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {"PIP_INDEX_URL": "x", "PIP_CACHE_DIR": "y", "HTTPS_PROXY": "z", "UV_INDEX_URL": "u"}
    for name, value in kept.items():
        monkeypatch.setenv(name, value)
    for name in ("PYTHONPATH", "PYTHON_GIL", "PYTHON_JIT", "PIP_TARGET", "VIRTUAL_ENV"):
        monkeypatch.setenv(name, "1")
    given = environment_variables()
    assert kept.items() <= given.items()
    assert not {"PYTHONPATH", "PYTHON_GIL", "PYTHON_JIT", "PIP_TARGET", "VIRTUAL_ENV"} & set(given)


def test_a_library_is_asked_for_in_the_versions_that_are_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    declared = ["gevent>=25.4; extra == 'models'", "gevent-x>=1", "trio; extra == 'models'"]
    monkeypatch.setattr(module, "requires", lambda name: declared)
    assert [requirement(name) for name in ("gevent", "trio", "uvloop")] == ["gevent>=25.4", "trio", "uvloop"]


def test_without_metadata_any_version_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def none(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(module, "requires", none)
    assert requirement("gevent") == "gevent"


@pytest.mark.parametrize("name", sorted(module.TELLING_MODULES))
def test_what_tells_that_a_library_works_is_part_of_it(name: str) -> None:
    assert module.TELLING_MODULES[name].startswith(f"{name}.")
