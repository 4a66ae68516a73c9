"""The file that a crawl is resumed from: one JSON line for each step, appended. Tier 0.

The first line says of which crawl it is. Each other line is a page that was
finished, with what it led to, or one that is to be asked for again:

    {"done": 17, "status": 200, "links": [3, "/new", "1/new/elsewhere"]}
    {"again": 17, "attempts": 1, "wait_ns": 250000000}

Pages are numbers, in the order found; what a line names for the first time
stands there as text (`known.py`). A line is handed to the kernel before the
step is over, so that SIGKILL loses at most the line being written; a machine
that loses power may lose more, since nothing waits for the disk.
What must not live here: what a line means for the crawl (`frontier.py`).
"""

import json
import os
from collections.abc import Iterator
from io import FileIO
from pathlib import Path
from typing import Any

from concur.errors import MachineError, UsageError

VERSION = 1
COMPACT_FROM_BYTES = 1024 * 1024  # a smaller file is left as it is
_BLOCK_BYTES = 64 * 1024
_AGAIN = b'{"again":'

Entry = dict[str, Any]  # a line, as the module's docstring has it


class Journal:
    """An open journal; made by `create` or `reopen`. Raises MachineError where the file cannot be read or written."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = _open(path)
        self._bytes = os.fstat(self._file.fileno()).st_size
        self._spent_bytes = 0  # lines that later ones have made useless
        self._open_again: dict[int, bytes] = {}  # for each page that is to be asked for again, the line that says so

    def append(self, entry: Entry) -> None:
        """Add a step."""
        line = _line(entry)
        self._write(line)
        self._account(entry, line)
        if self._bytes > COMPACT_FROM_BYTES and self._spent_bytes * 2 > self._bytes:
            self.compact()

    def entries(self) -> Iterator[tuple[int, Entry]]:
        """The steps so far, each with its line's number. Raises UsageError where a line is no JSON object."""
        with open(self.path, "rb") as file:
            file.readline()
            for number, line in enumerate(file, 2):
                entry = _parsed(line)
                if entry is None:
                    raise self.damaged(number)
                yield number, entry
                self._account(entry, line)

    def compact(self) -> None:
        """Write the file anew without the lines that later ones have made useless; it is whole at every moment."""
        beside = self.path.with_name(self.path.name + ".tmp")
        with open(self.path, "rb") as old, open(beside, "wb") as new:
            new.writelines(line for line in old if not line.startswith(_AGAIN))
            new.writelines(self._open_again.values())
        os.replace(beside, self.path)
        self._file.close()
        self._file = _open(self.path)
        self._bytes, self._spent_bytes = os.fstat(self._file.fileno()).st_size, 0

    def damaged(self, line: int) -> UsageError:
        """The error for a line that makes no sense."""
        return UsageError(f"{self.path} cannot be resumed", why=f"line {line} is damaged", do="Begin the crawl anew.")

    def close(self) -> None:
        """Nothing more will be added."""
        self._file.close()

    def _account(self, entry: Entry, line: bytes) -> None:
        page: int = entry["again"] if "again" in entry else entry["done"]
        self._spent_bytes += len(self._open_again.pop(page, b""))
        if "again" in entry:
            self._open_again[page] = line

    def _write(self, line: bytes) -> None:
        self._bytes += len(line)
        try:
            while line:
                line = line[self._file.write(line) :]
        except OSError as error:
            raise _refused(self.path, "written", error) from None


def create(path: Path, identity: dict[str, Any]) -> Journal:
    """The journal of a new crawl. Raises UsageError where there is such a file, MachineError where none can be made."""
    if path.exists():
        raise UsageError(f"{path} exists already", do="Resume that crawl, or choose another file.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "xb") as file:
            file.write(_header(identity))
    except OSError as error:
        raise _refused(path, "made", error) from None
    return Journal(path)


def reopen(path: Path, identity: dict[str, Any]) -> Journal:
    """The journal of a crawl that ended early; a cut last line is dropped.

    Raises UsageError where there is none, where it is of another crawl or of a
    newer version, or where the file is something else: then it is left as it is.
    """
    try:
        header = _header(identity)
        with open(path, "rb") as file:
            first = file.readline(len(header) + _BLOCK_BYTES)
        if first != header and header.startswith(first):  # killed before it had begun
            path.write_bytes(header)
        else:
            _check(path, first, identity)
            os.truncate(path, _whole_bytes(path))
    except FileNotFoundError:
        raise UsageError(f"there is no file {path}", do="Begin a crawl with it first.") from None
    except OSError as error:
        raise _refused(path, "read", error) from None
    return Journal(path)


def _check(path: Path, first: bytes, identity: dict[str, Any]) -> None:
    header = _parsed(first)
    version = header.get("concur_crawl") if header else None
    if header is None or not isinstance(version, int) or not isinstance(header.get("crawl"), dict):
        raise UsageError(f"{path} is not the journal of a crawl", do="Give the file that the crawl was begun with.")
    if version > VERSION:
        why = f"its version is {version}, this concur reads up to {VERSION}"
        raise UsageError(f"{path} cannot be resumed", why=why, do="Resume it with the concur that wrote it.")
    others = [name for name in identity if header["crawl"].get(name) != identity[name]]
    if others:
        why = f"it is of a crawl with {_named(header['crawl'], others)}, this one has {_named(identity, others)}"
        raise UsageError(f"{path} cannot be resumed", why=why, do="Give what that crawl was given.")


def _named(crawl: dict[str, Any], names: list[str]) -> str:
    return ", ".join(f"{name} {json.dumps(crawl.get(name))}" for name in names)


def _header(identity: dict[str, Any]) -> bytes:
    return _line({"concur_crawl": VERSION, "crawl": identity})


def _line(entry: Entry) -> bytes:
    return json.dumps(entry, separators=(",", ":")).encode() + b"\n"


def _parsed(line: bytes) -> Entry | None:
    """The object on a line, None if there is none."""
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) else None


def _whole_bytes(path: Path) -> int:
    """How long the file is up to the end of its last whole line."""
    with open(path, "rb") as file:
        end = file.seek(0, os.SEEK_END)
        while end:
            begin = max(0, end - _BLOCK_BYTES)
            file.seek(begin)
            if (newline := file.read(end - begin).rfind(b"\n")) >= 0:
                return begin + newline + 1
            end = begin
    return 0


def _open(path: Path) -> FileIO:
    try:
        return open(path, "ab", buffering=0)
    except OSError as error:
        raise _refused(path, "written", error) from None


def _refused(path: Path, done: str, error: OSError) -> MachineError:
    do = "Make room, or choose another file."
    return MachineError(f"the journal {path} cannot be {done}", why=error.strerror or str(error), do=do)
