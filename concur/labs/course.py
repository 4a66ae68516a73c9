"""A course: a folder of labs, with course.toml for their order in blocks and what to cut. Tier 1.

A teacher's own course is another such folder. course.toml may be missing: then
the labs stand in the order of their numbers.
"""

import os
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from concur.errors import ConcurError, UsageError, unknown
from concur.labs.lab import FOLDER_NAME, Lab, load_lab

COURSE_FILE = "course.toml"
VARIABLE = "CONCUR_COURSE"  # names another course's folder
OURS = Path(__file__).resolve().parents[2] / "labs"


class Block(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Labs taught in one go, by their numbers; a break follows."""

    title: str
    labs: list[int]


class CourseFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """course.toml: cut are the labs of a session of three hours that are done, shown those that are only shown."""

    title: str = ""
    summary: str = ""
    blocks: list[Block] = []
    cut: list[int] = []
    shown: list[int] = []


class Broken(NamedTuple):
    """A lab that cannot be read, by its folder's name, and why."""

    name: str
    error: ConcurError


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """The labs that are there, in the order of the blocks. A number in a block of which there is no lab is no error."""

    folder: Path
    title: str
    summary: str
    blocks: list[Block]
    cut: list[int]
    shown: list[int]
    labs: list[Lab]
    broken: list[Broken]

    def lab(self, word: str) -> Lab:
        """The lab that a number, a slug, a folder's name or the beginning of one means.

        Raises UsageError with the nearest names, or what is broken about the lab that is meant.
        """
        for names in (self._exact(word), self._beginning(word)):
            if len(names) == 1:
                return self._one(names[0])
            if names:
                raise UsageError(f"'{word}' means several labs", why=", ".join(names), do="Give its number.")
        raise unknown("lab", word, [name for name, _ in self._known()], do="Or its number.")

    def after(self, lab: Lab) -> Lab | None:
        """The one that follows in the course's order."""
        place = [each.name for each in self.labs].index(lab.name) + 1
        return self.labs[place] if place < len(self.labs) else None

    def block_of(self, lab: Lab) -> Block | None:
        """The block that it stands in, if any."""
        return next((block for block in self.blocks if lab.number in block.labs), None)

    def _known(self) -> list[tuple[str, str]]:
        """Each lab's name, and its slug."""
        names = [lab.name for lab in self.labs] + [broken.name for broken in self.broken]
        return [(name, name.partition("-")[2]) for name in names]

    def _exact(self, word: str) -> list[str]:
        number = int(word) if word.isascii() and word.isdigit() else -1
        return [name for name, slug in self._known() if word in (name, slug) or _number(name) == number]

    def _beginning(self, word: str) -> list[str]:
        return [name for name, slug in self._known() if word and (name.startswith(word) or slug.startswith(word))]

    def _one(self, name: str) -> Lab:
        for broken in self.broken:
            if broken.name == name:
                raise broken.error
        return next(lab for lab in self.labs if lab.name == name)


def find_course(given: Path | None = None) -> Course:
    """The course in the given folder, else in the one that CONCUR_COURSE names, else in concur's own.

    Raises UsageError where there is none.
    """
    named = os.environ.get(VARIABLE)
    return load_course(given or (Path(named) if named else OURS))


def load_course(folder: Path) -> Course:
    """The course in that folder. A lab that cannot be read stands in `broken`."""
    folder = folder.expanduser().absolute()
    names = _names_in(folder)
    file = _read(folder)
    labs, broken = [], []
    for name in names:
        try:
            labs.append(load_lab(folder / name))
        except ConcurError as error:
            broken.append(Broken(name, error))
    place = {number: at for at, number in enumerate(each for block in file.blocks for each in block.labs)}
    labs.sort(key=lambda lab: (place.get(lab.number, len(place)), lab.number))
    return Course(
        folder=folder,
        title=file.title or folder.name,
        summary=file.summary,
        blocks=file.blocks,
        cut=file.cut,
        shown=file.shown,
        labs=labs,
        broken=broken,
    )


def _names_in(folder: Path) -> list[str]:
    try:
        names = sorted(each.name for each in folder.iterdir() if FOLDER_NAME.fullmatch(each.name) and each.is_dir())
    except OSError as error:
        raise _no_course(folder, error.strerror or str(error)) from None
    if not names:
        raise _no_course(folder, "there is no lab in it, no folder called NN-slug")
    return names


def _read(folder: Path) -> CourseFile:
    try:
        found: Any = msgspec.toml.decode((folder / COURSE_FILE).read_text(encoding="utf-8"))
        return msgspec.convert(found, CourseFile)
    except FileNotFoundError:
        return CourseFile()
    except OSError as error:
        raise _no_course(folder, f"{COURSE_FILE}: {error.strerror or error}") from None
    except (UnicodeDecodeError, msgspec.MsgspecError) as error:
        raise UsageError(
            f"{folder / COURSE_FILE} is not understood", why=str(error), do="Mend it, or remove it to do without."
        ) from None


def _no_course(folder: Path, why: str) -> UsageError:
    return UsageError(
        f"there is no course in {folder}", why=why, do=f"Give the folder of one: --course FOLDER, or {VARIABLE}."
    )


def _number(name: str) -> int:
    return int(name.partition("-")[0])
