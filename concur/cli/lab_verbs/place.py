"""Where a sub-verb works: the course, the learner's folder, her progress, and the screen. Found when first needed.

The progress file is locked only while something is written into it, so that a
question that waits, or a watch, keeps nobody out.
"""

import json
import os
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from concur.errors import ConcurError, MachineError, UsageError
from concur.labs import steps
from concur.report.labs.screen import Screen, typed

if TYPE_CHECKING:
    from concur.labs.course import Course
    from concur.labs.folder import LearnersFolder
    from concur.labs.lab import Lab
    from concur.labs.progress import LabProgress, Progress

Tell = Callable[[str], None]


class Place:
    """course_given and folder_given are what was typed; None is what is found."""

    def __init__(self, *, course_given: Path | None, folder_given: Path | None, is_plain: bool) -> None:
        self._course_given, self._folder_given, self.is_plain = course_given, folder_given, is_plain
        self._noted: set[str] = set()

    @cached_property
    def screen(self) -> Screen:
        """Results, on stdout."""
        return Screen.on_stdout(is_plain=self.is_plain)

    @cached_property
    def messages(self) -> Screen:
        """Progress and warnings, on stderr."""
        from concur.cli.console import messages

        return Screen(messages(), is_plain=self.is_plain)

    # The course

    @cached_property
    def course(self) -> "Course":
        """The course. Raises UsageError where there is none."""
        from concur.labs.course import find_course

        return find_course(self._course_given)

    @property
    def own_course(self) -> Path:
        """The folder of the course that was named, or is found; it need not have a lab yet."""
        return self._course_given or self.course.folder

    # The learner's folder

    @cached_property
    def folder(self) -> "LearnersFolder":
        """Hers, there or not yet."""
        from concur.labs.folder import NAME, PROGRESS, LearnersFolder

        try:
            found = LearnersFolder.find(self._folder_given)
            above = [] if found.is_there or self._folder_given else [one / NAME for one in Path.cwd().parents]
        except FileNotFoundError:
            raise MachineError(
                "the current folder is not there", why="it has been deleted or moved", do="Change to another: cd."
            ) from None
        return next((LearnersFolder(one) for one in above if (one / PROGRESS).is_file()), found)

    def need_folder(self) -> "LearnersFolder":
        """Hers. Raises UsageError where it is not there."""
        if not self.folder.is_there:
            raise UsageError(
                f"there is no folder {typed(self.folder.path)}",
                why="no lab is begun here",
                do="`concur labs start` begins one; or change to where you began, or name it: --folder DIR.",
            )
        return self.folder

    def begun(self, word: str | None) -> "Lab":
        """The lab of that number or name, or the one she is at. Raises UsageError where it is not begun."""
        lab = self.course.lab(word) if word else None
        self.need_folder()
        chosen = lab or self.current()
        if chosen is None:
            raise UsageError("you are at no lab", why="none is begun here", do="`concur labs start` begins one.")
        if self.of(chosen).state == steps.NEW:
            raise UsageError(
                f"lab {chosen.number}, {chosen.title}, is not begun",
                do=f"`concur labs start {chosen.number}` begins it.",
            )
        return chosen

    def work(self, lab: "Lab") -> Path:
        """Her file, kept as it is now; brought back where it is gone. Raises ConcurError where that cannot be."""
        path = self.folder.work(lab)
        if not path.is_file():
            self.folder.begin(lab)
            self.warn(f"{typed(path)} was gone; it is back as it was last kept, or as the lab begins.")
        self.folder.keep(lab)
        return path

    # Her progress

    def peek(self) -> "Progress":
        """To be looked at. What is broken about it is said once."""
        from concur.labs.progress import read_progress

        found = read_progress(self.folder)
        self._note(found)
        return found

    @contextmanager
    def progress(self) -> Iterator["Progress"]:
        """To be changed and saved, which nobody else does meanwhile."""
        from concur.labs.progress import open_progress

        with open_progress(self.folder) as found:
            self._note(found)
            yield found

    def _note(self, found: "Progress") -> None:
        """Each is said once: the first words tell what it is about."""
        for note in found.notes:
            if (about := note[:40]) not in self._noted:
                self._noted.add(about)
                self.warn(note)

    def of(self, lab: "Lab") -> "LabProgress":
        """Her progress in one lab, to be looked at."""
        return self.peek().of(lab)

    def states(self) -> "dict[int, LabProgress]":
        """Her progress in each lab, by number."""
        progress = self.peek()
        return {lab.number: progress.of(lab) for lab in self.course.labs}

    def current(self) -> "Lab | None":
        """The lab that she is at; None if there is none, or the course has it no more."""
        number = self.peek().current
        return next((lab for lab in self.course.labs if lab.number == number), None)

    def source(self, path: Path) -> str:
        """A file of the lab. Raises UsageError where the lab is not whole."""
        try:
            return path.read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise UsageError(
                f"{typed(path)} cannot be read", why=error.strerror or str(error), do="Copy the course anew."
            ) from None

    # What is said

    def say_next(self, lab: "Lab") -> None:
        """The one next command, after whatever was done in this lab."""
        step = steps.next_step(lab, self.of(lab))
        if step is None:
            states = {number: now.state for number, now in self.states().items()}
            is_all = steps.after(self.course.labs, states, lab.number) is None
            step = steps.ALL_DONE if is_all else steps.GO_ON
        self.say(*step)

    def say(self, command: str, why: str = "") -> None:
        """A next command."""
        from concur.report.labs.overview import show_next

        show_next(steps.Step(f"{command}{self._typed_too()}", why), self.screen)

    def _typed_too(self) -> str:
        """The shared options that were typed, for the next command to be typed as it is."""
        given = {"--course": (self._course_given, "CONCUR_COURSE"), "--folder": (self._folder_given, "")}
        typed_too = [
            f" {option} {shlex.quote(str(path))}"
            for option, (path, variable) in given.items()
            if path is not None and os.environ.get(variable) != str(path)
        ]
        is_said = self.is_plain and "CONCUR_PLAIN" not in os.environ
        return "".join(typed_too) + (" --plain" if is_said else "")

    def warn(self, text: str) -> None:
        """On stderr."""
        self.messages.hanging("concur: ", text, "yellow")

    def print_json(self, document: Any) -> None:
        """One document on stdout, and nothing else."""
        import msgspec

        from concur.cli.console import print_document

        built = msgspec.to_builtins(document, enc_hook=str)
        print_document(json.dumps(built, indent=2, ensure_ascii=False).encode())

    @contextmanager
    def waiting(self, what: str, *, of: int = 0) -> Iterator[Tell]:
        """What is going on, on stderr, while it does; `of` is how many times its yield will be called.

        On a terminal it is one line that is drawn anew; elsewhere, and where words are heard, it is said once.
        """
        said, done = self.messages, 0
        if not said.console.is_terminal or self.is_plain:
            said.line(f"{what} …" if not self.is_plain else f"{what}.", "dim")
            yield lambda _: None
            return
        with said.console.status(f"{what} …", spinner="line" if said.is_ascii else "dots") as status:

            def tell(_: str) -> None:
                nonlocal done
                done += 1
                status.update(f"{what}: {done} of {of} …")

            yield tell


def explain_unexpected(error: Exception) -> ConcurError:
    """A mistake of concur's own as the message that says so."""
    return ConcurError(
        "that is a mistake in concur itself",
        why=f"{type(error).__name__}: {error}",
        do="Your work is not touched by it. `--debug` shows where it is; please report it with that.",
    )
