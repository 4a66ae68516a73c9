"""A cgroup of one's own: the kernel's account of every process ever put into it or born there.

Only CPU is asked for. It is charged by the scheduler in nanoseconds and loses
neither dead threads nor children that nobody waits for. What must not live
here: limits. A cgroup made here constrains nothing.
"""

import itertools
import os
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from concur.errors import MachineError

_numbers = itertools.count(1)

DRAIN_TRIES = 100  # a cgroup cannot be removed while a task in it is still on its way out
DRAIN_PAUSE_S = 0.02


class CpuUsage(NamedTuple):
    """CPU time charged so far: the exact total, and two sampled weights that divide it."""

    cpu_ns: int
    user_ns: int
    system_ns: int


class Hierarchy(NamedTuple):
    """A mounted cgroup hierarchy that counts CPU: its version, and this process's place in it."""

    version: int
    here: Path


class Cgroup:
    """One cgroup below this process's own, empty until a process is moved in. Raises OSError where refused."""

    def __init__(self, hierarchy: Hierarchy) -> None:
        self.version, self._parent = hierarchy
        sweep(self._parent)
        self.folder = self._parent / f"concur-{os.getpid()}-{next(_numbers)}"
        self.folder.mkdir()

    def adopt(self, pid: int) -> None:
        """Move a process in, with all its threads. Children born from now on are members."""
        (self.folder / "cgroup.procs").write_text(str(pid))

    def members(self) -> list[int]:
        """The processes in it now; zombies may be among them or not, depending on the kernel."""
        return [int(pid) for pid in (self.folder / "cgroup.procs").read_text().split()]

    def usage(self) -> CpuUsage:
        """What the kernel charged to it so far."""
        if self.version == 1:
            names = ("cpuacct.usage", "cpuacct.usage_user", "cpuacct.usage_sys")
            return CpuUsage(*(int((self.folder / name).read_text()) for name in names))
        return parse_cpu_stat((self.folder / "cpu.stat").read_text())

    def remove(self) -> None:
        """Give members back to the parent and remove it; raises MachineError where it does not drain."""
        for _ in range(DRAIN_TRIES):
            try:
                self._give_back()
                self.folder.rmdir()
                return
            except FileNotFoundError:
                return
            except OSError as error:
                refused = error
                time.sleep(DRAIN_PAUSE_S)
        raise MachineError(
            f"the cgroup {self.folder} could not be removed",
            why=refused.strerror or str(refused),
            do=f"Remove it by hand: rmdir {self.folder}",
        )

    def _give_back(self) -> None:
        for pid in self.members():
            try:
                (self._parent / "cgroup.procs").write_text(str(pid))
            except ProcessLookupError:
                pass  # it ended in between, which is as good


def sweep(parent: Path) -> None:
    """Remove empty cgroups that were left by runs which were killed."""
    for folder in parent.glob("concur-*-*"):
        owner = folder.name.split("-")[1]
        if owner.isdigit() and not Path("/proc", owner).exists():
            try:
                folder.rmdir()
            except OSError:
                pass  # members still live in it; the run after will find it empty


def parse_cpu_stat(text: str) -> CpuUsage:
    """cgroup v2's cpu.stat (kernel doc admin-guide/cgroup-v2.rst): microseconds, here as nanoseconds."""
    found = dict(line.split() for line in text.splitlines())
    return CpuUsage(*(int(found[name]) * 1_000 for name in ("usage_usec", "user_usec", "system_usec")))


def hierarchies() -> list[Hierarchy]:
    """The hierarchies in which this process's CPU can be counted, best first; empty where none is mounted.

    A version 1 hierarchy shared by cpuacct and cpu is left out: a cgroup there
    would also change how the scheduler shares the CPU. In version 2 the cpu
    controller stays off, and cpu.stat is there all the same.
    """
    try:
        mounts, places = Path("/proc/self/mountinfo").read_text(), Path("/proc/self/cgroup").read_text()
    except OSError:
        return []
    return find_hierarchies(mounts.splitlines(), places.splitlines())


def find_hierarchies(mounts: Iterable[str], places: Iterable[str]) -> list[Hierarchy]:
    """The same, from the lines of /proc/self/mountinfo (proc(5)) and /proc/self/cgroup (cgroups(7))."""
    own = {controllers: path for _, controllers, path in (line.split(":", 2) for line in places)}
    found = []
    for line in mounts:
        before, _, after = line.partition(" - ")
        root, mounted = before.split()[3:5]
        kind, _, options = after.split()[:3]
        is_cpuacct = kind == "cgroup" and "cpuacct" in options.split(",") and "cpuacct" in own
        version, key = (1, "cpuacct") if is_cpuacct else (2, "")
        if (is_cpuacct or kind == "cgroup2") and key in own:
            found += _below(version, Path(mounted), root, own[key])
    return sorted(found)


def _below(version: int, mounted: Path, root: str, path: str) -> list[Hierarchy]:
    """Where `path` is seen, if `root` is what the mount shows of the hierarchy: at most one place."""
    try:
        return [Hierarchy(version, mounted / Path(path).relative_to(root))]
    except ValueError:
        return []  # the mount shows another part of it (a container's)
