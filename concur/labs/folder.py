"""The learner's own folder, with her work.py of each lab that she has begun; nothing of hers is ever lost. Tier 1.

    progress.json           where she is (`progress.py`)
    05-…/work.py, README.md what she writes, and the story
    .kept/05-…/work-1.py    what work.py was before each check, the newest with the highest number

What must not live here: running anything.
"""

import os
import re
import shutil
from pathlib import Path

from concur.errors import ConcurError, MachineError, UsageError
from concur.labs.lab import Lab

NAME = "concur-labs"
VARIABLE = "CONCUR_LABS_FOLDER"
PROGRESS, WORK, KEPT = "progress.json", "work.py", ".kept"
MOST_KEPT = 50  # versions of one work.py
NUMBERED = re.compile(r"work-(\d+)\.py")


class LearnersFolder:
    """One learner's folder, there or not yet."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().absolute()

    @classmethod
    def find(cls, given: Path | None = None) -> "LearnersFolder":
        """The given one; else the one that CONCUR_LABS_FOLDER names; else where she is, or the `concur-labs` there.

        She is in it where the current folder, or one above, has a progress.json. It need not be there yet.
        """
        named = given or os.environ.get(VARIABLE)
        if named:
            return cls(Path(named))
        here = Path.cwd()
        around = [folder for folder in (here, *here.parents) if (folder / PROGRESS).is_file()]
        return cls(around[0] if around else here / NAME)

    @property
    def is_there(self) -> bool:
        """Whether it has been made."""
        return self.path.is_dir()

    def create(self) -> "LearnersFolder":
        """The same, made if need be. Raises MachineError."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _refused(self.path, error) from None
        return self

    def work(self, lab: Lab) -> Path:
        """Her file of that lab, there or not."""
        return self.path / lab.name / WORK

    def begin(self, lab: Lab) -> Path:
        """Her file: what it was if she has one, or one was kept; else a copy of start.py. The README is copied anew.

        Raises UsageError where the lab has no start.py, MachineError where nothing can be written.
        """
        work = self.work(lab)
        try:
            work.parent.mkdir(parents=True, exist_ok=True)
            if not work.exists() and not self.restore(lab):
                _write(work, _start(lab))
            if lab.readme:
                _write(work.with_name("README.md"), lab.readme.encode())
        except OSError as error:
            raise _refused(work, error) from None
        return work

    def keep(self, lab: Lab) -> None:
        """Keep her file as it is now, if it differs from what was kept last. Raises MachineError."""
        work, kept = self.work(lab), self._kept(lab)
        try:
            content = work.read_bytes()
            if kept and kept[-1].read_bytes() == content:
                return
            place = self.path / KEPT / lab.name / f"work-{_number(kept[-1]) + 1 if kept else 1}.py"
            place.parent.mkdir(parents=True, exist_ok=True)
            _write(place, content)
            for old in kept[: max(0, len(kept) + 1 - MOST_KEPT)]:
                old.unlink()
        except OSError as error:
            raise _refused(work, error) from None

    def restore(self, lab: Lab) -> bool:
        """Put back what was kept last, if her file is not there; whether something was. Raises MachineError."""
        work, kept = self.work(lab), self._kept(lab)
        if work.exists() or not kept:
            return False
        try:
            work.parent.mkdir(parents=True, exist_ok=True)
            _write(work, kept[-1].read_bytes())
        except OSError as error:
            raise _refused(work, error) from None
        return True

    def reset(self, lab: Lab) -> Path | None:
        """Begin it anew. Where her old file is now, beside the new one; None if there was none. Raises as `begin`."""
        work, start = self.work(lab), _start(lab)
        aside = None
        try:
            work.parent.mkdir(parents=True, exist_ok=True)
            if work.exists():
                aside = _free(work)
                shutil.copy2(work, aside)
            _write(work, start)
        except OSError as error:
            raise _refused(work, error) from None
        return aside

    def _kept(self, lab: Lab) -> list[Path]:
        """What was kept of her file, the newest last."""
        try:
            found = [path for path in (self.path / KEPT / lab.name).iterdir() if NUMBERED.fullmatch(path.name)]
        except OSError:
            return []
        return sorted(found, key=_number)


def _start(lab: Lab) -> bytes:
    try:
        return lab.start.read_bytes()
    except OSError as error:
        raise UsageError(
            f"lab {lab.number} cannot be begun",
            why=f"{lab.start}: {error.strerror or error}",
            do="The course is not whole: copy it anew.",
        ) from None


def _write(path: Path, content: bytes) -> None:
    """Written beside, then renamed: it is whole or not there."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(content)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _number(path: Path) -> int:
    found = NUMBERED.fullmatch(path.name)
    return int(found[1]) if found else 0


def _free(work: Path) -> Path:
    """The first of work-1.py, work-2.py … that is not there."""
    taken = max((_number(path) for path in work.parent.iterdir()), default=0)
    return work.with_name(f"work-{taken + 1}.py")


def _refused(path: Path, error: OSError) -> ConcurError:
    return MachineError(
        f"{error.filename or path} cannot be used",
        why=error.strerror or str(error),
        do=f"Make room or give it to yourself; or choose another folder: --folder FOLDER, or {VARIABLE}.",
    )
