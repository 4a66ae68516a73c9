"""A cgroup around a check: it allows so many tasks and no more, which a fork bomb runs against. Tier 1.

Root is not bound by RLIMIT_NPROC (getrlimit(2)), a cgroup with the pids controller
binds everybody. A cgroup also lists its members exactly, and in version 2 all of
them are killed at one stroke (kernel doc admin-guide/cgroup-v2.rst, cgroup.kill).
It is used where one can be made, which takes root or a delegated hierarchy, as
systemd gives to users; else limits are watched, not walls.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

VARIABLE = "CONCUR_FENCE"
NAME = "concur-labs-{}"
KILL = "cgroup.kill"


class Fence:
    """One cgroup below this process's own, named by this process. Raises OSError where it cannot be made."""

    def __init__(self, parent: Path, tasks: int) -> None:
        sweep(parent)
        self.folder = parent / NAME.format(os.getpid())
        self.folder.mkdir()
        try:
            self._allow(tasks)
            self.door = os.open(self.folder / "cgroup.procs", os.O_WRONLY | os.O_CLOEXEC)
        except OSError:
            self.folder.rmdir()
            raise

    def enter(self) -> None:
        """Become a member; what is forked from now on is one too."""
        os.write(self.door, b"0")

    def members(self) -> list[int]:
        """The processes in it."""
        try:
            return [int(pid) for pid in (self.folder / "cgroup.procs").read_text().split()]
        except OSError:
            return []

    def shut(self) -> None:
        """Nobody in it forks any more, or nobody in it lives."""
        for name, word in (("pids.max", "0"), (KILL, "1")):
            if (self.folder / name).exists():
                with suppress(OSError):
                    (self.folder / name).write_text(word)

    def remove(self) -> None:
        """Once all have ended. One that is left is swept by the next that is made."""
        os.close(self.door)
        with suppress(OSError):
            self.folder.rmdir()

    def _allow(self, tasks: int) -> None:
        """In version 2 the limit needs its controller; without it the fence can kill, at least."""
        if (self.folder / "pids.max").exists() or not (self.folder / KILL).exists():
            (self.folder / "pids.max").write_text(str(tasks))


def make(tasks: int) -> Fence | None:
    """A fence, if there is a place for one, and CONCUR_FENCE is not `none`."""
    for parent in [] if os.environ.get(VARIABLE) == "none" else places():
        with suppress(OSError):
            return Fence(parent, tasks)
    return None


def places() -> list[Path]:
    """This process's own cgroup in the hierarchies that may count tasks."""
    try:
        mounts, own = Path("/proc/self/mountinfo").read_text(), Path("/proc/self/cgroup").read_text()
    except OSError:
        return []
    return find_places(mounts.splitlines(), own.splitlines())


def find_places(mounts: Iterable[str], own: Iterable[str]) -> list[Path]:
    """The same, from the lines of /proc/self/mountinfo (proc(5)) and /proc/self/cgroup (cgroups(7))."""
    paths = {controllers: path for _, controllers, path in (line.split(":", 2) for line in own)}
    found = []
    for line in mounts:
        before, _, after = line.partition(" - ")
        root, mounted = before.split()[3:5]
        kind, _, options = after.split()[:3]
        key = "pids" if kind == "cgroup" and "pids" in options.split(",") else "" if kind == "cgroup2" else None
        if key is not None and key in paths and Path(paths[key]).is_relative_to(root):
            found.append(Path(mounted) / Path(paths[key]).relative_to(root))
    return found


def sweep(parent: Path) -> None:
    """Remove what wardens left that were killed."""
    for folder in parent.glob(NAME.format("*")):
        owner = folder.name.rpartition("-")[2]
        if owner.isdigit() and not Path("/proc", owner).exists():
            with suppress(OSError):
                folder.rmdir()
