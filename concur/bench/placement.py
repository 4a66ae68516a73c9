"""Which CPUs the target and the engine may use: decided here, for what this process itself may use.

Where a server and its load run changes a rate more than the model does, so
every scenario states its placement, and what a machine is too small for says
so. What must not live here: starting or pinning a process, but for `pin`.
"""

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal, cast, get_args

import msgspec
import psutil

from concur.errors import unknown

Kind = Literal["pinned", "shared", "free"]

TOPOLOGY = Path("/sys/devices/system/cpu")


class Placement(msgspec.Struct, frozen=True, kw_only=True):
    """Where a trial runs. None leaves the choice of CPU to the scheduler.

    name is what was done, which may be less than what was asked for: reason
    then says why. allotted is the number of CPUs that the target may keep busy,
    the divisor of `busy`.
    """

    name: Kind
    target: tuple[int, ...] | None
    engine: tuple[int, ...] | None
    allotted: int
    reason: str = ""

    @property
    def is_apart(self) -> bool:
        """Whether target and engine have no CPU in common, so that neither can keep the other waiting for one."""
        return bool(self.target and self.engine) and not set(self.target or ()) & set(self.engine or ())


def place(kind: Kind, needs_target: int = 1) -> Placement:
    """The placement for a scenario on this machine, never fewer than one CPU for either side.

    pinned (I/O scenarios): target and engine each on cores of its own, the
    target on `needs_target`. shared (CPU scenarios): the target has all CPUs and
    the engine shares one of them. free: the scheduler decides. Only the CPUs of
    this process's own affinity count, since a container or taskset may allow few.
    """
    cpus = usable_cpus()
    return arrange(kind, needs_target, cpus or range(psutil.cpu_count() or 1), can_pin=cpus is not None)


def kind_named(name: str) -> Kind:
    """The kind of that name. Raises UsageError for any other."""
    for kind in get_args(Kind):
        if kind == name:
            return cast(Kind, kind)
    raise unknown("placement", name, get_args(Kind))


def usable_cpus() -> tuple[int, ...] | None:
    """The CPUs that this process may run on; None where the system does not let one choose (macOS)."""
    if sys.platform == "linux" or hasattr(os, "sched_getaffinity"):
        return tuple(sorted(os.sched_getaffinity(0)))
    return None


def pin(pid: int, cpus: Iterable[int] | None) -> None:
    """Bind a process's main thread, and what it starts from then on, to these CPUs; None leaves it free."""
    if cpus is not None:
        os.sched_setaffinity(pid, cpus)


def arrange(
    kind: Kind,
    needs_target: int,
    cpus: Sequence[int],
    *,
    can_pin: bool = True,
    siblings: Sequence[set[int]] | None = None,
) -> Placement:
    """The rule behind `place`, for given CPUs. siblings: sets of CPUs that share a core (SMT); else asked of sysfs."""
    if kind == "free":
        return _free(cpus)
    if not can_pin:
        return _free(cpus, "this system does not let a process choose its CPUs")
    if kind == "shared":
        return _shared(cpus)
    return _pinned(needs_target, cpus, smt_siblings(cpus) if siblings is None else siblings)


def _free(cpus: Sequence[int], reason: str = "") -> Placement:
    return Placement(name="free", target=None, engine=None, allotted=len(cpus), reason=reason)


def _shared(cpus: Sequence[int], reason: str = "") -> Placement:
    said = reason or f"the target has all CPUs ({len(cpus)}), and the engine shares one of them"
    return Placement(name="shared", target=tuple(cpus), engine=(cpus[-1],), allotted=len(cpus), reason=said)


def _pinned(needs_target: int, cpus: Sequence[int], siblings: Sequence[set[int]]) -> Placement:
    if len(cpus) < needs_target + 1:
        there = "there is one CPU" if len(cpus) == 1 else f"there are {len(cpus)} CPUs"
        return _shared(cpus, f"it needs {needs_target} for the target and one for the engine, and {there}: they share")
    order = _one_of_each_core_first(cpus, siblings)
    target, engine = tuple(sorted(order[:needs_target])), (order[needs_target],)
    mixed = any(engine[0] in core and core & set(target) for core in siblings)
    reason = "target and engine run on two hyperthreads of one core, and slow each other down" if mixed else ""
    return Placement(name="pinned", target=target, engine=engine, allotted=needs_target, reason=reason)


def _one_of_each_core_first(cpus: Sequence[int], siblings: Sequence[set[int]]) -> list[int]:
    """The CPUs, those whose core has none before them first; the highest first, as interrupts favour CPU 0."""
    first: list[int] = []
    for cpu in sorted(cpus, reverse=True):
        if not any(cpu in core and core.intersection(first) for core in siblings):
            first.append(cpu)
    return first + [cpu for cpu in sorted(cpus, reverse=True) if cpu not in first]


def spare(placements: Iterable[Placement]) -> tuple[int, ...]:
    """Our CPUs that none of these uses, nor a hyperthread of its cores: where something else may run meanwhile."""
    usable, used = set(usable_cpus() or ()), set[int]()
    for each in placements:
        used |= usable if each.target is None or each.engine is None else {*each.target, *each.engine}
    for core in smt_siblings(usable):
        used |= core if core & used else set()
    return tuple(sorted(usable - used))


def smt_siblings(cpus: Iterable[int]) -> list[set[int]]:
    """Sets of two and more CPUs, among all of the machine, that are hyperthreads of one core."""
    found = {_siblings(TOPOLOGY / f"cpu{cpu}" / "topology" / "thread_siblings_list") for cpu in cpus}
    return [set(core) for core in sorted(found) if len(core) > 1]


def _siblings(listing: Path) -> tuple[int, ...]:
    try:
        return parse_cpu_list(listing.read_text())
    except OSError:
        return ()  # no sysfs: nothing is known of siblings


def parse_cpu_list(text: str) -> tuple[int, ...]:
    """The kernel's list format «0-2,5» (kernel doc admin-guide/cputopology.rst)."""
    ranges = (part.partition("-") for part in text.strip().split(",") if part.strip())
    return tuple(cpu for low, _, high in ranges for cpu in range(int(low), int(high or low) + 1))
