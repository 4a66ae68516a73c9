"""What is written in C: compiled at first use, kept in the cache folder. Tier 1.

It is found again by what made it: the source, the compiler and its version, the
options. Two processes that compile at once each make their own and rename it
into place; either will do.
"""

import hashlib
import os
import shlex
import shutil
import subprocess
import tempfile
from importlib import resources
from pathlib import Path

from concur.cache import cache_folder
from concur.errors import MachineError

OPTIONS = ("-O2", "-std=gnu11", "-ffp-contract=off")  # fused multiply-add would make other due times than Python's
SHARED = ("-fPIC", "-shared")  # a library, to be loaded into another program
INCLUDE = b'#include "parts.h"\n'
REMEDY = "Install a C compiler (apt-get install gcc libc6-dev), name one in CC, or set CONCUR_ENGINE=python."


def native_engine() -> Path:
    """The engine's executable, compiled if it is not in the cache folder yet.

    `CC` names the compiler, with options if need be. Raises MachineError where
    there is none, where it fails, and where the cache folder cannot be used.
    """
    return compiled(_source("engine.c"), "engine")


def native_datagrams() -> Path:
    """The executable that exchanges datagrams, likewise."""
    return compiled(_source("datagrams.c"), "datagrams")


def _source(name: str) -> bytes:
    """A program's text, with what the programs share in the place where it is included."""
    folder = resources.files("concur.load")
    return folder.joinpath(name).read_bytes().replace(INCLUDE, folder.joinpath("parts.h").read_bytes())


def compiled(source: bytes, name: str, extra: tuple[str, ...] = ()) -> Path:
    """The executable that a C source makes, from the cache or from the compiler; extra are options of its own.

    Raises MachineError as `native_engine` does.
    """
    compiler = [*_compiler(), *extra]
    folder = cache_folder("engine")
    executable = folder / f"{name}-{_key(source, compiler)}"
    if not executable.exists():
        _compile(source, compiler, executable)
    return executable


def shared_library(source: bytes, name: str) -> Path:
    """The library that a C source makes, for LD_PRELOAD and ctypes, from the cache or from the compiler."""
    return compiled(source, name, SHARED)


def _compiler() -> list[str]:
    words = shlex.split(os.environ.get("CC") or "cc")
    found = shutil.which(words[0])
    if found is None:
        raise MachineError("the native engine cannot be compiled", why=f"no compiler '{words[0]}' was found", do=REMEDY)
    return [found, *words[1:]]


def _key(source: bytes, compiler: list[str]) -> str:
    version = subprocess.run([*compiler, "--version"], capture_output=True, check=False).stdout
    parts = (source, version, shlex.join([*compiler, *OPTIONS]).encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def _compile(source: bytes, compiler: list[str], executable: Path) -> None:
    try:
        with tempfile.TemporaryDirectory(dir=executable.parent, prefix="making-") as folder:
            output = Path(folder, executable.name)
            command = [*compiler, *OPTIONS, "-x", "c", "-", "-o", str(output), "-lm", "-ldl"]
            done = subprocess.run(command, input=source, capture_output=True, check=False)
            if done.returncode != 0 or not output.exists():
                raise MachineError("the native engine cannot be compiled", why=_last_words(compiler, done), do=REMEDY)
            output.replace(executable)
    except OSError as error:
        why = error.strerror or str(error)
        do = "Set CONCUR_CACHE to a folder with room, or CONCUR_ENGINE=python."
        raise MachineError(f"the native engine cannot be kept in {executable.parent}", why=why, do=do) from None


def _last_words(compiler: list[str], done: subprocess.CompletedProcess[bytes]) -> str:
    lines = done.stderr.decode(errors="replace").split("\n")
    said = [line.strip() for line in lines if line.strip()]
    return said[-1] if said else f"{compiler[0]} ended with status {done.returncode} and said nothing"
