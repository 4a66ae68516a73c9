"""A new lab to begin with: a small one that is whole, and passes `lint`, so that an author changes what works. Tier 1.

Its texts are in `skeleton.py`. What must not live here: what makes a lab sound
(`linting.py`).
"""

import os
import re
import shutil
from pathlib import Path

from concur.errors import MachineError, UsageError
from concur.labs.skeleton import FILES

SLUG = re.compile(r"(?:(\d{1,2})-)?([a-z][a-z0-9]*(?:-[a-z0-9]+)*)")
NUMBERED = re.compile(r"(\d{1,3})-.+")


def new_lab(course: Path, slug: str) -> Path:
    """Make the folder of a new lab in a course, and return it; its number is the next free one, unless given.

    slug: `bounded-queue` or `08-bounded-queue`. Raises UsageError for what is no such name or is there already,
    MachineError where it cannot be written; nothing half written is left then.
    """
    folder = course / _name(course, slug)
    title = slug.lstrip("0123456789-").replace("-", " ").capitalize()
    beside = course / f".{folder.name}.new"
    try:
        _write(beside, title)
        os.rename(beside, folder)
    except OSError as error:
        raise MachineError(
            f"{folder} cannot be made", why=error.strerror or str(error), do="Give --course a folder of your own."
        ) from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return folder


def _name(course: Path, slug: str) -> str:
    found = SLUG.fullmatch(slug)
    if not found:
        raise UsageError(
            f"'{slug}' is no name for a lab", do="Give small letters, digits and hyphens, such as bounded-queue."
        )
    taken = _numbers(course)
    number = int(found[1] or max(taken, default=0) + 1)
    if number in taken:
        raise UsageError(f"there is a lab {number} already: {taken[number]}", do="Give another number, or none.")
    if not 0 < number < 100:
        raise UsageError(f"a lab cannot have the number {number}", do="Give 1 to 99.")
    return f"{number:02}-{found[2]}"


def _numbers(course: Path) -> dict[int, str]:
    """The labs that are there, by number."""
    if not course.is_dir():
        raise UsageError(f"there is no folder {course}", do="Make it first, with a course.toml; or name another one.")
    names = [path.name for path in course.iterdir() if path.is_dir()]
    return {int(found[1]): name for name in names if (found := NUMBERED.fullmatch(name))}


def _write(folder: Path, title: str) -> None:
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("TITLE", title), encoding="utf-8")
