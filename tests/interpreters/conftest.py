"""Executables that answer as they are told, in place of interpreters; libraries made here, in place of an index."""

import io
import json
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from concur.interpreters.describe import MARK, Interpreter, describe

Fake = Callable[..., Path]


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of the test's own, which is not there yet."""
    monkeypatch.setenv("CONCUR_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def answer(executable: Path, version: str, **changed: Any) -> dict[str, Any]:
    """What PROGRAM would print there."""
    said: dict[str, Any] = {
        "implementation": "CPython",
        "version": version,
        "version_info": [int(part) for part in version.split(".")[:2]],
        "own_version": "",
        "free_threaded": False,
        "gil_enabled": True,
        "jit_available": False,
        "jit_enabled": False,
        "executable": str(executable),
        "prefix": str(executable.parent.parent),
        "base_prefix": str(executable.parent.parent),
        "compiler": "",
        "build": "",
    }
    return said | changed


@pytest.fixture
def script() -> Fake:
    """Makes an executable shell script."""

    def make(path: Path, body: str) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{body}\n")
        path.chmod(0o755)
        return path

    return make


@pytest.fixture
def interpreter(script: Fake) -> Fake:
    """Makes an executable that describes itself as an interpreter of that version."""

    def make(path: Path, version: str, **changed: Any) -> Path:
        with_jit = json.dumps(answer(path, version, **changed) | {"jit_enabled": True})
        plain = json.dumps(answer(path, version, **changed))
        return script(path, f"if [ \"$PYTHON_JIT\" = 1 ]; then echo '{MARK}{with_jit}'; else echo '{MARK}{plain}'; fi")

    return make


@pytest.fixture(scope="session")
def real() -> Interpreter:
    """The interpreter that this virtual environment was made of; this one itself if it is none."""
    base = Path(sys.base_prefix, "bin", f"python{sys.version_info[0]}.{sys.version_info[1]}")
    return describe(str(base) if base.exists() else sys.executable)[0]


class Libraries:
    """A folder of libraries to be installed, which stands for the package index."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def wheel(self, name: str, body: str = "", version: str = "1.0") -> None:
        """A library that need not be built; body is its module."""
        info = f"{name}-{version}.dist-info"
        with zipfile.ZipFile(self.folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
            archive.writestr(f"{name}.py", body)
            archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
            archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            archive.writestr(f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")

    def source(self, name: str, build: str) -> None:
        """A library that there is as source alone. build is what its backend does; `wheel(folder)` makes the wheel."""
        files = {
            "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
            "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
            "backend.py": BACKEND.format(name=name, build=build),
        }
        with tarfile.open(self.folder / f"{name}-1.0.tar.gz", "w:gz") as archive:
            for path, text in files.items():
                entry = tarfile.TarInfo(f"{name}-1.0/{path}")
                entry.size = len(text)
                archive.addfile(entry, io.BytesIO(text.encode()))


BACKEND = """
import os, sys, time, zipfile

def wheel(folder, name="{name}"):
    file, info = name + "-1.0-py3-none-any.whl", name + "-1.0.dist-info/"
    with zipfile.ZipFile(os.path.join(folder, file), "w") as archive:
        archive.writestr(name + ".py", "")
        archive.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: " + name + "\\nVersion: 1.0\\n")
        archive.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr(info + "RECORD", "")
    return file

def build_wheel(folder, config_settings=None, metadata_directory=None):
    {build}
"""


@pytest.fixture
def libraries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Libraries:
    """Libraries that pip installs, here and in what is started, from a folder alone."""
    made = Libraries(tmp_path / "libraries")
    settings = {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": str(made.folder),
        "PIP_CONFIG_FILE": "/dev/null",
        "PIP_NO_CACHE_DIR": "1",
    }
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("concur.interpreters.installer.find_uv", lambda: None)
    return made


class Said(list[tuple[str, str, str]]):
    """What was said of each library, in order: the interpreter, the library with its version, the outcome."""

    def __call__(self, interpreter: str, library: str, outcome: str) -> None:
        self.append((interpreter, library, outcome))

    @property
    def outcomes(self) -> list[tuple[str, str]]:
        """Without the interpreter, and without how long it took."""
        return [(library, outcome.partition(" in ")[0]) for _, library, outcome in self]


@pytest.fixture
def said() -> Said:
    return Said()
