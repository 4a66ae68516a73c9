"""Tier 0 as a folder of its own, for an interpreter where nothing is installed; what its catalogue says there. Tier 1.

The folder goes on a foreign interpreter's PYTHONPATH in place of ours, whose
site-packages would break it (CPython's greenlet shadows PyPy's).
"""

import hashlib
import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from concur.cache import cache_folder
from concur.catalog import MODELS, SERVICE_NEEDS
from concur.errors import MachineError
from concur.interpreters.describe import TIMEOUT_S, Interpreter
from concur.interpreters.environments import wanted_libraries

PACKAGE = Path(__file__).resolve().parents[1]
MODULES = (
    "__init__.py",
    "accounting.py",
    "beside.py",
    "catalog.py",
    "errors.py",
    "fetch.py",
    "gil/__init__.py",
    "inside.py",
    "labs/__init__.py",
    "observed.py",
    "serve.py",
    "topology.py",
)
PACKAGES = ("kernel", "echo", "gil/inside", "wire", "crawl", "labs/gates")  # those that there are
PREPARE = "concur interpreters prepare"
ASK_CATALOGUE = """
import json, sys
from importlib.util import find_spec
from concur.catalog import MODELS, SERVICE_NEEDS, missing
from concur.observed import library_version

service = sys.argv[1]

def absent(row):
    cannot = service not in row.services or sys.version_info < row.minimum_python
    return [] if cannot else [name for name in (*row.needs, *SERVICE_NEEDS[service]) if find_spec(name) is None]

print(json.dumps({
    "reasons": {row.id: missing(row, service) for row in MODELS},
    "absent": {row.id: absent(row) for row in MODELS},
    "libraries": {name: library_version(name) for name in sys.argv[2:] if find_spec(name)},
}))"""
ECHO = "echo"


def tier0_tree() -> Path:
    """The folder to put on PYTHONPATH, made at first use: `<cache>/tier0/<hash of the content>`, `concur/` in it.

    Safe when several make it at once. Raises MachineError where the cache cannot be written.
    """
    sources = {path.relative_to(PACKAGE): path.read_bytes() for path in tier0_files(PACKAGE)}
    parent = cache_folder("tier0")
    tree = parent / _content_hash(sources)
    if not tree.is_dir():
        try:
            _write(sources, parent, tree)
        except OSError as error:
            raise MachineError(
                f"tier 0 cannot be copied to {tree}",
                why=error.strerror or str(error),
                do="Make room there, or set CONCUR_CACHE to another folder.",
            ) from None
    return tree


def tier0_files(package: Path) -> Iterator[Path]:
    """The source files of tier 0 below the package's folder, in a fixed order."""
    yield from (package / name for name in MODULES if (package / name).exists())
    for name in PACKAGES:
        yield from sorted((package / name).rglob("*.py"))


def _content_hash(sources: dict[Path, bytes]) -> str:
    digest = hashlib.sha256()
    for path, content in sources.items():
        digest.update(f"{path.as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


def _write(sources: dict[Path, bytes], parent: Path, tree: Path) -> None:
    """Writes beside, then renames: nobody ever sees half a tree."""
    beside = Path(tempfile.mkdtemp(prefix=".making-", dir=parent))
    try:
        for path, content in sources.items():
            file = beside / "concur" / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        beside.chmod(0o755)
        os.rename(beside, tree)
    except OSError:
        shutil.rmtree(beside, ignore_errors=True)
        if not tree.is_dir():  # else another process was first, with the same content
            raise


class Abilities(msgspec.Struct):
    """What ASK_CATALOGUE prints: each model's reason and absent libraries, and the versions of what is there."""

    reasons: dict[str, str]
    absent: dict[str, list[str]]
    libraries: dict[str, str]


def missing_models(interpreter: Interpreter, service: str = ECHO) -> dict[str, str]:
    """Why that interpreter cannot run each model of the catalogue in a service, by id; empty where it can.

    The catalogue is asked there; what its environment is known to lack is said
    with the reason, or with the command that would install it. Raises
    MachineError if it gives no answer.
    """
    return reasons_not_to_run(interpreter, ask_catalogue(interpreter, service), service)


def reasons_not_to_run(interpreter: Interpreter, abilities: Abilities, service: str = ECHO) -> dict[str, str]:
    """The same, of an answer that has been given."""
    needs = {row.id: (*row.needs, *SERVICE_NEEDS[service]) for row in MODELS if service in row.services}
    return {
        model: refusal(interpreter, needs.get(model, ()))
        or (absence(interpreter, abilities.absent[model]) if abilities.absent.get(model) else reason)
        for model, reason in abilities.reasons.items()
    }


def refusal(interpreter: Interpreter, needs: Iterable[str]) -> str:
    """Why one of these libraries cannot be had there, empty if each can."""
    return next((f"{name}: {interpreter.refused[name]}" for name in needs if name in interpreter.refused), "")


def absence(interpreter: Interpreter, libraries: Iterable[str]) -> str:
    """That these libraries are not there, and the command that installs them."""
    names = list(libraries)
    remedy = f"{PREPARE} {interpreter.short}"
    if interpreter.is_virtual:
        remedy = shlex.join([interpreter.executable, "-m", "pip", "install", *names])
    return f"needs {', '.join(names)}: {remedy}"


def ask_catalogue(interpreter: Interpreter, service: str = ECHO) -> Abilities:
    """What the table of models says of a service when it is asked in that interpreter, in its environment.

    Raises MachineError if it gives no answer.
    """
    env = os.environ | interpreter.env | {"PYTHONPATH": str(tier0_tree())}
    command = [interpreter.python, "-P", "-c", ASK_CATALOGUE, service, *wanted_libraries()]
    try:
        asked = subprocess.run(
            command, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_S, check=True
        )
        return msgspec.json.decode(asked.stdout, type=Abilities)
    except subprocess.CalledProcessError as error:
        why = (error.stderr.decode(errors="replace").strip().splitlines() or [f"status {error.returncode}"])[-1]
    except (subprocess.TimeoutExpired, OSError, msgspec.MsgspecError) as error:
        why = str(error)
    do = (
        f"`{PREPARE} {interpreter.short}` mends its environment."
        if interpreter.environment
        else "`concur doctor` asks it."
    )
    raise MachineError(f"{interpreter.short} cannot read the table of models", why=why, do=do)
