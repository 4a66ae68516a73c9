"""Loading what the learner wrote, as the module `work`: what keeps it from being loaded is said in one sentence.

Tier 0. Its bytes are read once; lines of hers that a verdict quotes come from here, whatever became of the file.
"""

import io
import linecache
import sys
import tokenize
from types import ModuleType
from typing import Any

MODULE = "work"  # her file is work.py


class Unloadable(Exception):
    """Her file cannot be run at all: what is wrong with it, and the line that shows it."""

    def __init__(self, what: str, detail: str = "") -> None:
        self.what, self.detail = what, detail
        super().__init__(what)


class MissingName(AttributeError):
    """A check asked for a name that work.py has not."""


class Work(ModuleType):
    """Her module. What it lacks is her omission, and no error of the checker's."""

    def __getattr__(self, name: str) -> Any:
        raise MissingName(name)


def source_of(path: str) -> str:
    """The text of a Python file, by the rules of PEP 263. Raises Unloadable where it is none."""
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError as error:
        raise Unloadable(f"work.py cannot be read: {error.strerror or error}") from None
    if b"\0" in content:
        line = content[: content.index(b"\0")].count(b"\n") + 1
        raise Unloadable(f"work.py is no text: it has a null byte in line {line}")
    return _decoded(content)


def _decoded(content: bytes) -> str:
    encoding = "utf-8"
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        return io.TextIOWrapper(io.BytesIO(content), encoding).read()
    except UnicodeDecodeError:
        raise _not_decoded(content, encoding) from None
    except SyntaxError as error:  # of the first two lines
        is_encoding_unknown = "unknown encoding" in str(error)
        raise Unloadable(f"work.py: {error}") if is_encoding_unknown else _not_decoded(content, encoding) from None


def _not_decoded(content: bytes, encoding: str) -> Unloadable:
    for number, line in enumerate(content.splitlines(), 1):
        try:
            line.decode(encoding)
        except UnicodeDecodeError as error:
            return Unloadable(f"work.py is not {encoding.upper()}: byte 0x{line[error.start]:02x} in line {number}")
    return Unloadable(f"work.py is not {encoding.upper()}")


def load(path: str, source: str) -> Work:
    """Her module, run from top to bottom. Raises Unloadable for what is no Python, and whatever her own code raises."""
    try:
        code = compile(source, path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise _not_python(error) from None
    work = Work(MODULE)
    work.__file__ = path
    sys.modules[MODULE] = work
    linecache.cache[path] = (len(source), None, source.splitlines(keepends=True), path)
    exec(code, work.__dict__)
    return work


def _not_python(error: BaseException) -> Unloadable:
    if not isinstance(error, SyntaxError):
        return Unloadable(f"work.py is no Python: {type(error).__name__}: {error}")
    line = (error.text or "").rstrip()
    caret = f"{' ' * (error.offset - 1)}^" if line and error.offset else ""
    return Unloadable(
        f"work.py is no Python: {error.msg}, in line {error.lineno}", "\n".join(filter(None, (line, caret)))
    )
