"""Which interpreters this machine has, by what names they go, and which one a name means. Tier 1.

Places are searched in the order of `places()`; the first of a short name keeps
it, and a later one of the same name is told apart by its patch level or its path.
"""

import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec

from concur.errors import ConcurError, MachineError, unknown
from concur.interpreters.describe import Interpreter, describe
from concur.interpreters.environments import equip

# python3, python3.14, python3.13t, pypy, pypy3.11, pypy3.11-c; not python3-config
EXECUTABLE_NAME = re.compile(r"(python3(\.\d+)?t?|pypy\d*(\.\d+)?(-c)?)$")


def find() -> list[Interpreter]:
    """All interpreters of this machine, the current one first; broken ones too, with the reason in `broken`.

    Each has the environment prepared for it, if one has been. Each is asked (in parallel, with a time limit), so
    this takes from 0.1 s to some seconds.
    """
    with ThreadPoolExecutor(max_workers=4) as pool:
        described = [found for several in pool.map(describe, candidates()) for found in several]
    return [equip(one) for one in told_apart(_unique(described))]


def current() -> Interpreter:
    """The interpreter that runs this, without asking any other one."""
    return equip(describe(sys.executable)[0])


def resolve(name: str) -> Interpreter:
    """The interpreter that a short name, a name on PATH (`python3`), or an executable's path means.

    Raises UsageError with the nearest names if nothing bears the name, and
    MachineError with the reason if what bears it cannot be used.
    """
    return _resolve_among(name, find())


def resolve_many(names: str) -> list[Interpreter]:
    """Those of a comma-separated list, in its order, each once; `all` is one usable of each short name."""
    found = find()
    chosen: list[Interpreter] = []
    for name in filter(None, (part.strip() for part in names.split(","))):
        chosen += one_of_each(found) if name == "all" else [_resolve_among(name, found)]
    if not chosen:
        raise unknown("interpreter", names, _names(found), do="Or 'all', or an executable's path.")
    return list({one.identity: one for one in chosen}.values())


def resolve_each(names: Iterable[str]) -> tuple[list[Interpreter], list[ConcurError]]:
    """What the names mean, each interpreter once; and an error for each name whose bearer cannot be used.

    `all` is one usable of each short name. Raises UsageError if nothing bears one of the names.
    """
    found = find()
    chosen: list[Interpreter] = []
    errors: list[ConcurError] = []
    for name in names:
        try:
            chosen += one_of_each(found) if name == "all" else [_resolve_among(name, found)]
        except MachineError as error:
            errors.append(error)
    return list({one.identity: one for one in chosen}.values()), errors


def one_of_each(found: Iterable[Interpreter]) -> list[Interpreter]:
    """The first usable of each kind: 3.13.0 is left out where 3.13 is there."""
    first: dict[str, Interpreter] = {}
    for one in found:
        if not one.broken:
            first.setdefault(one.kind, one)
    return list(first.values())


def places() -> list[Path]:
    """Where to look, in order: what CONCUR_INTERPRETER_PATH names, PATH, pyenv's versions, uv's.

    pyenv's shims are passed over: a shim is a question to pyenv, and its answers are found at first hand.
    """
    home = Path.home()
    pyenv = Path(os.environ.get("PYENV_ROOT") or home / ".pyenv")
    data = Path(os.environ.get("XDG_DATA_HOME") or home / ".local/share")
    uv = Path(os.environ.get("UV_PYTHON_INSTALL_DIR") or data / "uv/python")
    named = _split(os.environ.get("CONCUR_INTERPRETER_PATH", ""))
    on_path = [folder for folder in _split(os.environ.get("PATH", "")) if folder.name != "shims"]
    return [*named, *on_path, *sorted(pyenv.glob("versions/*/bin")), *sorted(uv.glob("*/bin"))]


def candidates() -> list[str]:
    """The executables worth asking, the current one first, links to one file once."""
    paths = [Path(sys.executable), *(path for place in places() for path in _executables(place))]
    first: dict[tuple[str, str], str] = {}
    for path in paths:
        first.setdefault(_file_identity(path), str(path))
    return list(first.values())


def told_apart(found: list[Interpreter]) -> list[Interpreter]:
    """The same, with names of their own: the first keeps the short one, others get patch level or path."""
    taken: set[str] = set()
    named = []
    for one in found:
        names = (one.short, _patch_name(one), f"{one.executable}{_suffix(one)}")
        short = next((name for name in names if name not in taken), names[-1])
        taken.add(short)
        named.append(msgspec.structs.replace(one, short=short))
    return named


def _unique(found: Iterable[Interpreter]) -> list[Interpreter]:
    """Usable ones before broken ones, so that a good one has the first claim to a name; each once."""
    ordered = sorted(found, key=lambda one: bool(one.broken))
    seen: dict[tuple[str, str, str], Interpreter] = {}
    for one in ordered:
        seen.setdefault(one.identity, one)
    return list(seen.values())


def _resolve_among(name: str, found: list[Interpreter]) -> Interpreter:
    for matches in ([one for one in found if one.short == name], [one for one in found if _patch_name(one) == name]):
        if matches:
            return _usable(matches[0], name)
    path, suffix = _path_of(name)
    if path is None:
        raise unknown("interpreter", name, _names(found), do="Or 'all', or an executable's path.")
    return _usable(_variant(path, suffix, found, name), name)


def _path_of(name: str) -> tuple[str | None, str]:
    """The executable a name leads to, by a path or as a shell would look it up; and the variant asked for."""
    bare, plus, variant = name.partition("+jit")
    bare, suffix = (name, "") if variant else (bare, plus)
    if os.sep in bare:
        return (os.path.abspath(os.path.expanduser(bare)) if os.path.exists(os.path.expanduser(bare)) else None), suffix
    extra = [str(place) for place in _split(os.environ.get("CONCUR_INTERPRETER_PATH", ""))]
    by_file = [place for place in extra if os.path.basename(place) == bare and os.path.isfile(place)]
    in_folder = shutil.which(bare, path=os.pathsep.join(extra)) if extra else None
    return (shutil.which(bare) or in_folder or next(iter(by_file), None)), suffix


def _variant(path: str, suffix: str, found: list[Interpreter], name: str) -> Interpreter:
    """The described interpreter at a path, under the name it has among those found if it is one of them."""
    for one in describe(path):
        known = next((other for other in found if other.identity == one.identity), equip(one))
        if one.broken or _suffix(one) == suffix:
            return known
    raise unknown("interpreter", name, _names(found), do=f"{path} has no JIT that can be switched on.")


def _usable(one: Interpreter, name: str) -> Interpreter:
    if one.broken:
        raise _broken(one, name)
    return one


def _broken(one: Interpreter, name: str) -> ConcurError:
    where = "" if one.executable == name else f" ({one.executable})"
    return MachineError(
        f"the interpreter '{name}'{where} cannot be used",
        why=one.broken,
        do="Choose another; `concur interpreters` lists those that work.",
    )


def _names(found: Iterable[Interpreter]) -> list[str]:
    return [one.short for one in found if not one.broken]


def _patch_name(one: Interpreter) -> str:
    """`3.13.0`, `3.13.0t`, `pypy3.11.17`, `3.14.8+jit`; the path for one that did not answer."""
    if not one.version:
        return one.executable
    name = "" if one.implementation == "CPython" else one.implementation.lower()
    return f"{name}{one.version}{'t' if one.free_threaded else ''}{_suffix(one)}"


def _suffix(one: Interpreter) -> str:
    return "+jit" if one.env.get("PYTHON_JIT") == "1" else ""


def _split(variable: str) -> list[Path]:
    return [Path(part).expanduser() for part in variable.split(os.pathsep) if part]


def _executables(place: Path) -> Iterator[Path]:
    """The interpreters in a folder by their names, or the one file that the place is."""
    if place.is_file():
        yield place.absolute()
        return
    try:
        names = sorted(os.listdir(place))
    except OSError:
        return  # PATH is full of folders that are not there: that is no error
    for name in names:
        path = (place / name).absolute()
        if EXECUTABLE_NAME.match(name) and path.is_file() and os.access(path, os.X_OK):
            yield path


def _file_identity(path: Path) -> tuple[str, str]:
    """The real file, and the virtual environment it stands in: there one file is several interpreters."""
    environment = path.parent.parent
    return os.path.realpath(path), str(environment) if (environment / "pyvenv.cfg").exists() else ""
