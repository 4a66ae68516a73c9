"""Whether the learner's code left alone what it is checked with. Tier 0.

Two nets, both spread before her code is loaded: a snapshot of the functions of
the modules that gates stand on, and of the checker's own figures, compared
afterwards; and an audit hook (PEP 578) that refuses to open the solution, to
change files outside the check's own folder, and to signal who watches. They catch
who tries; they do not make a prison.
"""

import os
import signal
import sys
from collections.abc import Callable, Collection, Iterator
from operator import is_
from types import FunctionType, ModuleType
from typing import Any, Protocol

WATCHED = (
    "asyncio",
    "builtins",
    "concurrent.futures",
    "os",
    "queue",
    "random",
    "select",
    "selectors",
    "signal",
    "socket",
    "subprocess",
    "sys",
    "threading",
    "time",
)
GATES, PROGRAM = "concur.labs.gates", "__main__"  # the program is run as a file: program.py
HOOKS = ("excepthook", "unraisablehook", "displayhook", "breakpointhook")  # there to be replaced
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGES = {  # events that change a file, and the names of the calls; the first argument is the path
    "os.remove": "os.remove",
    "os.rename": "os.rename",
    "os.rmdir": "os.rmdir",
    "os.truncate": "os.truncate",
    "shutil.move": "shutil.move",
    "shutil.rmtree": "shutil.rmtree",
}


class Snapshot:
    """What stood in the watched modules when this was made: in those named above, the gates, the checks, the program,
    and in every module that these hold. Modules of may_patch are left out, and those that no check knows yet.
    """

    def __init__(self, checks: ModuleType, may_patch: Collection[str] = ()) -> None:
        own = {name for name in sys.modules if _is_own(name)} | {checks.__name__}
        ours = {name for name in sys.modules if _is_watched(name)} | own
        held = {found.__name__ for name in ours for found in _modules_in(sys.modules[name])}
        ordered = sorted(ours | held, key=lambda name: (name.startswith(GATES), name))  # where it was done comes first
        names = [name for name in ordered if name in sys.modules and name not in may_patch]
        self._modules = {name: sys.modules[name] for name in names}
        self._parts, self._own, self._is_same = _parts, own, _is_same
        self._stood = {name: dict(_parts(module, name in own)) for name, module in self._modules.items()}

    def changed(self) -> str:
        """In words, the first thing that stands there no more; empty if all does."""
        for name, module in self._modules.items():
            if sys.modules.get(name) is not module:
                return f"your code replaced the module {name}"
            now = dict(self._parts(module, name in self._own))
            for path, stood in self._stood[name].items():
                if not self._is_same(now.get(path, ()), stood):
                    return f"your code {'replaced' if path in now else 'removed'} {name}.{path}"
        return ""


def _is_own(name: str) -> bool:
    return name in (GATES, PROGRAM) or name.startswith(f"{GATES}.")


def _is_watched(name: str) -> bool:
    return name in WATCHED or name.startswith(("asyncio.", "concurrent.futures."))


def _modules_in(module: ModuleType) -> list[ModuleType]:
    """The modules that a module of ours holds by name; of what the standard library holds, nothing."""
    is_ours = not module.__name__.startswith(("asyncio", "concurrent")) and module.__name__ not in WATCHED
    return [found for found in list(vars(module).values()) if isinstance(found, ModuleType)] if is_ours else []


def _parts(module: ModuleType, is_own: bool) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Its public functions and classes, and the methods of the classes that are its own, inherited ones too.

    Of a module of ours also what is private, and constants. Each with all that it is made of.
    """
    for name, found in list(vars(module).items()):
        is_part = callable(found) or (is_own and name.isupper())
        if name.startswith("__" if is_own else "_") or name in HOOKS or not is_part:
            continue
        yield name, (found, *_made_of(found))
        if isinstance(found, type) and found.__module__ in (module.__name__, f"_{module.__name__}"):
            for method, value in _resolved(found).items():
                if hasattr(value, "__get__") and method != "__weakref__":
                    yield f"{name}.{method}", (value, *_made_of(value))


def _resolved(kind: type) -> dict[str, Any]:
    """What each name of a class means, by the order of its bases."""
    found: dict[str, Any] = {}
    for base in reversed(kind.__mro__[:-1]):
        found |= vars(base)
    return found


def _made_of(found: Any) -> tuple[Any, ...]:
    """What can be exchanged within it: a function's code and defaults, a collection's items."""
    if isinstance(found, FunctionType):
        by_name = found.__kwdefaults__ or {}
        return (found.__code__, *(found.__defaults__ or ()), *by_name, *by_name.values())
    if type(found) is dict:
        return (*found, *found.values())
    return tuple(found) if type(found) in (list, set) else ()


def _is_same(one: tuple[Any, ...], other: tuple[Any, ...]) -> bool:
    """Whether both are of the same objects, none of which is asked."""
    return len(one) == len(other) and all(map(is_, one, other))


class Guarded(Protocol):
    """What is guarded, by paths and process ids."""

    @property
    def work(self) -> str:
        """The learner's file as it runs."""

    @property
    def module(self) -> str:
        """The author's, which may do anything."""

    @property
    def secret(self) -> list[str]:
        """Files that must not be opened."""

    @property
    def folders(self) -> list[str]:
        """Those in which nothing must be changed."""

    @property
    def watchers(self) -> list[int]:
        """Processes that must not be signalled."""


class Guard:
    """The audit hook. What it refused stands in `offences`, in words, and is told at once.

    What the author's code does by itself is not refused. Where the interpreter has
    no audit hooks nothing is.
    """

    def __init__(self, guarded: Guarded, tell: Callable[[str], None]) -> None:
        self.offences: list[str] = []
        self._tell, self._folders, self._watchers = tell, tuple(guarded.folders), frozenset(guarded.watchers)
        self._work, self._module = guarded.work, guarded.module
        self._stat, self._realpath, self._getframe = os.stat, os.path.realpath, sys._getframe
        self._secret = {found: path for path in guarded.secret if (found := self._inode(path))}

    def begin(self) -> None:
        """From now on, to the end of the process."""
        if hasattr(sys, "addaudithook"):
            sys.addaudithook(self._hear)

    def _hear(self, event: str, words: tuple[Any, ...]) -> None:
        if event == "open":
            self._opens(*words)
        elif event in ("os.kill", "os.killpg") and len(words) == 2:
            self._signals(event, *words)
        elif event in CHANGES:
            for path in words[: 2 if event == "os.rename" else 1]:
                self._changes(CHANGES[event], path)

    def _opens(self, path: Any, mode: Any, flags: Any) -> None:
        if not isinstance(path, (str, bytes, os.PathLike)):
            return
        found = self._secret.get(self._inode(_source(os.fsdecode(path))) or (0, 0))
        if found and not self._is_quoted_by_traceback(found):
            self._refuse(f"your code read {os.path.basename(found)}, which it must do without")
        if self._is_writing(mode, flags):
            self._changes("open", path)

    def _is_writing(self, mode: Any, flags: Any) -> bool:
        if isinstance(mode, str):
            return any(letter in mode for letter in "wax+")
        return isinstance(flags, int) and bool(flags & WRITES)

    def _is_quoted_by_traceback(self, path: str) -> bool:
        """A traceback quotes the lines of checks.py that it goes through: that is not her code reading it."""
        frame = self._getframe(1)
        return os.path.basename(path) in ("checks.py", "evidence.py") and any(
            each.f_globals.get("__name__") == "linecache" for each in _outwards(frame)
        )

    def _changes(self, call: str, path: Any) -> None:
        if not isinstance(path, (str, bytes, os.PathLike)):
            return
        real = self._realpath(os.fsdecode(path))
        for folder in self._folders:
            if _is_in(real, folder) or (call != "open" and _is_in(folder, real)):
                self._refuse(
                    f"your code tried to change {os.path.basename(real) or real} ({call}), outside its own folder"
                )

    def _signals(self, event: str, pid: Any, number: Any) -> None:
        if pid == -1 and event == "os.kill":
            self._refuse("your code tried to signal every process there is (os.kill(-1, …))")
        if isinstance(pid, int) and abs(pid) in self._watchers:  # -pid is its group
            name = signal.Signals(number).name if number in set(signal.Signals) else str(number)
            self._refuse(f"your code tried to end the process that watches it ({event}, {name})")

    def _is_the_authors(self) -> bool:
        """Whether the call comes from the author's file, and not from the learner's on the way."""
        files = (frame.f_code.co_filename for frame in _outwards(self._getframe(1)))
        return next((file for file in files if file in (self._work, self._module)), "") == self._module

    def _refuse(self, what: str) -> None:
        if self._is_the_authors():
            return
        self.offences.append(what)
        self._tell(what)
        raise PermissionError(what)

    def _inode(self, path: str) -> tuple[int, int] | None:
        try:
            status = self._stat(path)
        except (OSError, ValueError):
            return None
        return status.st_dev, status.st_ino


def _source(path: str) -> str:
    """The source that a compiled file in __pycache__ is of; any other path as it is."""
    folder, name = os.path.split(path)
    if not name.endswith(".pyc"):
        return path
    return os.path.join(os.path.dirname(folder), name.partition(".")[0] + ".py")


def _outwards(frame: Any) -> Iterator[Any]:
    while frame:
        yield frame
        frame = frame.f_back


def _is_in(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)
