"""What holds back the CPU time of the container that this process is in: the limit, and how often it struck.

Read from cgroup v2 (cpu.max, cpu.stat) and v1 (cpu.cfs_quota_us, cpu.stat) alike,
as kernel doc admin-guide/cgroup-v2.rst and scheduler/sched-bwc.rst have them. What
must not live here: counting CPU time, which is `cgroup.py`'s, and setting limits.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec


class Quota(msgspec.Struct, frozen=True):
    """How many CPUs' worth of time there is, None without a limit, and for how long it has held tasks back so far."""

    cpus: float | None = None
    stopped_ns: int = 0


def read(places: Iterable[Path] | None = None) -> Quota:
    """The tightest limit of this process's cgroups and of those above them, and the longest stop since they were made.

    places: folders of cgroups, else this process's own. What is not there, or cannot be read, is no limit.
    """
    found = [_of_folder(folder) for folder in (own_folders() if places is None else places)]
    limits = [one.cpus for one in found if one.cpus is not None]
    return Quota(min(limits, default=None), max((one.stopped_ns for one in found), default=0))


def own_folders() -> list[Path]:
    """This process's cgroups that may limit its CPU, each with its parents as far as they are seen."""
    try:
        mounts, places = Path("/proc/self/mountinfo").read_text(), Path("/proc/self/cgroup").read_text()
    except OSError:
        return []
    return list(find_folders(mounts.splitlines(), places.splitlines()))


def find_folders(mounts: Iterable[str], places: Iterable[str]) -> Iterator[Path]:
    """The same, from the lines of /proc/self/mountinfo (proc(5)) and /proc/self/cgroup (cgroups(7))."""
    own = {name: path for _, names, path in (line.split(":", 2) for line in places) for name in names.split(",")}
    for line in mounts:
        before, _, after = line.partition(" - ")
        root, mounted = before.split()[3:5]
        kind, _, options = after.split()[:3]
        name = "" if kind == "cgroup2" else "cpu" if kind == "cgroup" and "cpu" in options.split(",") else None
        path = Path(own[name]) if name in own else None
        if path is not None and path.is_relative_to(root):  # else the mount shows another part of the hierarchy
            below = path.relative_to(root)
            yield from (Path(mounted) / part for part in (below, *below.parents))


def _of_folder(folder: Path) -> Quota:
    limit = _text(folder / "cpu.max").split() or [
        _text(folder / "cpu.cfs_quota_us"),
        _text(folder / "cpu.cfs_period_us"),
    ]
    counts = dict(line.split(" ", 1) for line in _text(folder / "cpu.stat").splitlines() if " " in line)
    stopped_ns = int(counts.get("throttled_usec", 0)) * 1_000 + int(counts.get("throttled_time", 0))
    return Quota(_cpus(*limit), stopped_ns)


def _cpus(quota: str, period: str) -> float | None:
    """A quota of "max" or -1 is none; so is one that is not there."""
    return int(quota) / int(period) if quota.isdecimal() and period.isdecimal() and int(period) else None


def _text(path: Path) -> str:
    try:
        return path.read_text().strip()
    except OSError:
        return ""
