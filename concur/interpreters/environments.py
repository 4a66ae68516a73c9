"""The environments prepared for interpreters: where each is, what is in it, and whether it may be used. Tier 1.

Nothing is made here (that is `prepare.py`'s work) and no process is started. An
environment is a folder in the cache, a virtual environment with a manifest in it
that says of every library what became of it. What the manifest does not vouch for
is not used.
"""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from concur.cache import cache_root
from concur.catalog import MODELS, SERVICE_NEEDS
from concur.interpreters.describe import Interpreter
from concur.wire.links import PARSERS

MANIFEST = "concur.json"
LOGS = "logs"  # what each installation wrote, NAME.txt
FORMAT = 1  # of the manifest; an environment with another one is made anew
TOOLS = ("pytest_benchmark",)  # by the names of their modules; what concur itself runs there. It brings pytest


class Library(msgspec.Struct, kw_only=True):
    """What became of one library: version and how it came, or why it could not be had.

    how is "wheel", "source" or "there" (built in, or come with another one);
    may_pass says that the reason lay outside (network, time, room), so that it is
    tried again next time; turns_gil_on is seen when it is imported on a
    free-threaded build.
    """

    version: str = ""
    how: str = ""
    refused: str = ""
    may_pass: bool = False
    turns_gil_on: bool = False


class Manifest(msgspec.Struct, kw_only=True):
    """What has been done in an environment. doing is the library under way; found afterwards, it was interrupted."""

    executable: str
    version: str
    format: int = FORMAT
    doing: str = ""
    libraries: dict[str, Library] = {}


def wanted_libraries() -> tuple[str, ...]:
    """What the models of the catalogue, their options, and the services need, each once: in that order.

    Of a crawler's parsers the first is in the standard library; the others bear their libraries' names.
    """
    of_models = (need for row in MODELS for need in (*row.needs, *row.options_need))
    of_services = (need for needs in SERVICE_NEEDS.values() for need in needs)
    return tuple(dict.fromkeys((*of_models, *of_services, *PARSERS[1:])))


def to_install() -> tuple[str, ...]:
    """All that is put into an environment: what models need, then the tools that measure the primitives there."""
    return (*wanted_libraries(), *TOOLS)


def folder_of(interpreter: Interpreter) -> Path:
    """Where its environment is or would be; an interpreter replaced in place by another version gets another folder.

    The JIT's state does not count: both variants of an executable share one.
    """
    one = interpreter
    marks = (os.path.realpath(one.executable), one.version, one.own_version, str(one.free_threaded), one.build)
    digest = hashlib.sha256("\0".join(marks).encode()).hexdigest()[:12]
    return cache_root() / "environments" / f"{one.kind.removesuffix('+jit')}-{digest}"


def python_in(folder: Path) -> Path:
    """The executable of an environment."""
    return folder / "bin" / "python"


def read_manifest(folder: Path) -> Manifest | None:
    """What has been done there; None where there is no manifest, or none that is whole and of today's format."""
    try:
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError):
        return None  # both mean one thing, whatever the reason: nobody vouches for that folder
    return manifest if manifest.format == FORMAT else None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write beside, then rename: a manifest is whole or not there. Raises OSError."""
    beside = folder / f".{MANIFEST}"
    beside.write_bytes(msgspec.json.format(msgspec.json.encode(manifest), indent=2))
    os.replace(beside, folder / MANIFEST)


def equip(interpreter: Interpreter) -> Interpreter:
    """The interpreter with its environment, libraries and refusals set, if a whole environment is there; else as it is.

    An environment is whole if its manifest says so, no installation was
    interrupted in it, and its executable can be started still.
    """
    if interpreter.broken or interpreter.is_virtual:
        return interpreter
    folder = folder_of(interpreter)
    manifest = read_manifest(folder)
    if manifest is None or manifest.doing or not os.access(python_in(folder), os.X_OK):
        return interpreter
    return msgspec.structs.replace(
        interpreter,
        environment=str(folder),
        libraries={name: one.version for name, one in manifest.libraries.items() if not one.refused},
        refused={name: one.refused for name, one in manifest.libraries.items() if one.refused},
    )


def is_prepared(interpreter: Interpreter, libraries: Iterable[str] | None = None) -> bool:
    """Whether each library (all that models need, unless named) is in its environment, or is known not to be had.

    Takes an interpreter as `find()` and `resolve()` give it. A virtual
    environment counts as prepared, since nothing is ever prepared for it.
    """
    wanted = wanted_libraries() if libraries is None else libraries
    return interpreter.is_virtual or (
        bool(interpreter.environment)
        and all(name in interpreter.libraries or name in interpreter.refused for name in wanted)
    )


def gil_raisers(interpreter: Interpreter) -> list[str]:
    """The libraries of its environment whose import turns the GIL of a free-threaded build back on."""
    manifest = read_manifest(Path(interpreter.environment)) if interpreter.environment else None
    return [name for name, one in manifest.libraries.items() if one.turns_gil_on] if manifest else []
