"""One environment in the making: each library installed by itself, tried, and entered in the manifest. Tier 1.

What runs is `installer.py`'s business; here is decided what to do next and what
an outcome means. It can be interrupted at any point: the manifest is written
before and after each library, and nobody uses what it does not vouch for.
"""

import os
import shutil
import time
from collections.abc import Callable, Iterable

from concur.cache import unusable_cache
from concur.errors import MachineError
from concur.interpreters.complaints import gist_of, is_unreachable, no_room, offers_none
from concur.interpreters.describe import Interpreter
from concur.interpreters.environments import LOGS, Library, Manifest, read_manifest, write_manifest
from concur.interpreters.installer import BUILD_LIMIT_S, Imported, Installer, Seen
from concur.interpreters.running import Outcome

# Called with an interpreter's short name, a library with its version, and what became of it.
Say = Callable[[str, str, str], None]

THERE = "there already"


class Making:
    """The work on one environment. Its lock is held by whoever makes this."""

    def __init__(self, interpreter: Interpreter, installer: Installer, say: Say) -> None:
        self._one, self._installer, self._report = interpreter, installer, say
        self._folder = installer.folder
        self._manifest = Manifest(executable=interpreter.executable, version=interpreter.version)
        self._seen: dict[str, str] = {}
        self._interrupted = ""  # the library that was being installed when an earlier one was interrupted

    def make(self, libraries: Iterable[str], again: Iterable[str] = (), *, afresh: bool = False) -> None:
        """Have every library in the environment, or the reason why not in its manifest; what is done already stays.

        Raises MachineError where no environment can be made, or the disk has no
        room; OSError where the cache refuses; CancelledError when all is to end.
        """
        names, anew = list(libraries), set(again)
        self._open(names, afresh)
        for name in sorted(names, key=lambda name: name != self._interrupted):
            self._settle(name, again=name in anew)
        self._close(names)

    def _open(self, names: list[str], afresh: bool) -> None:
        """Take up the environment that is there, or make one where there is none that works."""
        manifest = None if afresh else read_manifest(self._folder)
        seen = self._installer.look_round(names) if manifest else "nobody vouches for it"
        if manifest and isinstance(seen, Seen) and self._is_its_own(seen):
            self._manifest, self._interrupted = manifest, manifest.doing
        else:
            seen = self._begin(names, afresh)
        self._seen = seen.libraries

    def _begin(self, names: list[str], afresh: bool) -> Seen:
        if self._folder.exists():
            self._say("", "made anew" if afresh else "half made or broken: made anew")
            shutil.rmtree(self._folder)
        made = self._installer.make(self._one.executable)
        if words := no_room(made.output):
            raise unusable_cache(self._folder.parent, words)
        seen = self._installer.look_round(names) if made.succeeded else gist_of(made.output)
        if isinstance(seen, str):
            shutil.rmtree(self._folder, ignore_errors=True)
            raise self._impossible(seen)
        self._record("")
        return seen

    def _is_its_own(self, seen: Seen) -> bool:
        """Whether the environment is of the version that it was made for, and knows where it stands."""
        return seen.version == self._one.version and os.path.realpath(seen.prefix) == os.path.realpath(self._folder)

    def _settle(self, name: str, *, again: bool) -> None:
        """Have the library there, or the reason why it cannot be; nothing is done where that is so already."""
        known = self._manifest.libraries.get(name)
        if known and not again and self._holds(name, known):
            self._tell(name, known, THERE)
            return
        began = time.monotonic()
        self._record(name)
        if again and known and known.how in ("wheel", "source"):
            self._installer.uninstall(name)
        library = self._obtain(name)
        self._manifest.libraries[name] = library
        self._record("")
        took = f"in {time.monotonic() - began:.0f} s"
        self._tell(name, library, {"wheel": f"installed {took}", "source": f"built {took}"}.get(library.how, THERE))

    def _holds(self, name: str, known: Library) -> bool:
        if name == self._interrupted:
            return False
        return not known.may_pass if known.refused else name in self._seen

    def _obtain(self, name: str) -> Library:
        """From where it is to be had: it is there, a wheel, its source."""
        is_over = name == self._interrupted  # what that one left may look whole
        imported = "" if is_over else self._installer.try_import(name)
        if isinstance(imported, Imported):
            return Library(version=imported.version, how="there", turns_gil_on=imported.turns_gil_on)
        outcome = self._install(name, "wheel", is_over)
        if outcome.succeeded:
            return self._tried(name, "wheel")
        if not _may_pass(outcome):
            self._say(name, "no wheel: building")  # which may take minutes
            outcome = self._install(name, "source", is_over)
        return self._tried(name, "source") if outcome.succeeded else refused_by(outcome)

    def _install(self, name: str, how: str, is_over: bool) -> Outcome:
        outcome = self._installer.install(name, how, over=is_over)
        if not outcome.succeeded and (words := no_room(outcome.output)):
            raise unusable_cache(self._folder.parent, words)
        return outcome

    def _tried(self, name: str, how: str) -> Library:
        imported = self._installer.try_import(name)
        if isinstance(imported, Imported):
            return Library(version=imported.version, how=how, turns_gil_on=imported.turns_gil_on)
        self._installer.uninstall(name)
        return Library(refused=f"installs, but does not import: {imported}")

    def _close(self, names: list[str]) -> None:
        """Enter the versions as they are in the end: a library may have brought another version of an earlier one."""
        seen = self._installer.look_round(names)
        if isinstance(seen, str):
            raise self._impossible(seen)
        for name, library in self._manifest.libraries.items():
            if not library.refused:
                library.version = seen.libraries.get(name, library.version)
        self._record("")

    def _record(self, doing: str) -> None:
        self._manifest.doing = doing
        write_manifest(self._folder, self._manifest)

    def _tell(self, name: str, library: Library, outcome: str) -> None:
        if library.refused:
            log = self._folder / LOGS / f"{name}.txt"
            outcome = f"no: {library.refused}" + (f" ({log.relative_to(self._folder)})" if log.exists() else "")
        elif library.turns_gil_on:
            outcome += "; it turns the GIL on"
        self._say(f"{name} {library.version}".strip(), outcome)

    def _say(self, library: str, outcome: str) -> None:
        self._report(self._one.short.removesuffix("+jit"), library, outcome)

    def _impossible(self, why: str) -> MachineError:
        return MachineError(
            f"no environment can be made for {self._one.short} ({self._one.executable})",
            why=why,
            do="It needs venv with ensurepip (on Debian and Ubuntu: apt install python3-venv), or uv on PATH.",
        )


def refused_by(outcome: Outcome) -> Library:
    """What a failed installation is entered as; reasons that lie outside may pass."""
    if outcome.timed_out:
        reason = f"no wheel, and building it takes longer than {BUILD_LIMIT_S / 60:.0f} min"
    elif is_unreachable(outcome.output):
        reason = "the package index cannot be reached, or broke off"
    elif offers_none(outcome.output):
        reason = "no wheel, and the package index has no source"
    else:
        reason = f"no wheel, build failed: {gist_of(outcome.output)}"
    return Library(refused=reason, may_pass=_may_pass(outcome) or offers_none(outcome.output))


def _may_pass(outcome: Outcome) -> bool:
    return outcome.timed_out or is_unreachable(outcome.output)
