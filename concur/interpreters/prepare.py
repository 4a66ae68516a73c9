"""Prepare environments: several at a time, each by one process at a time, until done or interrupted. Tier 1.

What is done in an environment is in `making.py`.
"""

import fcntl
import os
import shlex
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from concur.cache import cache_folder, unusable_cache
from concur.errors import ConcurError
from concur.interpreters.describe import Interpreter
from concur.interpreters.environments import TOOLS, folder_of, to_install
from concur.interpreters.installer import Installer
from concur.interpreters.making import Making, Say
from concur.interpreters.running import Halt
from concur.interpreters.tree import ask_catalogue

AT_ONCE = 2  # a build uses one core, mostly
LOOK_AGAIN_S = 0.2  # between two looks at a lock that another holds


def prepare(
    chosen: Iterable[Interpreter],
    say: Say,
    *,
    libraries: Iterable[str] | None = None,
    again: Iterable[str] = (),
    afresh: bool = False,
) -> list[ConcurError]:
    """Make the environment of each interpreter, as far as it is not there; JIT variants share one.

    libraries is what to install, all that the models need and what measures primitives unless it is given;
    those in again are tried anew, afresh means that nothing is kept. Returns an
    error for each interpreter that could not be given an environment; a library
    that cannot be had is no error, but a reason in the manifest. Raises
    MachineError where there is no cache to work in. Interrupted by Ctrl-C, it ends
    what it started and can be called again to go on.
    """
    cache_folder("environments")
    names = tuple(to_install() if libraries is None else libraries)
    halt = Halt()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        works = [
            pool.submit(_prepare_one, one, say, halt, names, tuple(again), afresh)
            for one in _one_of_each_folder(chosen)
        ]
        try:
            return [error for work in works if (error := _error_of(work))]
        except KeyboardInterrupt:
            halt.call()
            pool.shutdown(cancel_futures=True)
            raise


def _one_of_each_folder(chosen: Iterable[Interpreter]) -> list[Interpreter]:
    first: dict[Path, Interpreter] = {}
    for one in chosen:
        first.setdefault(Path(one.prefix) if one.is_virtual else folder_of(one), one)
    return list(first.values())


def _error_of(work: "Future[None]") -> ConcurError | None:
    try:
        work.result()
    except ConcurError as error:
        return error
    return None


def _prepare_one(
    one: Interpreter, say: Say, halt: Halt, names: tuple[str, ...], again: tuple[str, ...], afresh: bool
) -> None:
    if one.is_virtual:
        say(one.short, "", _how_a_virtual_one_is_used(one, names))
        return
    folder = folder_of(one)
    try:
        with _locked(folder, halt, lambda: say(one.short, "", "another prepare is at work there: waiting")) as held:
            Making(one, Installer(folder, halt, held), say).make(names, again, afresh=afresh)
    except OSError as error:  # each file written here lies in the cache
        raise unusable_cache(folder.parent, error.strerror or str(error)) from None


def _how_a_virtual_one_is_used(one: Interpreter, names: Iterable[str]) -> str:
    there = ask_catalogue(one).libraries
    missing = [name for name in names if name not in there and name not in TOOLS]
    said = f"it is a virtual environment, used as it is: {one.prefix}"
    if not missing:
        return said
    return f"{said}; for what it lacks: {shlex.join([one.executable, '-m', 'pip', 'install', *missing])}"


@contextmanager
def _locked(folder: Path, halt: Halt, say_waiting: Callable[[], None]) -> Iterator[int]:
    """The descriptor of the environment's lock, held alone: two that prepare at once take turns."""
    descriptor = os.open(f"{folder}.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        if not _try_lock(descriptor):
            say_waiting()
            while not _try_lock(descriptor):
                halt.called.wait(LOOK_AGAIN_S)
                halt.check()
        yield descriptor
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
