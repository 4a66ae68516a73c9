"""What the kernel holds for a target: sockets, stacks of threads, page tables, bookkeeping. None of it is in its PSS.

Best is a memory cgroup made for the target, to which the kernel charges what it
takes on its behalf. Where none can be made, the whole machine is read: then
both ends of each connection are in it, and whatever else happened at that time.
"""

import platform
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from concur.bench import procfs
from concur.bench.cgroup import Cgroup, Hierarchy
from concur.errors import MachineError

CGROUP, MACHINE = "cgroup", "machine"
V1 = ("memory.kmem.usage_in_bytes", "memory.kmem.tcp.usage_in_bytes")
V2 = ("kernel", "sock")  # of memory.stat
OF_MACHINE = (b"Slab:", b"KernelStack:", b"PageTables:")
PAGE_BYTES = 4096
# THREAD_SIZE (kernel doc arch/x86/kernel-stacks.rst; arch/arm64/include/asm/memory.h with pages of 4 KiB).
STACKS_BYTES = {"x86_64": 16 * 1024, "aarch64": 16 * 1024}


class Kernel(Protocol):
    """Reads the kernel's memory for one target."""

    @property
    def source(self) -> str:
        """cgroup, machine, or empty where nothing can be read."""

    def read(self, connections: int) -> int | None:
        """Bytes now, with so many connections open."""

    def close(self) -> None:
        """Leave nothing behind."""


def kernel_of(pids: Iterable[int]) -> Kernel:
    """The best that this machine allows for these processes, and those that they will start."""
    members = list(pids)
    for hierarchy in memory_hierarchies():
        made = _cgroup_with(members, hierarchy)
        if made is not None:
            return made
    return MachineKernel() if machine_bytes(*_machine_texts()) else NoKernel()


class CgroupKernel:
    """By a cgroup with the memory controller."""

    source = CGROUP

    def __init__(self, cgroup: Cgroup) -> None:
        self._cgroup = cgroup

    def read(self, connections: int) -> int | None:
        """What is charged to it, without what its processes themselves hold.

        Version 1 charges a connection's file, inode and entry in a poller, and its TCP socket to nobody.
        """
        sockets = connections * tcp_socket_bytes(_text("/proc/slabinfo")) if self._cgroup.version == 1 else 0
        try:
            return charged_bytes(self._cgroup) + round(sockets)
        except (OSError, ValueError):
            return None

    def close(self) -> None:
        """Give the members back."""
        try:
            self._cgroup.remove()
        except MachineError:
            pass  # it is empty, and the next run sweeps it away


class MachineKernel:
    """By what the kernel holds for everybody."""

    source = MACHINE

    def read(self, connections: int) -> int | None:
        """Slabs, stacks and page tables of the whole machine, and the buffers of its TCP sockets."""
        return machine_bytes(*_machine_texts())

    def close(self) -> None:
        """Nothing is held."""


class NoKernel:
    """Where the system tells nothing."""

    source = ""

    def read(self, connections: int) -> int | None:
        """None."""
        return None

    def close(self) -> None:
        """Nothing is held."""


def _cgroup_with(pids: Iterable[int], hierarchy: Hierarchy) -> CgroupKernel | None:
    try:
        made = CgroupKernel(Cgroup(hierarchy))
    except OSError:
        return None
    if made.read(0) is None or not _adopt(made._cgroup, pids):
        made.close()
        return None
    return made


def _adopt(cgroup: Cgroup, pids: Iterable[int]) -> bool:
    try:
        for pid in pids:
            cgroup.adopt(pid)
    except ProcessLookupError:
        return True  # one has ended, and needs no account
    except OSError:
        return False
    return True


def charged_bytes(cgroup: Cgroup) -> int:
    """Kernel memory charged to a cgroup, version 1 or 2. Raises OSError or ValueError where that is not told."""
    if cgroup.version == 1:
        return sum(int((cgroup.folder / name).read_text()) for name in V1)
    found = dict(line.split() for line in (cgroup.folder / "memory.stat").read_text().splitlines())
    if "kernel" not in found:
        raise ValueError("memory.stat has no kernel row before Linux 5.18")
    return sum(int(found[name]) for name in V2 if name in found)


def tcp_socket_bytes(slabinfo: str) -> float:
    """What one TCP socket (IPv4) takes of its slab (slabinfo(5), for root alone); 0 where that is not told."""
    rows = (line.split() for line in slabinfo.splitlines())
    found = next((row for row in rows if row and row[0] == "TCP"), [])
    objects, pages = (int(found[4]), int(found[5])) if len(found) > 5 else (0, 0)
    return pages * PAGE_BYTES / objects if objects else 0.0


def memory_hierarchies() -> list[Hierarchy]:
    """Where memory can be counted, version 1 before 2, as only one of the two has the controller."""
    mounts, places = (_text(f"/proc/self/{name}") for name in ("mountinfo", "cgroup"))
    return find_memory_hierarchies(mounts.splitlines(), places.splitlines())


def find_memory_hierarchies(mounts: Iterable[str], places: Iterable[str]) -> list[Hierarchy]:
    """The same, from the lines of /proc/self/mountinfo (proc(5)) and /proc/self/cgroup (cgroups(7))."""
    own = {name: path for _, names, path in (line.split(":", 2) for line in places) for name in names.split(",")}
    found = []
    for line in mounts:
        before, _, after = line.partition(" - ")
        root, mounted = before.split()[3:5]
        kind, _, options = after.split()[:3]
        if kind == "cgroup" and "memory" in options.split(",") and "memory" in own:
            found += _below(1, mounted, root, own["memory"])
        elif kind == "cgroup2" and "" in own:
            found += _below(2, mounted, root, own[""])
    return sorted(found)


def _below(version: int, mounted: str, root: str, path: str) -> list[Hierarchy]:
    try:
        return [Hierarchy(version, Path(mounted) / Path(path).relative_to(root))]
    except ValueError:
        return []  # the mount shows another part of it (a container's)


def _text(path: str) -> str:
    try:
        return Path(path).read_text()
    except OSError:
        return ""


def _machine_texts() -> tuple[bytes, bytes]:
    return procfs.read("/proc/meminfo"), procfs.read("/proc/net/sockstat")


def machine_bytes(meminfo: bytes, sockstat: bytes) -> int | None:
    """What the kernel holds in all; None where it does not tell."""
    rows = [line.split() for line in meminfo.splitlines()]
    found = {row[0]: int(row[1]) * 1024 for row in rows if len(row) > 1 and row[0] in OF_MACHINE}
    if not found:
        return None
    words = sockstat.partition(b"TCP:")[2].partition(b"\n")[0].split()
    pages = int(words[words.index(b"mem") + 1]) if b"mem" in words else 0
    return sum(found.values()) + pages * PAGE_BYTES


def stack_bytes() -> int | None:
    """The kernel's stack of one thread; None where this machine's is not known here."""
    return STACKS_BYTES.get(platform.machine()) if sys.platform == "linux" else None
