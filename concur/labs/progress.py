"""Where a learner is: progress.json in her folder, written whole, backed up once, and by one runner at a time. Tier 1.

Minutes are estimated: the time between two commands counts for the lab she is at,
up to a cap, since who goes for lunch learns nothing meanwhile.
"""

import fcntl
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from concur.errors import ConcurError, MachineError, UsageError
from concur.labs.endings import Result
from concur.labs.folder import PROGRESS, LearnersFolder
from concur.labs.lab import Lab

VERSION = 1
LOCK, BACKUP, BROKEN = ".progress.lock", "progress.json.bak", "progress.json.broken"
CAP_S = 600.0  # of the time between two commands
PATIENCE_S = 3.0  # for another runner, which holds the lock while it writes
PAUSE_S = 0.02

State = Literal["new", "started", "passed", "given-up"]


class LabProgress(msgspec.Struct, kw_only=True):
    """One lab: times are in ISO 8601, empty for never. results are of the last check of all gates."""

    state: State = "new"
    attempts: int = 0
    hints_shown: int = 0
    predictions: dict[str, float | list[str] | str] = {}
    measured: dict[str, Any] = {}
    results: list[Result] = []
    explanation: dict[str, Any] = {}
    minutes_spent: float = 0.0
    began: str = ""
    passed_at: str = ""
    solution_shown: bool = False


class Record(msgspec.Struct, kw_only=True):
    """What progress.json holds. last_command_s is in seconds since the epoch; labs are by their folders' names."""

    version: int = VERSION
    current: int | None = None
    last_command_s: float = 0.0
    labs: dict[str, LabProgress] = {}


class Progress:
    """A learner's progress, as it was read. `notes` say what had to be mended."""

    def __init__(self, folder: LearnersFolder, record: Record, notes: list[str], *, is_locked: bool) -> None:
        self._folder, self._record, self.notes, self._is_locked = folder, record, notes, is_locked

    @property
    def current(self) -> int | None:
        """The number of the lab she is at."""
        return self._record.current

    @current.setter
    def current(self, number: int | None) -> None:
        self._record.current = number

    def of(self, lab: Lab) -> LabProgress:
        """Her progress in that lab; what is changed in it is kept by `save`."""
        return self._record.labs.setdefault(lab.name, LabProgress())

    def begin(self, lab: Lab) -> None:
        """She is at that lab now, for the first time or again."""
        self.current, now = lab.number, self.of(lab)
        if now.state == "new":
            now.state, now.began = "started", _moment()

    def checked(self, lab: Lab, results: Sequence[Result]) -> None:
        """One more attempt at all of its gates. A lab once passed stays passed; one given up may still be passed."""
        now = self.of(lab)
        now.attempts += 1
        now.results = list(results)
        if all(result.is_passed for result in results) and now.state != "passed":
            now.state, now.passed_at = "passed", _moment()
            now.began = now.began or now.passed_at

    def save(self) -> None:
        """Write it, the one before as a backup. Raises MachineError; then the file is as it was."""
        assert self._is_locked, "progress that was only read cannot be saved"
        path = self._folder.path / PROGRESS
        try:
            if path.exists():
                _replace(self._folder.path / BACKUP, path.read_bytes())
            _replace(path, msgspec.json.format(msgspec.json.encode(self._record), indent=1))
        except OSError as error:
            raise _refused(path, error) from None

    def spend(self, now_s: float) -> None:
        """Count the time since the last command for the lab she is at, unless that is done."""
        gap_s = min(max(0.0, now_s - self._record.last_command_s), CAP_S) if self._record.last_command_s else 0.0
        for name, lab in self._record.labs.items():
            if name.partition("-")[0] == f"{self.current or 0:02}" and lab.state == "started":
                lab.minutes_spent += gap_s / 60
        self._record.last_command_s = now_s


@contextmanager
def open_progress(
    folder: LearnersFolder, *, clock: Callable[[], float] = time.time, patience_s: float = PATIENCE_S
) -> Iterator[Progress]:
    """Her progress, to be changed and saved: nobody else does meanwhile. The folder is made if need be.

    Raises MachineError where another runner holds it for too long, or the folder
    refuses; UsageError where a newer concur has written it.
    """
    folder.create()
    with _locked(folder.path / LOCK, patience_s):
        record, notes = _read(folder.path, is_mending=True)
        progress = Progress(folder, record, notes, is_locked=True)
        progress.spend(clock())
        yield progress


def read_progress(folder: LearnersFolder) -> Progress:
    """Her progress, to be looked at. Nothing is locked or mended. Raises UsageError as above."""
    record, notes = _read(folder.path, is_mending=False)
    return Progress(folder, record, notes, is_locked=False)


@contextmanager
def _locked(path: Path, patience_s: float) -> Iterator[None]:
    """flock(2) on a file beside, since progress.json is another file after each save. It ends with the process."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _refused(path, error) from None
    try:
        _lock(descriptor, path, patience_s)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, path: Path, patience_s: float) -> None:
    until_s = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() >= until_s:
                raise MachineError(
                    "another runner is at work in this folder",
                    why=f"it holds {path}",
                    do="Wait for it, or end it; a second folder is another way: --folder FOLDER.",
                ) from None
            time.sleep(PAUSE_S)


def _read(folder: Path, *, is_mending: bool) -> tuple[Record, list[str]]:
    """The record, of the backup where the file is broken or gone; and what is to be said about that."""
    path, backup = folder / PROGRESS, folder / BACKUP
    found = _decoded(path)
    if isinstance(found, Record):
        return found, []
    if not path.exists() and not backup.exists():
        return Record(), []
    why, kept = found, _decoded(backup)
    if is_mending and path.exists():
        with suppress(OSError):
            os.replace(path, folder / BROKEN)
    set_aside = f"; it is set aside as {BROKEN}" if path.exists() or is_mending else ""
    if isinstance(kept, Record):
        return kept, [f"{PROGRESS} could not be read ({why}){set_aside}. The backup of the command before was taken."]
    return Record(), [f"{PROGRESS} could not be read ({why}){set_aside}, nor its backup ({kept}). You begin anew."]


def _decoded(path: Path) -> Record | str:
    """The record in a file, or why there is none. Raises UsageError for one of a newer version."""
    try:
        content = path.read_bytes()
        version = msgspec.json.decode(content, type=Version).version
        if version <= VERSION:
            return msgspec.json.decode(content, type=Record)
    except FileNotFoundError:
        return "it is gone"
    except OSError as error:
        return error.strerror or str(error)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        return str(error)
    raise UsageError(
        f"{path} is of version {version}",
        why=f"a newer concur has written it, this one reads up to {VERSION}",
        do="Bring concur up to date, or begin in another folder: --folder FOLDER.",
    )


class Version(msgspec.Struct):
    """What is read first of a progress file."""

    version: int


def _replace(path: Path, content: bytes) -> None:
    """Written beside and to the disk, then renamed."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(beside, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _moment() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _refused(path: Path, error: OSError) -> ConcurError:
    return MachineError(
        f"{path} cannot be used",
        why=error.strerror or str(error),
        do="Make room or give it to yourself; or choose another folder: --folder FOLDER.",
    )
