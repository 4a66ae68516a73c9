"""The processes below this one: which there are, and how they all end. Tier 1.

On Linux by /proc, elsewhere by psutil. Where there is prctl, this process becomes
the parent of whatever is orphaned below it (PR_SET_CHILD_SUBREAPER, prctl(2)), so
that nothing leaves the tree: neither by a double fork nor by setsid.
"""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # prctl(2)
END_S = 30.0  # for killed processes to be gone
PAUSE_S = 0.005
PROC = Path("/proc")


def become_subreaper(is_wanted: bool = True) -> bool:
    """Whether orphans of this process's tree are its children from now on; or no more, if not wanted."""
    prctl = _prctl()
    return bool(prctl and prctl(PR_SET_CHILD_SUBREAPER, int(is_wanted), 0, 0, 0) == 0)


def dying_with(parent: int) -> Callable[[], None]:
    """What a child does first, so as to be killed when its parent is."""
    prctl = _prctl()

    def prepare() -> None:
        if prctl:
            prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != parent:  # it was killed before this could be asked for
                os._exit(1)

    return prepare


def _prctl() -> Callable[..., int] | None:
    """The call, looked up in the parent: a forked child should do as little as it can."""
    return getattr(ctypes.CDLL(None), "prctl", None) if sys.platform == "linux" else None


def below(pid: int) -> list[int]:
    """The descendants of a process, zombies included."""
    if not (PROC / "self/stat").exists():
        return _below_by_psutil(pid)
    found, unseen = [], children(pid)
    while unseen:
        found.append(child := unseen.pop())
        unseen += children(child)
    return found


def children(pid: int) -> list[int]:
    """The children of all threads of a process (/proc/PID/task/TID/children, proc(5))."""
    found = []
    for task in _names(PROC / str(pid) / "task"):
        with suppress(OSError):
            found += [int(word) for word in (PROC / str(pid) / "task" / task / "children").read_text().split()]
    return found


def session_and_start(pid: int) -> tuple[int, int]:
    """The session a process is in, and when it started, in ticks since boot; (0, 0) where it has ended."""
    words = _stat(pid)
    return (int(words[3]), int(words[19])) if words else (0, 0)


def is_stopped(pid: int) -> bool:
    """Whether somebody has sent it SIGSTOP."""
    return _stat(pid)[:1] == ["T"]


def _stat(pid: int) -> list[str]:
    """/proc/PID/stat from the state on (proc(5), field 3): the name before it may hold anything."""
    try:
        return (PROC / str(pid) / "stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return []


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _below_by_psutil(pid: int) -> list[int]:
    import psutil

    with suppress(psutil.Error):
        return [child.pid for child in psutil.Process(pid).children(recursive=True)]
    return []


def end(list_all: Callable[[], Iterable[int]]) -> None:
    """Kill all that are listed, in groups, until none is; and bury those that are ours.

    A group is killed at one stroke: nobody in it forks meanwhile (kill(2), and a fork
    with a signal pending begins anew). None is the caller's own: what is listed was
    started in a session of its own. On a busy machine what has not died after END_S has its death before it.
    """
    until_s, own = time.monotonic() + END_S, os.getpgrp()
    while (alive := set(list_all())) and time.monotonic() < until_s:
        for group in {_group(pid) for pid in alive} - {own, 0}:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)
        for pid in alive:
            send(pid, signal.SIGKILL)
        time.sleep(PAUSE_S)
        bury(alive)


def _group(pid: int) -> int:
    try:
        return os.getpgid(pid)
    except ProcessLookupError:
        return 0


def send(pid: int, number: int) -> None:
    """A signal, to whoever is there still."""
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def bury(pids: Iterable[int]) -> None:
    """Wait for those of them that are our children and have ended."""
    for pid in pids:
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
