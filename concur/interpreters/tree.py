"""Tier 0 as a folder of its own, for an interpreter where nothing is installed. Tier 1.

The folder goes on a foreign interpreter's PYTHONPATH in place of ours, whose
site-packages would break it (CPython's greenlet shadows PyPy's).
"""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from concur.cache import cache_folder
from concur.errors import MachineError
from concur.interpreters.describe import TIMEOUT_S, Interpreter

PACKAGE = Path(__file__).resolve().parents[1]
MODULES = ("__init__.py", "catalog.py", "serve.py", "errors.py")
PACKAGES = ("kernel", "echo", "wire", "crawl")  # those that there are
ASK_CATALOGUE = """import json; from concur.catalog import MODELS, missing
print(json.dumps({row.id: missing(row) for row in MODELS}))"""


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


def missing_models(interpreter: Interpreter) -> dict[str, str]:
    """Why that interpreter cannot run each model of the catalogue, by id; empty where it can.

    The catalogue is asked there. Raises MachineError if it gives no answer.
    """
    env = os.environ | interpreter.env | {"PYTHONPATH": str(tier0_tree())}
    command = [interpreter.executable, "-P", "-c", ASK_CATALOGUE]
    try:
        asked = subprocess.run(
            command, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=TIMEOUT_S, check=True
        )
        return msgspec.json.decode(asked.stdout, type=dict[str, str])
    except subprocess.CalledProcessError as error:
        why = (error.stderr.decode(errors="replace").strip().splitlines() or [f"status {error.returncode}"])[-1]
    except (subprocess.TimeoutExpired, OSError, msgspec.MsgspecError) as error:
        why = str(error)
    raise MachineError(f"{interpreter.short} cannot read the table of models", why=why, do="`concur doctor` asks it.")
