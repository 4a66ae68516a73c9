"""Keeping totals over members that come and go, so that no total ever runs backwards. Pure: no I/O.

The kernel keeps a process's figures in two places: its own, all threads
included, dead ones too; and those of the children it has waited for. A child
that ends moves from the first to the second, of its parent. `Tally` follows
that move, so that nothing is counted twice or lost.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FIGURES = ("cpu_ns", "user_ns", "system_ns", "minor_faults", "major_faults")
NOTHING = np.zeros(len(FIGURES), dtype=np.int64)

TICK_NS = 10_000_000  # /proc shows waited-for children's times in units of 1/100 s, cut off
# How far the children's figures may lag behind what was counted of them, by the cutting alone:
# two times, each cut off once.
ROUNDING = np.array([2 * TICK_NS, TICK_NS, TICK_NS, 0, 0], dtype=np.int64)

Vector = NDArray[np.int64]


class Identity(NamedTuple):
    """A process as no other: numbers are used again, the time of birth is not."""

    pid: int
    started: float


class Reading(NamedTuple):
    """One process as it was read: its own figures, and those of the children it waited for."""

    identity: Identity
    parent: int
    own: Vector
    reaped: Vector


def figures(cpu_ns: int, user_ns: int, system_ns: int, minor_faults: int = 0, major_faults: int = 0) -> Vector:
    """A vector in the order of FIGURES."""
    return np.array([cpu_ns, user_ns, system_ns, minor_faults, major_faults], dtype=np.int64)


class Tally:
    """The totals of a tree of processes over successive readings.

    A member that vanished keeps what was last counted of it. Where a surviving
    ancestor's waited-for figures grew, that growth first pays for the vanished
    below it, and only the rest is new: CPU between the last reading and the
    end, and children that came and went unseen. Where children that nobody
    waits for end together with unseen ones that are waited for, the latter are
    under-counted by at most what was counted of the former.

    Members are read one after the other, and a child may be waited for in
    between. So the parents are to be read first: then no child is in both
    figures, and one that is in neither yet is in the parent's at the next reading,
    for which its credit is kept.
    """

    def __init__(self) -> None:
        self.total = NOTHING.copy()
        self._members: dict[Identity, Reading] = {}
        self._owed: dict[Identity, Vector] = {}

    def account(self, readings: Iterable[Reading]) -> Vector:
        """Take in one reading of every living member, parents first; the totals so far, in the order of FIGURES."""
        now = {reading.identity: reading for reading in readings}
        credit = self._credit(now)
        for identity, reading in now.items():
            self.total += self._grown(reading, credit.get(identity, NOTHING))
        self._owed = {identity: owed for identity, owed in self._owed.items() if identity in now}
        self._members = now
        return self.total.copy()

    def _credit(self, now: dict[Identity, Reading]) -> dict[Identity, Vector]:
        """What was counted of vanished members, under the nearest ancestor that survives."""
        living = {identity.pid: identity for identity in now}
        known = {member.identity.pid: member for member in self._members.values()}
        credit: dict[Identity, Vector] = {}
        for member in self._members.values():
            heir = None if member.identity in now else _heir(member, living, known)
            if heir is not None:
                owed = self._owed.get(member.identity, NOTHING)
                credit[heir] = credit.get(heir, NOTHING) + member.own + member.reaped + owed
        return credit

    def _grown(self, reading: Reading, credit: Vector) -> Vector:
        before = self._members.get(reading.identity)
        own_before, reaped_before = (before.own, before.reaped) if before else (NOTHING, NOTHING)
        owed = self._owed.get(reading.identity, NOTHING)
        reaped = reading.reaped - reaped_before - credit - owed
        self._owed[reading.identity] = np.clip(-reaped, 0, credit + ROUNDING)
        grown: Vector = np.maximum(reading.own - own_before, 0) + np.maximum(reaped, 0)
        return grown


def _heir(member: Reading, living: dict[int, Identity], known: dict[int, Reading]) -> Identity | None:
    for _ in known:  # a chain of parents is no longer than that
        if member.parent in living:
            return living[member.parent]
        if member.parent not in known:
            return None
        member = known[member.parent]
    return None


class Split:
    """Divides an exact CPU total into user and system by weights that are only sampled.

    Each reading's growth is divided in the ratio in which the weights grew since
    the reading before (the whole ratio, where they did not grow), so both parts
    never run backwards and add up to the total. The kernel does alike in
    cputime_adjust (kernel/sched/cputime.c).
    """

    def __init__(self) -> None:
        self._user_ns = self._system_ns = 0
        self._weights = (0, 0)

    def divide(self, cpu_ns: int, user_weight: int, system_weight: int) -> tuple[int, int]:
        """(user_ns, system_ns) of the total so far; all of it is user's where there is no weight at all."""
        growth = max(cpu_ns - self._user_ns - self._system_ns, 0)
        user, system = max(user_weight - self._weights[0], 0), max(system_weight - self._weights[1], 0)
        if user + system == 0:
            user, system = user_weight, system_weight
        system_growth = growth * system // (user + system) if user + system else 0
        self._system_ns += system_growth
        self._user_ns += growth - system_growth
        self._weights = (max(user_weight, self._weights[0]), max(system_weight, self._weights[1]))
        return self._user_ns, self._system_ns


class Task(NamedTuple):
    """One thread as it was read. `schedstat` is the raw line: a thread whose line has not changed has not run."""

    schedstat: bytes
    run_ns: int
    run_delay_ns: int
    voluntary_switches: int
    involuntary_switches: int


class TaskTally:
    """Totals over threads, which keep what was last seen of the ones that ended.

    What a thread did between the last reading and its end is lost: the kernel
    folds it into figures that it shows to nobody but the process itself and who
    waits for it. `run_ns` bounds the loss: CPU of the process that no thread
    accounts for was spent by threads that were gone at the reading.
    """

    def __init__(self) -> None:
        self.run_ns = self.run_delay_ns = self.voluntary_switches = self.involuntary_switches = 0
        self.tasks: dict[tuple[int, int], Task] = {}

    def account(self, tasks: dict[tuple[int, int], Task]) -> None:
        """Take in one reading of every living thread, keyed by (pid, thread id)."""
        for key, task in tasks.items():
            self._grow(self.tasks.get(key), task)
        self.tasks = tasks

    def _grow(self, before: Task | None, task: Task) -> None:
        base = (0, 0, 0, 0)
        # A figure that shrank belongs to a new thread under an old number.
        if before is not None and all(new >= old for new, old in zip(task[1:], before[1:], strict=True)):
            base = before[1:]
        self.run_ns += task.run_ns - base[0]
        self.run_delay_ns += task.run_delay_ns - base[1]
        self.voluntary_switches += task.voluntary_switches - base[2]
        self.involuntary_switches += task.involuntary_switches - base[3]
