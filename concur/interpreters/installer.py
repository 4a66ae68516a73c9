"""uv or pip at work in one environment: make it, install, uninstall, try an import. Tier 1.

What follows from an outcome is decided in `making.py`; here commands are put
together. Nothing around us (PYTHONPATH, a user's site folder, pip's own target)
leads an installation elsewhere; the index, caches and proxies that are set stay.
"""

import importlib.util
import os
import re
import shutil
import sys
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import IO, TypeVar

import msgspec

from concur.interpreters.complaints import gist_of
from concur.interpreters.environments import LOGS, python_in
from concur.interpreters.running import Halt, Outcome, run

T = TypeVar("T")

BUILD_LIMIT_S = 900.0  # the longest build known took five minutes on two cores
IMPORT_LIMIT_S = 60.0

# Settings that would put an installation into another place than the environment.
LEADING_AWAY = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_PYTHON", "UV_SYSTEM_PYTHON", "UV_PYTHON", "VIRTUAL_ENV")
QUIET = {"PIP_USER": "0", "PIP_NO_INPUT": "1", "PIP_PROGRESS_BAR": "off", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}

# What shows that a library works, where importing its name alone loads none of its C code.
TELLING_MODULES = {
    "gevent": "gevent.socket",
    "selectolax": "selectolax.lexbor",
    "tornado": "tornado.iostream",
    "twisted": "twisted.internet.reactor",
}

TRY_IMPORT = """
import importlib, json, sys
from importlib.metadata import PackageNotFoundError, version
is_gil_enabled = getattr(sys, "_is_gil_enabled", lambda: True)
name, telling = sys.argv[1:]
before = is_gil_enabled()
module = importlib.import_module(name)
importlib.import_module(telling)
try:
    found = version(name)
except PackageNotFoundError:
    found = str(getattr(module, "__version__", "unknown"))
print(json.dumps({"version": found, "turns_gil_on": is_gil_enabled() and not before}))
"""
LOOK_ROUND = """
import json, platform, sys
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
def version_of(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return "unknown"
libraries = {name: version_of(name) for name in sys.argv[1:] if find_spec(name)}
print(json.dumps({"version": platform.python_version(), "prefix": sys.prefix, "libraries": libraries}))
"""


class Imported(msgspec.Struct):
    """What an import that worked shows."""

    version: str
    turns_gil_on: bool


class Seen(msgspec.Struct):
    """An environment as it shows itself: its Python's version, its folder, the versions of the libraries asked for."""

    version: str
    prefix: str
    libraries: dict[str, str]


def find_uv() -> str | None:
    """The uv on PATH, if there is one."""
    return shutil.which("uv")


class Installer:
    """uv if there is one, else pip, for the environment in one folder.

    held is a descriptor that every command inherits: whoever locked it keeps the
    lock until the last command has ended, even if this process is killed.
    """

    def __init__(self, folder: Path, halt: Halt, held: int) -> None:
        self.folder, self._halt, self._held = folder, halt, held
        self._python = str(python_in(folder))
        self._uv = find_uv()

    def make(self, executable: str) -> Outcome:
        """A virtual environment of that interpreter in the folder, which is not there yet."""
        where = str(self.folder)
        if self._uv:
            return self._run([self._uv, "venv", "--no-project", "--python", executable, where])
        with_pip = self._run([executable, "-I", "-m", "venv", where])
        if with_pip.succeeded or importlib.util.find_spec("pip") is None:
            return with_pip
        shutil.rmtree(self.folder, ignore_errors=True)  # it has no ensurepip, as Debian's without python3-venv
        without = self._run([executable, "-I", "-m", "venv", "--without-pip", where])
        return without if without.succeeded else Outcome(False, with_pip.output + without.output)

    def install(self, name: str, how: str, *, over: bool) -> Outcome:
        """The library from a wheel, or from source where there is none; over what an interrupted one left, if so."""
        if self._uv:
            command = [self._uv, "pip", "install", "--python", self._python]
            command += ["--only-binary", ":all:"] if how == "wheel" else []
            command += ["--reinstall"] if over else []
        else:
            command = [*self._pip(), "install", "--only-binary=:all:" if how == "wheel" else "--prefer-binary"]
            command += ["--ignore-installed"] if over else []
        with self._log(name, "ab" if how == "source" else "wb") as log:
            return self._run([*command, requirement(name)], BUILD_LIMIT_S, log)

    def uninstall(self, name: str) -> Outcome:
        """The library alone; what came with it stays."""
        uv = [self._uv or "", "pip", "uninstall", "--python", self._python, name]
        return self._run(uv if self._uv else [*self._pip(), "uninstall", "--yes", name])

    def try_import(self, name: str) -> Imported | str:
        """What the library shows when it is imported there, or in one line why it cannot be."""
        command = [self._python, "-I", "-c", TRY_IMPORT, name, TELLING_MODULES.get(name, name)]
        with self._log(name, "ab") as log:
            outcome = self._run(command, IMPORT_LIMIT_S, log)
        if outcome.timed_out:
            return f"its import did not end within {IMPORT_LIMIT_S:g} s"
        return _answer(outcome.output, Imported) if outcome.succeeded else gist_of(outcome.output)

    def look_round(self, names: Iterable[str]) -> Seen | str:
        """What the environment shows without importing any of the libraries, or why it cannot be asked."""
        outcome = self._run([self._python, "-I", "-c", LOOK_ROUND, *names], IMPORT_LIMIT_S)
        return _answer(outcome.output, Seen) if outcome.succeeded else gist_of(outcome.output)

    def _log(self, name: str, mode: str) -> IO[bytes]:
        (self.folder / LOGS).mkdir(exist_ok=True)
        return open(self.folder / LOGS / f"{name}.txt", mode)

    def _pip(self) -> list[str]:
        """The environment's own, else ours working on it."""
        if any((self.folder / "bin").glob("pip*")):
            return [self._python, "-I", "-m", "pip"]
        return [sys.executable, "-m", "pip", "--python", self._python]

    def _run(self, command: list[str], limit_s: float = BUILD_LIMIT_S, log: IO[bytes] | None = None) -> Outcome:
        """Its temporary files lie beside the environment, so that what a killed one leaves goes with the next."""
        temporary = self.folder.parent / f".building-{self.folder.name}"
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        env = environment_variables() | {"TMPDIR": str(temporary)}
        try:
            return run(command, env, temporary, limit_s, halt=self._halt, held=self._held, log=log)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


def _answer(output: str, kind: type[T]) -> T | str:
    """The last line that is a JSON object; others are warnings."""
    line = next((line for line in reversed(output.splitlines()) if line.startswith("{")), "")
    try:
        return msgspec.json.decode(line, type=kind)
    except msgspec.MsgspecError:
        return f"it answered with rubbish: {gist_of(output)}"


def environment_variables() -> dict[str, str]:
    """Ours, without what would change a Python's ways or lead an installation to another place."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return {name: value for name, value in kept.items() if name not in LEADING_AWAY} | QUIET


def requirement(name: str) -> str:
    """The library in the versions that concur works with, where concur's metadata is at hand; else in any."""
    try:
        declared = [each.partition(";")[0].strip() for each in requires("concur") or []]
    except PackageNotFoundError:
        declared = []
    return next((each for each in declared if re.match(rf"{re.escape(name)}\s*([<>=!~]|$)", each)), name)
